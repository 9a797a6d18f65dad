"""Ways in for newcomers: invitations, new passwords, and the set-up of an empty installation.

A link is a random token of which only the hash is kept. Opening it changes nothing; posting its form uses it up.
"""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update

from lms import mail
from lms.contract import N_, Done
from lms.errors import Conflict, Denied, Missing
from lms.people import directory, granting, names, signing_in, throttling
from lms.people.models import Assignment, Membership, OneTimeLink, Organisation, Person
from lms.work import Work

if TYPE_CHECKING:
    from lms.people.forms import AcceptForm, InviteForm, PersonForm, SetupForm

INVITATION_VALID = timedelta(days=14)
PASSWORD_VALID = timedelta(days=3)
SETUP_VALID = timedelta(hours=24)
MAILS, MAILS_WINDOW = 300, timedelta(hours=1)  # links one person may have sent: several classes, no flood
KEEP_OVER = timedelta(days=90)  # so long somebody with an old link is told that it is over


def address(work: Work, purpose: str, token: str) -> str:
    """The full address of a link, from the configured base URL and never from a request's Host."""
    path = "setup" if purpose == "setup" else "invitation"
    return f"{work.house.config.base_url}/{path}/{token}"


def create_setup_link(work: Work) -> str:
    """The address under which an empty installation is set up, once, within 24 hours. Older ones end.

    Raises Conflict as soon as there is an administrator.
    """
    if granting.administrators(work):
        raise Conflict(N_("Diese Installation ist schon eingerichtet."))
    work.session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == "setup"))
    return address(work, "setup", _new_link(work, "setup", None, SETUP_VALID))


def new_link(work: Work, person: Person) -> str:
    """The secret token of a new invitation (or of a link for a new password); the person's older links end."""
    _end_links(work, person.id)
    if person.password_hash is None:
        return _new_link(work, "invitation", person.id, INVITATION_VALID)
    return _new_link(work, "password", person.id, PASSWORD_VALID)


def latest_end(work: Work, person: Person) -> datetime | None:
    """Until when the person's open link can be used."""
    statement = select(func.max(OneTimeLink.expires_at)).where(
        OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None)
    )
    return work.session.scalar(statement)


def open_link(work: Work, token: str, *purposes: str) -> OneTimeLink:
    """The link behind a token. Raises Missing for an unknown one, Conflict for one that is used or over."""
    statement = select(OneTimeLink).where(
        OneTimeLink.token_hash == signing_in.token_hash(token), OneTimeLink.purpose.in_(purposes)
    )
    link = work.session.scalars(statement).one_or_none()
    if link is None:
        raise Missing("link")
    if link.used_at is not None or link.expires_at <= work.now:
        raise Conflict(N_("Dieser Link ist verbraucht oder abgelaufen."))
    return link


def invited_person(work: Work, token: str) -> Person:
    """Who is meant by an invitation that can still be used. Raises as `open_link` does."""
    link = open_link(work, token, "invitation", "password")
    person = work.session.get_one(Person, link.person_id)
    if not person.active:
        raise Conflict(N_("Dieser Link ist verbraucht oder abgelaufen."))
    return person


def invite(work: Work, form: "InviteForm") -> Done:
    """Create a person without a password, her role and membership, and a link; the token lies in `form.secret`."""
    work.require("people.invite")
    organisation = None
    if form.organisation.data:
        organisation = work.get("organisations.view", Organisation, form.organisation.data)
    kind, id = granting.fitting_scope(work, form.role.data, organisation)
    if organisation is not None and not granting.covers(
        work, "people.invite", "organisation", organisation.id
    ):
        raise Missing("organisation")
    person = new_person(work, form)
    work.session.add(
        Assignment(
            person_id=person.id, role=form.role.data, scope_kind=kind, scope_id=id, source=work.actor.key
        )
    )
    if organisation is not None:
        work.session.add(
            Membership(person_id=person.id, organisation_id=organisation.id, valid_from=work.today)
        )
    form.secret = new_link(work, person)
    _mail_link(work, person, form.secret)
    return Done(subject=f"person:{person.id}", values={"person": person.id})


def new_person(work: Work, form: "InviteForm") -> Person:
    """A new person from a form with names, address and training; the user name is made unique."""
    person = Person(
        given_name=form.given_name.data,
        family_name=form.family_name.data,
        sort_key=names.sort_key(form.given_name.data, form.family_name.data),
        username=free_username(work, form),
        trade=form.trade.data or "",
        training_year=form.training_year.data,
        locale=form.locale.data or "de",
        created_at=work.now,
    )
    directory.set_email(work, person, form.email.data or "")
    work.session.add(person)
    work.session.flush()
    return person


