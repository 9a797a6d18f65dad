"""Views of people: importing a module adds its views to the blueprint."""

from lms.web.people import account, directory, organisations, ways_in
from lms.web.people.blueprint import people

__all__ = ["account", "directory", "organisations", "people", "ways_in"]
