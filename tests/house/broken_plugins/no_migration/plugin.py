"""Has a table and no migration; and keeps data about people without saying so."""

from lms.contract import Plugin

plugin = Plugin(
    name="no_migration",
    package="tests.house.broken_plugins.no_migration",
    title="Kaputt",
    requires=("lms", "courses"),
)
