"""A permission that speaks of a thing without a clause."""

from lms.contract import Permission, Plugin
from lms.people.models import Person

plugin = Plugin(
    name="clause_missing",
    package="tests.house.broken_plugins.clause_missing",
    title="Kaputt",
    requires=("lms",),
    permissions=(Permission(name="clause_missing.view", title="x", on=Person),),
)
