"""Views of the teaching. Importing a module adds its views to the blueprints."""

from courses.views.blueprints import catalogue, learn, teach

blueprints = [catalogue, learn, teach]
