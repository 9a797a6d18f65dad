"""Who may give which role: nobody more than she holds herself, and nowhere she does not hold it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.contract import N_, Done, ScopeKind
from lms.errors import Denied, Invalid, Missing
from lms.people.models import Assignment, Organisation, Person, Site
from lms.people.rules import ROLES, valid_on

if TYPE_CHECKING:
    from lms.people.forms import AssignForm, AssignmentForm
    from lms.work import Work

EVERYWHERE = ("everywhere", 0)
OF_ORGANISATION = (
    "apprentice",
    "company_trainer",
)  # roles that are held within an organisation, if one is named


@dataclass(frozen=True)
class Scope:
    """A boundary a role can be given within, as a form offers it."""

    kind: str
    id: int
    name: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


def covers(work: "Work", permission: str, kind: str, id: int) -> bool:
    """Whether the actor holds this permission in all of this scope."""
    held = work.scopes(permission)
    if held.everywhere or id in held.of(kind):
        return True
    if kind == "organisation" and held.of("site"):
        organisation = work.session.get(Organisation, id)
        return organisation is not None and organisation.site_id in held.of("site")
    return False


def may_grant(work: "Work", role: str, kind: str, id: int) -> bool:
    """Whether the actor may give this role within this scope.

    Whoever may only invite, invites learners; whoever hands out roles, hands out no right she does not hold there.
    """
    if work.actor.kind == "system" or covers(work, "roles.any", kind, id):
        return True
    if not covers(work, "people.roles", kind, id):
        learner = role == "apprentice" or (role == "participant" and (kind, id) == EVERYWHERE)
        return learner and covers(work, "people.invite", kind, id)
    known = work.house.registry.permissions
    rights = [
        permission
        for permission in work.house.registry.grants.get(role, ())
        if (kind, id) == EVERYWHERE or not known[permission].everywhere
    ]
    return role in ROLES and all(covers(work, permission, kind, id) for permission in rights)


def require_grant(work: "Work", role: str, kind: str, id: int) -> None:
    """Raise Denied unless the actor may give this role within this scope."""
    if not may_grant(work, role, kind, id):
        raise Denied(f"role:{role}")


def manages(work: "Work", person: Person) -> bool:
    """Whether the actor may act on this account: nobody on one that holds more than she could give."""
    return person.id == work.actor.person_id or all(
        may_grant(work, a.role, a.scope_kind, a.scope_id) for a in person.assignments
    )


def require_manage(work: "Work", person: Person) -> None:
    """Raise Denied unless `manages`."""
    if not manages(work, person):
        raise Denied("people.edit")


def fitting_scope(work: "Work", role: str, organisation: Organisation | None) -> tuple[str, int]:
    """The scope a newcomer's role gets. Raises Invalid where the role needs an organisation, else Denied."""
    scope = EVERYWHERE
    if role in OF_ORGANISATION:
        if organisation is not None:
            scope = ("organisation", organisation.id)
        elif role == "company_trainer" or not may_grant(work, role, *EVERYWHERE):
            raise Invalid(N_("Für diese Rolle fehlt der Betrieb."), field="organisation")
    require_grant(work, role, *scope)
    return scope


def scopes(work: "Work") -> list[Scope]:
    """The scopes the house can offer to this actor: everywhere, places, organisations. Plugins hand out their own."""
    held = work.scopes("people.roles")
    found = [Scope(*EVERYWHERE, work._(N_("überall")))] if held.everywhere else []
    places = select(Site).order_by(Site.name)
    if not held.everywhere:
        places = places.where(Site.id.in_(held.of("site")))
    found += [Scope("site", site.id, site.name) for site in work.session.scalars(places)]
    companies = work.allowed("organisations.view", Organisation).order_by(Organisation.sort_key)
    for company in work.session.scalars(companies):
        if covers(work, "people.roles", "organisation", company.id):
            found.append(Scope("organisation", company.id, company.name))
    return found


def roles_to_offer(work: "Work", scopes: list[Scope]) -> list[str]:
    """The roles the actor may give in at least one of these scopes."""
    return [role for role in ROLES if any(may_grant(work, role, scope.kind, scope.id) for scope in scopes)]


def assign(work: "Work", form: "AssignForm") -> Done:
    """Give somebody a role within a scope, for a time."""
    person = work.get("people.roles", Person, form.person.data)
    kind, _, number = form.scope.data.partition(":")
    id = int(number)
    require_grant(work, form.role.data, kind, id)
    require_manage(work, person)
    _require_scope(work, kind, id)
    _require_order(form.valid_from.data, form.valid_until.data)
    taken = select(Assignment.id).filter_by(
        person_id=person.id, role=form.role.data, scope_kind=kind, scope_id=id
    )
    if work.session.scalar(taken):
        raise Invalid(N_("Diese Rolle gibt es dort schon."), field="role")
    work.session.add(
        Assignment(
            person_id=person.id,
            role=form.role.data,
            scope_kind=kind,
            scope_id=id,
            valid_from=form.valid_from.data,
            valid_until=form.valid_until.data,
            purpose=form.purpose.data or "",
            source=work.actor.key,
        )
    )
    return Done(subject=f"person:{person.id}", values={"role": form.role.data, "scope": form.scope.data})


def withdraw(work: "Work", form: "AssignmentForm") -> Done:
    """Take a role back, at once."""
    person = work.get("people.roles", Person, form.person.data)
    assignment = work.session.get(Assignment, form.assignment.data)
    if assignment is None or assignment.person_id != person.id:
        raise Missing("assignment")
    require_grant(work, assignment.role, assignment.scope_kind, assignment.scope_id)
    if assignment.role == "administrator":
        require_other_administrator(work, person)
    work.session.delete(assignment)
    return Done(subject=f"person:{person.id}", values={"role": assignment.role})


def administrators(work: "Work", *, but: int | None = None) -> int:
    """How many active people are administrators of the whole academy today."""
    statement = (
        select(func.count(func.distinct(Person.id)))
        .join(Assignment, Assignment.person_id == Person.id)
        .where(
            Assignment.role == "administrator",
            Assignment.scope_kind == "everywhere",
            valid_on(Assignment, work.today),
            Person.active,
            Person.id != (but or 0),
        )
    )
    return work.session.scalar(statement) or 0


def require_other_administrator(work: "Work", person: Person) -> None:
    """Raise Invalid if this person is the only administrator."""
    if not administrators(work, but=person.id):
        raise Invalid(N_("Das ist die einzige Administration. Geben Sie die Rolle zuerst jemand anderem."))


def scope_names(work: "Work", assignments: list[Assignment]) -> dict[tuple[str, int], str]:
    """What to call the scope of each assignment; '' for everywhere."""
    found: dict[tuple[str, int], str] = {}
    for key in {a.scope_kind for a in assignments} - {"everywhere"}:
        kind = work.house.registry.kind(ScopeKind, key)
        ids = frozenset(a.scope_id for a in assignments if a.scope_kind == key)
        if kind is not None:
            found.update({(key, id): name for id, name in kind.names(work, ids).items()})
    return found


def _require_scope(work: "Work", key: str, id: int) -> None:
    if (key, id) == EVERYWHERE:
        return
    kind = work.house.registry.kind(ScopeKind, key)
    if kind is None or id not in kind.names(work, frozenset((id,))):
        raise Invalid(N_("Diesen Bereich gibt es nicht."), field="scope")


def _require_order(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise Invalid(N_("Das Ende liegt vor dem Anfang."), field="valid_until")
