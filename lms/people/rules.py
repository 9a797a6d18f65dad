"""Permissions over people, and the boundaries roles can be given within."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, or_, select

from lms import clock
from lms.contract import N_, FileSubject, Permission, ScopeKind
from lms.people.models import Assignment, Membership, Organisation, Person, Site

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from lms.work import Work

ROLES = {  # key -> German name
    "apprentice": N_("Auszubildende"),
    "participant": N_("Teilnahme ohne Ausbildungsvertrag"),
    "company_trainer": N_("Ausbildung im Betrieb"),
    "academy_trainer": N_("Training in der Akademie"),
    "office": N_("Akademiebüro"),
    "observer": N_("Einsicht (Innung, Kammer)"),
    "management": N_("Leitung (nur Summen)"),
    "administrator": N_("Administration"),
}


class SiteScope(ScopeKind):
    """The people of all organisations that belong to a place of the academy."""

    key = "site"
    title = N_("Standort")

    def people(self, ids: frozenset[int]) -> Select[int]:
        return members().join(Organisation).where(Organisation.site_id.in_(ids))

    def around(self, person_id: int) -> Select[int]:
        return select(Site.id).join(Organisation).where(Organisation.id.in_(_organisations_of(person_id)))

    def names(self, work: "Work", ids: frozenset[int]) -> Mapping[int, str]:
        return dict(work.session.execute(select(Site.id, Site.name).where(Site.id.in_(ids))).all())


class OrganisationScope(ScopeKind):
    """The people who belong to a company, guild or school today."""

    key = "organisation"
    title = N_("Betrieb oder Einrichtung")

    def people(self, ids: frozenset[int]) -> Select[int]:
        return members().where(Membership.organisation_id.in_(ids))

    def around(self, person_id: int) -> Select[int]:
        return _organisations_of(person_id)

    def names(self, work: "Work", ids: frozenset[int]) -> Mapping[int, str]:
        statement = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
        return dict(work.session.execute(statement).all())


def members() -> Select[int]:
    """The ids of people with a membership that is valid today."""
    return select(Membership.person_id).where(valid_on(Membership, clock.today()))


def valid_on(
    table: type[Membership] | type[Assignment], day: "date | ColumnElement[date]"
) -> "ColumnElement[bool]":
    """Memberships or roles that have begun by this day and have not ended before it."""
    return and_(
        or_(table.valid_from.is_(None), table.valid_from <= day),
        or_(table.valid_until.is_(None), table.valid_until >= day),
    )


def _organisations_of(person_id: int) -> Select[int]:
    """The organisations this person belongs to today."""
    return members().with_only_columns(Membership.organisation_id).where(Membership.person_id == person_id)


def sees_person(work: "Work") -> "ColumnElement[bool]":
    """Herself, and everybody within her scopes."""
    return or_(Person.id == (work.actor.person_id or 0), work.reach("people.view", Person.id))


def edits_person(work: "Work") -> "ColumnElement[bool]":
    return work.reach("people.edit", Person.id)  # type: ignore[no-any-return]


def sees_organisation(work: "Work") -> "ColumnElement[bool]":
    """Those she belongs to and those within her scopes; everybody with the permission everywhere sees all."""
    held = work.scopes("organisations.view")
    own = _organisations_of(work.actor.person_id or 0)
    if held.everywhere:
        return Organisation.id.is_not(None)
    return or_(
        Organisation.id.in_(held.of("organisation")),
        Organisation.site_id.in_(held.of("site")),
        Organisation.id.in_(own),
    )


class PersonFiles(FileSubject):
    """Files about a person: seen by herself and by those who may see her."""

    key = "person"
    title = N_("Persönliche Dateien")

    def visible(self, work: "Work") -> Select[int]:
        return select(Person.id).where(sees_person(work))


def edits_organisation(work: "Work") -> "ColumnElement[bool]":
    """Those within her scopes; whoever holds the permission everywhere edits all."""
    held = work.scopes("organisations.edit")
    if held.everywhere:
        return Organisation.id.is_not(None)
    return or_(Organisation.id.in_(held.of("organisation")), Organisation.site_id.in_(held.of("site")))


PERMISSIONS = (
    Permission(name="account.own", title=N_("Eigenes Konto")),
    Permission(name="people.view", title=N_("Personen sehen"), on=Person, clause=sees_person),
    Permission(name="people.list", title=N_("Personenliste")),
    Permission(
        name="people.edit",
        title=N_("Personen bearbeiten"),
        on=Person,
        clause=edits_person,
        sees="people.view",
    ),
    Permission(name="people.invite", title=N_("Personen einladen")),
    Permission(name="totals.view", title=N_("Summen über Personen sehen")),
    Permission(
        name="people.roles",
        title=N_("Rollen vergeben"),
        on=Person,
        clause=lambda w: w.reach("people.roles", Person.id),
        sees="people.view",
    ),
    Permission(
        name="organisations.view", title=N_("Betriebe sehen"), on=Organisation, clause=sees_organisation
    ),
    Permission(name="roles.any", title=N_("Jede Rolle vergeben")),
    Permission(
        name="organisations.edit",
        title=N_("Betriebe bearbeiten"),
        on=Organisation,
        clause=edits_organisation,
        sees="organisations.view",
    ),
    Permission(name="reports.handle", title=N_("Nachrichten bearbeiten"), everywhere=True),
    Permission(name="pages.edit", title=N_("Öffentliche Texte bearbeiten"), everywhere=True),
    Permission(name="settings.edit", title=N_("Einstellungen"), everywhere=True),
    Permission(name="plugins.view", title=N_("Plugins ansehen"), everywhere=True),
    Permission(name="audit.view", title=N_("Protokoll ansehen"), everywhere=True),
)

EVERYONE = ("account.own",)
TRAINER = (*EVERYONE, "people.view", "people.list", "people.invite", "organisations.view")
OFFICE = (
    *TRAINER,
    "people.edit",
    "people.roles",
    "organisations.edit",
    "pages.edit",
    "settings.edit",
    "reports.handle",
    "totals.view",
)
GRANTS = {
    "apprentice": EVERYONE,
    "participant": EVERYONE,
    "company_trainer": TRAINER,
    "academy_trainer": TRAINER,
    "office": OFFICE,
    "observer": EVERYONE,
    "management": (*EVERYONE, "totals.view"),
    "administrator": (*OFFICE, "roles.any", "plugins.view", "audit.view"),
}
