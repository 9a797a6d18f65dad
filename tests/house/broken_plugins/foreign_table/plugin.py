"""Its table does not bear its name."""

from lms.contract import Plugin

plugin = Plugin(
    name="foreign_table",
    package="tests.house.broken_plugins.foreign_table",
    title="Kaputt",
    requires=("lms", "courses"),
)
