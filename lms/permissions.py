"""Who may do what to which things: the one decision point.

A role held within a scope is an Assignment; a plugin's `grants` say which permissions a role has. From both follows,
for each permission, where the actor holds it (`Scopes`), and from that the WHERE clause for people (`reach`).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, false, or_, true

from lms.contract import Actor, ScopeKind
from lms.registry import Registry

if TYPE_CHECKING:
    from lms.work import Work


@dataclass(frozen=True)
class Scopes:
    """Where the actor holds a permission: everywhere, or the ids per kind of scope."""

    everywhere: bool = False
    ids: dict[str, frozenset[int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.ids)

    def of(self, kind: str) -> frozenset[int]:
        return self.ids.get(kind, frozenset())


def scopes(registry: Registry, actor: Actor, permission: str) -> Scopes:
    """Where this actor holds this permission."""
    if actor.kind == "system":
        return Scopes(everywhere=True)
    ids: dict[str, set[int]] = {}
    for held in actor.held:
        if permission in registry.grants.get(held.role, ()):
            if held.scope_kind == "everywhere":
                return Scopes(everywhere=True)
            if not registry.permissions[permission].everywhere:
                ids.setdefault(held.scope_kind, set()).add(held.scope_id)
    return Scopes(ids={kind: frozenset(found) for kind, found in ids.items()})


def reach(work: "Work", permission: str, column: Any) -> ColumnElement[bool]:
    """The clause 'this column holds the id of a person within the actor's scopes for this permission'."""
    held = work.scopes(permission)
    if held.everywhere:
        return true()
    parts = []
    for key, ids in held.ids.items():
        kind = work.house.registry.kind(ScopeKind, key)
        if kind is not None:
            parts.append(column.in_(kind.people(ids)))
    return or_(*parts) if parts else false()


def clause(work: "Work", name: str) -> ColumnElement[bool]:
    """The WHERE clause that grants this permission to the actor."""
    permission = work.house.registry.permissions[name]
    if work.actor.kind == "system":
        return true()
    if permission.clause is None:
        return true() if work.scopes(name) else false()
    return permission.clause(work)
