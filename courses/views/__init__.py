"""Views of the teaching. Importing a module adds its views to the blueprints."""

from courses.views import activities, catalogue, learn, outline, parts, progress, teach

__all__ = ["activities", "blueprints", "catalogue", "learn", "outline", "progress", "teach"]

blueprints = [parts.catalogue, parts.learn, parts.teach]
