"""What the house says on the start page: to the office what to do first, to visitors with a role what it lets them see."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from lms.contract import N_
from lms.people import granting, legal, reporting
from lms.people.models import Assignment, Organisation, Person, Site
from lms.people.rules import valid_on

if TYPE_CHECKING:
    from lms.work import Work


@dataclass(frozen=True)
class Step:
    """Something to do once in a new academy."""

    title: str
    endpoint: str
    done: bool


@dataclass(frozen=True)
class Overview:
    """The numbers and steps of the office's start page."""

    steps: list[Step]
    reports: int
    people: int
    waiting: int  # invited, not signed in yet
    by_role: dict[str, int]


def overview(work: "Work") -> Overview | None:
    """The office's start page, or None for everybody else."""
    if not work.scopes("settings.edit").everywhere:
        return None
    active = select(func.count(Person.id)).where(Person.active)
    people = work.session.scalar(active) or 0
    roles = work.session.execute(
        select(Assignment.role, func.count(func.distinct(Person.id)))
        .join(Person, Person.id == Assignment.person_id)
        .where(Person.active, valid_on(Assignment, work.today))
        .group_by(Assignment.role)
    )
    return Overview(
        steps=_steps(work, people),
        reports=reporting.open_reports(work),
        people=people,
        waiting=work.session.scalar(active.where(Person.password_hash.is_(None))) or 0,
        by_role=dict(roles.all()),
    )


@dataclass(frozen=True)
class Visit:
    """An observer's role: whom it is about, until when, and what for."""

    scope: str  # '' for the whole academy
    until: date | None
    purpose: str


def visits(work: "Work") -> list[Visit]:
    """The observer's roles that are valid today; empty for everybody else."""
    if not any(held.role == "observer" for held in work.actor.held):
        return []
    today = work.today
    assignments = list(
        work.session.scalars(
            select(Assignment)
            .where(
                Assignment.person_id == work.actor.person_id,
                Assignment.role == "observer",
                or_(Assignment.valid_from.is_(None), Assignment.valid_from <= today),
                or_(Assignment.valid_until.is_(None), Assignment.valid_until >= today),
            )
            .order_by(Assignment.id)
        )
    )
    names = granting.scope_names(work, assignments)
    return [Visit(names.get((a.scope_kind, a.scope_id), ""), a.valid_until, a.purpose) for a in assignments]


def _steps(work: "Work", people: int) -> list[Step]:
    def some(model: type[Site] | type[Organisation]) -> bool:
        return work.session.scalar(select(model.id).limit(1)) is not None

    settings = work.settings("lms")
    return [
        Step(
            N_("Anschrift und Kontakt der Akademie eintragen"), "admin.settings", bool(settings.contact_email)
        ),
        Step(N_("Impressum, Datenschutz und Hilfe prüfen"), "admin.pages", not legal.unreviewed(work)),
        Step(N_("Standorte anlegen"), "people.new_site", some(Site)),
        Step(N_("Betriebe anlegen"), "people.organisations", some(Organisation)),
        Step(N_("Die ersten Personen einladen"), "people.invite", people > 1),
    ]
