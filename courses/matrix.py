"""The trainer's view of a course: who needs help and why, people x steps, and one person's work."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from courses.contract import FINISHED, Step
from courses.models import Course, CourseVersion, Enrolment
from courses.progress import STUCK_AFTER, steps_of
from lms import clock
from lms.contract import N_, Phrase
from lms.people.models import Person

if TYPE_CHECKING:
    from lms.work import Work

PER_PAGE = 25
SILENT = timedelta(days=10)  # without a learning step in this course
SOON = timedelta(days=7)  # before a deadline
FILTERS = ("all", "help", "ready")
SHOWN_IN_NEED = 10
STATES = {  # how a step stands, in words
    "open": N_("offen"),
    "opened": N_("begonnen"),
    "tried": N_("versucht"),
    "done": N_("fertig"),
    "waived": N_("erlassen"),
}


@dataclass(frozen=True, kw_only=True)
class Need:
    """Why somebody needs help: a word, an icon, and a sentence in plain German."""

    word: str
    icon: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Learner:
    """One row of the matrix."""

    enrolment_id: int
    name: str
    initials: str
    cells: Sequence[str]  # per step: open, opened, tried, stuck, done or waived
    last_step_at: Any
    needs: Sequence[Need] = ()

    def row(self, pictures: Mapping[str, Markup]) -> Markup:
        """The cells as HTML, from one picture per state: a page has a thousand of them."""
        return Markup("".join([pictures[cell] for cell in self.cells]))  # noqa: S704 - the template's own pieces


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """One page of people x steps."""

    course: Course
    steps: Sequence[Step]
    learners: Sequence[Learner]
    in_need: Sequence[Learner]
    counts: Mapping[str, int]  # per filter
    shown: str
    page: int
    pages: int

    @property
    def finished(self) -> list[int]:
        """How many of the people on this page have finished each step."""
        return [sum(cell in FINISHED for cell in cells) for cells in zip(*self._cells, strict=True)]

    @property
    def _cells(self) -> list[Sequence[str]]:
        return [learner.cells for learner in self.learners]


def needs_help(work: "Work") -> ColumnElement[bool]:
    """Enrolments that are stuck, silent, or close to their deadline. Only learning steps count, never sign-ins."""
    return and_(
        Enrolment.completed_at.is_(None),
        or_(
            Enrolment.stuck,
            func.coalesce(Enrolment.last_step_at, Enrolment.enrolled_at) < work.now - SILENT,
            Enrolment.deadline <= work.today + SOON,
        ),
    )


def matrix(work: "Work", course_id: int, shown: str = "all", page: int = 1) -> Matrix:
    """One page of the matrix of a course. Four statements, however many people and steps there are."""
    course, steps = _course(work, course_id)
    in_course = _in_course(course_id)
    total, help_, ready = work.session.execute(
        select(
            func.count(),
            func.sum(case((needs_help(work), 1), else_=0)),
            func.sum(case((Enrolment.completed_at.is_not(None), 1), else_=0)),
        ).where(in_course)
    ).one()
    counts = {"all": total, "help": help_ or 0, "ready": ready or 0}
    shown = shown if shown in FILTERS else "all"
    pages = max(1, -(-counts[shown] // PER_PAGE))
    page = min(max(1, page), pages)
    narrowed = {"all": in_course, "help": needs_help(work), "ready": Enrolment.completed_at.is_not(None)}[
        shown
    ]
    rows = work.session.execute(
        _rows()
        .where(in_course, narrowed)
        .order_by(Person.sort_key, Person.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    needing = work.session.execute(
        _rows()
        .where(in_course, needs_help(work))
        .order_by(Enrolment.stuck.desc(), Enrolment.last_step_at, Person.sort_key)
        .limit(SHOWN_IN_NEED)
    ).all()
    return Matrix(
        course=course,
        steps=steps,
        learners=[_learner(work, row, steps) for row in rows],
        in_need=[_learner(work, row, steps) for row in needing],
        counts=counts,
        shown=shown,
        page=page,
        pages=pages,
    )


def _course(work: "Work", course_id: int) -> tuple[Course, list[Step]]:
    row = work.session.execute(
        work.allowed("course.progress", Course)
        .add_columns(CourseVersion.outline)
        .outerjoin(CourseVersion, CourseVersion.id == Course.version_id)
        .where(Course.id == course_id)
    ).one_or_none()
    if row is None:
        return work.get("course.progress", Course, course_id), []  # raises Missing or Denied
    return row.Course, steps_of(row.outline or [])


def _in_course(course_id: int) -> ColumnElement[bool]:
    return and_(Enrolment.course_id == course_id, Enrolment.state == "active")


def _rows() -> Any:
    return select(
        Enrolment.id,
        Person.given_name,
        Person.family_name,
        Enrolment.states,
        Enrolment.tries,
        Enrolment.done,
        Enrolment.total,
        Enrolment.stuck,
        Enrolment.enrolled_at,
        Enrolment.last_step_at,
        Enrolment.completed_at,
        Enrolment.deadline,
    ).join(Person, Person.id == Enrolment.person_id)


def _learner(work: "Work", row: Row[Any], steps: Sequence[Step]) -> Learner:
    return Learner(
        enrolment_id=row.id,
        name=f"{row.given_name} {row.family_name}".strip(),
        initials=(row.given_name[:1] + row.family_name[:1]).upper(),
        cells=_cells(row, steps),
        last_step_at=row.last_step_at,
        needs=needs(work, row, steps),
    )


def _cells(row: Row[Any], steps: Sequence[Step]) -> list[str]:
    states = row.states
    cells = [states.get(str(step.id), "open") for step in steps]
    if row.stuck:
        return ["stuck" if _stuck_at(row, step) else cell for step, cell in zip(steps, cells, strict=True)]
    return cells


def needs(work: "Work", row: Any, steps: Sequence[Step]) -> list[Need]:
    """Why this enrolment needs help, the most pressing first. Empty: it does not."""
    if row.completed_at is not None:
        return []
    found = []
    step = next((step for step in steps if _stuck_at(row, step)), None) if row.stuck else None
    if step is not None:
        tried = Phrase(
            N_("„%(title)s“ %(tries)s-mal versucht, noch nicht geschafft."),
            title=step.title,
            tries=row.tries[str(step.id)],
        )
        found.append(Need(word=N_("hängt fest"), icon="repeat-2", sentence=tried))
    if row.deadline is not None and row.deadline <= work.today + SOON:
        found.append(_deadline(work, row))
    since = row.last_step_at or row.enrolled_at
    if since < work.now - SILENT:
        days = (work.today - clock.local(since).date()).days
        sentence = (
            Phrase(
                N_("%(done)s von %(total)s Schritten fertig, dann nichts mehr."),
                done=row.done,
                total=row.total,
            )
            if row.last_step_at
            else N_("Eingeschrieben, aber noch nicht angefangen.")
        )
        found.append(
            Need(word=Phrase(N_("seit %(days)s Tagen still"), days=days), icon="moon", sentence=sentence)
        )
    return found


def _stuck_at(row: Any, step: Step) -> bool:
    tries = row.tries.get(str(step.id), 0)
    return tries >= STUCK_AFTER and row.states.get(str(step.id)) not in FINISHED


def _deadline(work: "Work", row: Any) -> Need:
    missing = row.total - row.done
    days = (row.deadline - work.today).days
    if days < 0:
        word, sentence = N_("Termin vorbei"), N_("Der Termin ist vorbei. Offene Schritte: %(missing)s.")
    elif days < 2:
        word = N_("wird knapp")
        sentence = (
            N_("Morgen ist der Termin. Offene Schritte: %(missing)s.")
            if days
            else N_("Heute ist der Termin. Offene Schritte: %(missing)s.")
        )
    else:
        word = N_("wird knapp")
        sentence = N_("Noch %(days)s Tage bis zum Termin. Offene Schritte: %(missing)s.")
    return Need(word=word, icon="hourglass", sentence=Phrase(sentence, days=days, missing=missing))


# -- the whole matrix as a file -------------------------------------------------------------------------------------


def export(work: "Work", course_id: int) -> tuple[Course, Iterator[str]]:
    """The course, and the matrix of everybody as lines of CSV for German spreadsheets. Two statements."""
    course, steps = _course(work, course_id)
    rows = work.session.execute(
        _rows().where(_in_course(course_id)).order_by(Person.sort_key, Person.id)
    ).all()
    return course, _lines(work, steps, rows)


def _lines(work: "Work", steps: Sequence[Step], rows: Sequence[Row[Any]]) -> Iterator[str]:
    words = {state: work._(word) for state, word in STATES.items()}
    keys = [str(step.id) for step in steps]
    head = [
        work._("Name"),
        *(step.title for step in steps),
        *map(work._, (N_("fertig"), N_("von"), N_("letzter Schritt"), N_("abgeschlossen"))),
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")  # spreadsheets take it for UTF-8 only with this mark
    writer.writerow(map(harmless, head))
    for row in rows:
        states = row.states
        writer.writerow(
            [
                harmless(f"{row.family_name}, {row.given_name}"),
                *(words[states.get(key, "open")] for key in keys),
                row.done,
                row.total,
                _day(row.last_step_at),
                _day(row.completed_at),
            ]
        )
        if buffer.tell() > 50_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _day(moment: Any) -> str:
    return clock.local(moment).strftime("%d.%m.%Y") if moment else ""


def harmless(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula (OWASP: CSV injection), full-width signs included."""
    first = unicodedata.normalize("NFKC", text.lstrip(" \t\r\n\xa0;,"))[:1]
    return f"'{text}" if first in ("=", "+", "-", "@", "|") or text[:1] in ("\t", "\r") else text
