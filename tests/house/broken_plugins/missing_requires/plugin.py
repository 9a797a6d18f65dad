"""Requires a plugin that is not there."""

from lms.contract import Plugin

plugin = Plugin(
    name="missing_requires",
    package="tests.house.broken_plugins.missing_requires",
    title="Kaputt",
    requires=("lms", "nowhere"),
)
