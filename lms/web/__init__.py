"""The web chassis: one Work per request, security, templating, errors."""
