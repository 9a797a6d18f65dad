"""The blueprint of people, made in one place because several files add views to it."""

from flask import Blueprint

people = Blueprint("people", __name__)