def free_username(work: Work, form: "InviteForm") -> str:
    """The wished user name, or the one made from the names, with a number where somebody has it already."""
    wished = form.username.data or names.suggested_username(form.given_name.data, form.family_name.data)
    base = names.checked_username(wished or "person")
    like = select(Person.username).where(Person.username.startswith(base, autoescape=True))
    taken = set(work.session.scalars(like))
    return next(
        name for name in (base, *(f"{base}{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )


def scopes(work: Work) -> list[granting.Scope]:
    """Where the actor may invite somebody to: everywhere, or single organisations."""
    held = work.scopes("people.invite")
    everywhere = [granting.Scope(*granting.EVERYWHERE, "")] if held.everywhere else []
    return everywhere + [
        granting.Scope("organisation", id, name) for id, name in organisation_names(work).items()
    ]


def organisation_names(work: Work) -> dict[int, str]:
    """Number and name of the organisations the actor may invite people of."""
    work.require("people.invite")
    held = work.scopes("people.invite")
    statement = work.allowed("organisations.view", Organisation).order_by(Organisation.sort_key)
    if not held.everywhere:
        inside = Organisation.id.in_(held.of("organisation")), Organisation.site_id.in_(held.of("site"))
        statement = statement.where(or_(*inside))
    rows = work.session.execute(statement.with_only_columns(Organisation.id, Organisation.name))
    return dict(rows.all())


def may_link(work: Work, person: Person) -> bool:
    """Whether the actor may make a new link for this person: an invitation if she never signed in, else a new password."""
    if not person.active or not granting.manages(work, person) or person.id == work.actor.person_id:
        return False
    if work.can("people.edit", person):
        return True
    reached = select(Person.id).where(Person.id == person.id, work.reach("people.invite", Person.id))
    return person.password_hash is None and work.session.scalar(reached) is not None


def give_new_link(work: Work, form: "PersonForm") -> Done:
    """A new link for somebody, in `form.secret`; her older ones end."""
    work.require("people.invite")
    person = work.get("people.view", Person, form.person.data)
    if not may_link(work, person):
        raise Denied("people.invite")
    form.secret = new_link(work, person)
    _mail_link(work, person, form.secret)
    return Done(subject=f"person:{person.id}", values={"person": person.id})


def accept(work: Work, form: "AcceptForm", password_hash: str) -> Done:
    """Set the password of the invited person and sign her in; `form.secret` is the token of the sign-in."""
    person = invited_person(work, form.token.data)
    signing_in.check_new_password(
        form.password.data, person.username or "", person.email or "", person.family_name
    )
    _use_up(work, form.token.data)
    _end_links(work, person.id)
    signing_in.sign_out_everywhere(work, person.id)
    person.password_hash = password_hash
    form.secret = signing_in.start(work, person.id, form.device.data or "")
    return Done(subject=f"person:{person.id}")


def set_up(work: Work, form: "SetupForm", password_hash: str) -> Done:
    """Make the academy and its first administrator, signed in; `form.secret` is the token of the sign-in."""
    open_link(work, form.token.data, "setup")
    if granting.administrators(work):
        raise Conflict(N_("Diese Installation ist schon eingerichtet."))
    signing_in.check_new_password(
        form.password.data, form.login.data, form.academy.data, form.family_name.data
    )
    _use_up(work, form.token.data)
    by_mail = "@" in form.login.data
    person = Person(
        given_name=form.given_name.data,
        family_name=form.family_name.data,
        sort_key=names.sort_key(form.given_name.data, form.family_name.data),
        username=None if by_mail else names.checked_username(form.login.data),
        password_hash=password_hash,
        locale=work.locale,
        created_at=work.now,
    )
    if by_mail:
        directory.set_email(work, person, form.login.data, field="login", always_tell=True)
    work.session.add(person)
    work.session.flush()
    work.session.add(Assignment(person_id=person.id, role="administrator", source="setup"))
    values = {"name": form.academy.data, "short": form.short.data}
    work.house.settings.save(work, "lms", values, work.settings("lms").revision)
    form.secret = signing_in.start(work, person.id, form.device.data or "")
    return Done(subject=f"person:{person.id}")


def hashed(form: "AcceptForm | SetupForm") -> str:
    """The hash of the new password, made before any transaction is open."""
    return signing_in.hash_password(form.password.data)


def clear_old(work: Work) -> None:
    """Job: forget links that have long been over."""
    work.session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < work.now - KEEP_OVER))


def _new_link(work: Work, purpose: str, person_id: int | None, valid: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    work.session.add(
        OneTimeLink(
            token_hash=signing_in.token_hash(token),
            purpose=purpose,
            person_id=person_id,
            created_by=work.actor.key,
            created_at=work.now,
            expires_at=work.now + valid,
        )
    )
    return token


def _mail_link(work: Work, person: Person, token: str) -> None:
    """Send the link to whoever has an address; everybody else gets it on paper. Raises Throttled after very many."""
    if person.email and work.actor.person_id is not None:
        throttling.limit_within(work, f"links:{work.actor.key}", MAILS, MAILS_WINDOW)
    mail.queue(
        work,
        person,
        "invitation",
        link=address(work, "invitation", token),
        academy=work.settings("lms").name,
        login=person.username or person.email or "",
        again=person.password_hash is not None,
    )


def _use_up(work: Work, token: str) -> None:
    """Mark a link as used; of two who post it at the same moment one wins, the other gets Conflict."""
    used = work.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.token_hash == signing_in.token_hash(token), OneTimeLink.used_at.is_(None))
        .values(used_at=work.now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(N_("Dieser Link ist verbraucht oder abgelaufen."))


def _end_links(work: Work, person_id: int) -> None:
    work.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None))
        .values(used_at=work.now)
    )
