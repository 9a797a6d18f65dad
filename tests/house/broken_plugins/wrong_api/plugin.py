"""Written for a contract this house does not speak."""

from lms.contract import Plugin

plugin = Plugin(
    name="wrong_api",
    package="tests.house.broken_plugins.wrong_api",
    title="Kaputt",
    requires=("lms", "courses"),
    api=99,
)
