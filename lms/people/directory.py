"""People: find them, see them, change them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.orm import selectinload

from lms.contract import N_, Done
from lms.errors import Invalid, LmsError, Missing, Stale
from lms.people import granting, names, signing_in
from lms.people.models import Assignment, Membership, Organisation, Person
from lms.people.rules import members

if TYPE_CHECKING:
    from lms.people.forms import (
        EditForm,
        MembershipEndForm,
        MembershipForm,
        PeopleFilter,
        PersonForm,
    )
    from lms.work import Work

T = TypeVar("T")
PAGE_SIZE, MAX_PAGE_SIZE, MAX_PAGE = 50, 200, 100_000


@dataclass(frozen=True)
class Listing:
    """One page of a list: its rows, and how many there are in all."""

    rows: list[Any]
    total: int
    page: int = 1
    size: int = PAGE_SIZE
    extra: dict[Any, Any] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def listing(work: "Work", statement: Select[T], order: Any, page: int | None, size: int | None) -> Listing:
    """One page of this SELECT. Raises LmsError (400) for a page no list has; more than 200 rows are never given."""
    page, size = page or 1, min(max(size or PAGE_SIZE, 1), MAX_PAGE_SIZE)
    if not 1 <= page <= MAX_PAGE:
        raise LmsError(N_("Diese Seite der Liste gibt es nicht."))
    total = work.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    rows = work.session.scalars(statement.order_by(*order).limit(size).offset((page - 1) * size)).all()
    return Listing(rows=list(rows), total=total, page=page, size=size)


def people(work: "Work", form: "PeopleFilter") -> Listing:
    """The people the actor may see, by name, with their roles and organisations."""
    work.require("people.list")
    statement = work.allowed("people.view", Person).where(Person.active.is_(form.state.data != "inactive"))
    for word in names.folded(form.name.data or "").split():
        statement = statement.where(
            or_(
                Person.sort_key.contains(word, autoescape=True),
                Person.username.contains(word, autoescape=True),
            )
        )
    if form.role.data:
        held = exists().where(Assignment.person_id == Person.id, Assignment.role == form.role.data)
        statement = statement.where(held)
    if form.organisation.data:
        statement = statement.where(
            Person.id.in_(members().where(Membership.organisation_id == form.organisation.data))
        )
    if form.trade.data:
        statement = statement.where(Person.trade == form.trade.data)
    loaded = statement.options(
        selectinload(Person.assignments), selectinload(Person.memberships).joinedload(Membership.organisation)
    )
    return listing(work, loaded, (Person.sort_key, Person.id), form.page.data, form.size.data)


def person(work: "Work", id: int) -> Person:
    """Somebody the actor may see, with roles and memberships."""
    return work.get(
        "people.view",
        Person,
        id,
        selectinload(Person.assignments),
        selectinload(Person.memberships).joinedload(Membership.organisation),
    )


def edit(work: "Work", form: "EditForm") -> Done:
    """Change names, ways to sign in, and training of a person. Raises Stale if somebody was faster."""
    person = work.get("people.edit", Person, form.person.data)
    granting.require_manage(work, person)
    require_revision(person, form)
    person.given_name, person.family_name = form.given_name.data, form.family_name.data
    person.sort_key = names.sort_key(person.given_name, person.family_name)
    set_username(work, person, form.username.data or "")
    set_email(work, person, form.email.data or "")
    if not person.username and not person.email_key:
        raise Invalid(
            N_("Zum Anmelden braucht es einen Benutzernamen oder eine E-Mail-Adresse."), field="username"
        )
    person.trade, person.training_year = form.trade.data or "", form.training_year.data
    person.birth_date = form.birth_date.data
    person.revision += 1
    return Done(subject=f"person:{person.id}")


def set_username(work: "Work", person: Person, text: str) -> None:
    """Give this person a user name nobody else has, or none. Raises Invalid."""
    name = names.checked_username(text) if text else None
    taken = select(Person.id).where(Person.username == name, Person.id != (person.id or 0))
    if name and work.session.scalar(taken):
        raise Invalid(N_("Diesen Benutzernamen gibt es schon."), field="username")
    person.username = name


def set_email(
    work: "Work", person: Person, text: str, *, field: str = "email", always_tell: bool = False
) -> None:
    """Give this person an e-mail address, or none.

    An address that belongs to somebody else is refused where the actor may see that person. Otherwise it is kept for
    sending only and does not sign in, so that nobody finds out by trying who has an account.
    """
    if (text or None) == person.email:
        return
    person.email = text or None
    person.email_key = signing_in.canonical(text) or None
    other = select(Person).where(Person.email_key == person.email_key, Person.id != (person.id or 0))
    with work.session.no_autoflush:
        owner = work.session.scalars(other).first() if person.email_key else None
    if owner is None:
        return
    if always_tell or work.can("people.view", owner):
        raise Invalid(N_("Diese E-Mail-Adresse gehört schon zu einem Konto."), field=field)
    person.email_key = None


def deactivate(work: "Work", form: "PersonForm") -> Done:
    """Close an account: every sign-in of it ends at once, roles and results stay."""
    person = work.get("people.edit", Person, form.person.data)
    if person.id == work.actor.person_id:
        raise Invalid(N_("Das eigene Konto lässt sich nicht sperren."))
    granting.require_manage(work, person)
    if any(a.role == "administrator" for a in person.assignments):
        granting.require_other_administrator(work, person)
    person.active = False
    person.revision += 1
    signing_in.sign_out_everywhere(work, person.id)
    return Done(subject=f"person:{person.id}")


def reactivate(work: "Work", form: "PersonForm") -> Done:
    """Open a closed account again."""
    person = work.get("people.edit", Person, form.person.data)
    granting.require_manage(work, person)
    person.active = True
    person.revision += 1
    return Done(subject=f"person:{person.id}")


def add_membership(work: "Work", form: "MembershipForm") -> Done:
    """Let a person belong to one more organisation."""
    person = work.get("people.edit", Person, form.person.data)
    granting.require_manage(work, person)
    organisation = work.get("organisations.view", Organisation, form.organisation.data)
    valid = select(Membership.id).where(
        Membership.person_id == person.id,
        Membership.organisation_id == organisation.id,
        or_(Membership.valid_until.is_(None), Membership.valid_until >= work.today),  # to come counts, too
    )
    if work.session.scalar(valid):
        raise Invalid(N_("Die Person gehört schon dazu."), field="organisation")
    since = form.valid_from.data or work.today
    work.session.add(Membership(person_id=person.id, organisation_id=organisation.id, valid_from=since))
    return Done(subject=f"person:{person.id}", values={"organisation": organisation.id})


def end_membership(work: "Work", form: "MembershipEndForm") -> Done:
    """End a membership, and with it the roles held within that organisation. Counts from now."""
    person = work.get("people.edit", Person, form.person.data)
    granting.require_manage(work, person)
    membership = work.session.get(Membership, form.membership.data)
    if membership is None or membership.person_id != person.id:
        raise Missing("membership")
    membership.valid_until = work.today - timedelta(days=1)
    work.session.execute(
        delete(Assignment).where(
            Assignment.person_id == person.id,
            Assignment.scope_kind == "organisation",
            Assignment.scope_id == membership.organisation_id,
        )
    )
    return Done(subject=f"person:{person.id}", values={"organisation": membership.organisation_id})


def require_revision(thing: Any, form: Any) -> None:
    """Raise Stale, with both versions, if the thing was saved since the form was opened."""
    if form.revision.data == thing.revision:
        return
    shown = [f.name for f in form if hasattr(thing, f.name) and f.name not in ("revision", "key", "locale")]
    raise Stale(
        N_("Jemand hat inzwischen gespeichert."),
        theirs={name: str(getattr(thing, name) or "") for name in shown},
        mine={name: str(form[name].data or "") for name in shown},
        labels={name: str(form[name].label.text) for name in shown},
    )
