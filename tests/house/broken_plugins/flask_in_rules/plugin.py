"""A rule module that knows Flask, and commits."""

from lms.contract import Plugin

plugin = Plugin(
    name="flask_in_rules",
    package="tests.house.broken_plugins.flask_in_rules",
    title="Kaputt",
    requires=("lms", "courses"),
)
