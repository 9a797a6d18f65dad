"""The teaching's blueprints, made in one place because several files add views to each."""

from flask import Blueprint

catalogue = Blueprint("catalogue", __name__)
learn = Blueprint("learn", __name__)
teach = Blueprint("teach", __name__)
