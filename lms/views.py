"""All blueprints of the house."""

from lms.web.admin import admin
from lms.web.files import files
from lms.web.home import home
from lms.web.people import people
from lms.web.public import public_pages

blueprints = [home, people, public_pages, admin, files]
