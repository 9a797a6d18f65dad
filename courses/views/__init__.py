"""Views of the teaching. Importing a module adds its views to the blueprints."""

from courses.views import catalogue, learn, parts, progress

__all__ = ["blueprints", "catalogue", "learn", "progress"]

blueprints = [parts.catalogue, parts.learn, parts.teach]
