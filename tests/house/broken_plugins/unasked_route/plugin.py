"""A page that asks no permission."""

from lms.contract import Plugin

plugin = Plugin(
    name="unasked_route",
    package="tests.house.broken_plugins.unasked_route",
    title="Kaputt",
    requires=("lms", "courses"),
)
