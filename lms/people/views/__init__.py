"""Views of people: importing a module adds its views to the blueprint."""

from lms.people.views import account, directory, organisations, ways_in
from lms.people.views.blueprint import people

__all__ = ["account", "directory", "organisations", "people", "ways_in"]
