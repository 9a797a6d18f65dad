"""One's own account: name, language, password, devices, and who may see one's data."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.contract import N_, Actor, Done, ScopeKind
from lms.errors import Invalid, Missing
from lms.people import signing_in, throttling
from lms.people.models import Assignment, Person, SignIn
from lms.people.rules import ROLES, valid_on

if TYPE_CHECKING:
    from lms.house import House
    from lms.people.forms import AccountForm, EndSignInForm, LanguageForm
    from lms.work import Work

GUESSES = 8


@dataclass(frozen=True)
class Viewer:
    """A role that may see the data of a person (its German name), where it is held ('' for everywhere), by how many."""

    role: str
    scope: str
    people: int


def own(work: "Work") -> Person:
    """The actor's own account."""
    work.require("account.own")
    return work.session.get_one(Person, work.actor.person_id)


def save(work: "Work", form: "AccountForm") -> Done:
    """Change one's language and colours. Names stand on certificates: the office changes them, on the person's page."""
    person = own(work)
    person.locale, person.theme = form.locale.data, form.theme.data
    person.revision += 1
    work.locale = person.locale
    return Done(subject=f"person:{person.id}")


def choose_language(work: "Work", form: "LanguageForm") -> Done:
    """Remember the language of somebody who is signed in."""
    own(work).locale = form.locale.data
    return Done(subject=f"person:{work.actor.person_id}")


def change_password(house: "House", actor: Actor, current: str, new: str, device: str) -> str:
    """The token of the one sign-in that is left after one's password was changed: this device's, newly made.

    The passwords are checked between two short transactions, never inside one.
    """
    key = f"password:{actor.person_id}"
    with house.work(actor, readonly=True) as work:
        throttling.refuse(work, ((key, GUESSES),))
        person = own(work)
        stored, words = person.password_hash, (person.username or "", person.email or "", person.family_name)
    signing_in.check_new_password(new, *words)
    proved, made = signing_in.proves(stored, current), signing_in.hash_password(new)
    with house.work(actor) as work:
        throttling.refuse(work, ((key, GUESSES),))  # again: many guesses at once get no further than in a row
        if proved:
            person = own(work)
            person.password_hash = made
            signing_in.sign_out_everywhere(work, person.id)
            work.audit("account.password", f"person:{person.id}")
            return signing_in.start(work, person.id, device)
        throttling.count(work, key, signing_in.WINDOW)
        work.audit("account.password.failed", f"person:{actor.person_id}")
    raise Invalid(N_("Das ist nicht das bisherige Passwort."), field="current")


def devices(work: "Work") -> list[SignIn]:
    """Where the actor is signed in, the last used first."""
    work.require("account.own")
    statement = select(SignIn).where(SignIn.person_id == work.actor.person_id, SignIn.expires_at > work.now)
    return list(work.session.scalars(statement.order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def end_sign_in(work: "Work", form: "EndSignInForm") -> Done:
    """Sign one of one's own devices out."""
    work.require("account.own")
    device = work.session.get(SignIn, form.sign_in.data)
    if device is None or device.person_id != work.actor.person_id:
        raise Missing("sign-in")
    work.session.delete(device)
    return Done(subject=f"person:{work.actor.person_id}")


def viewers(work: "Work") -> list[Viewer]:
    """Who may see the actor's data today: roles that see people, where they are held, and how many hold them."""
    work.require("account.own")
    roles = work.house.registry.roles_with("people.view")
    rows = work.session.execute(
        select(
            Assignment.role, Assignment.scope_kind, Assignment.scope_id, func.count(func.distinct(Person.id))
        )
        .join(Person, Person.id == Assignment.person_id)
        .where(
            Assignment.role.in_(roles),
            valid_on(Assignment, work.today),
            Person.active,
            Person.id != work.actor.person_id,
        )
        .group_by(Assignment.role, Assignment.scope_kind, Assignment.scope_id)
    ).all()
    around = _names_around(work)
    found = [
        Viewer(ROLES.get(role, role), around[kind].get(id, ""), people)
        for role, kind, id, people in rows
        if kind == "everywhere" or id in around[kind]
    ]
    return sorted(found, key=lambda viewer: (viewer.scope == "", viewer.scope, viewer.role))


def _names_around(work: "Work") -> dict[str, dict[int, str]]:
    """The scopes the actor is inside of, by kind, with their names."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for key, kind in work.house.registry.kinds(ScopeKind).items():
        ids = frozenset(work.session.scalars(kind.around(work.actor.person_id or 0)))
        if ids:
            found[key] = dict(kind.names(work, ids))
    return found
