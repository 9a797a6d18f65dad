"""What the office finds on its start page: the first steps, open messages, and how many people there are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.contract import N_
from lms.people import legal, reporting
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
