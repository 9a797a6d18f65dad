"""Brings a permission that does not bear its name."""

from lms.contract import Permission, Plugin

plugin = Plugin(
    name="foreign_permission",
    package="tests.house.broken_plugins.foreign_permission",
    title="Kaputt",
    requires=("lms", "courses"),
    permissions=(Permission(name="course.destroy", title="x"),),
)
