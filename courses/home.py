"""What the teaching shows on "Heute": to learners where to go on, to companies and trainers how theirs are doing,
to the management numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import defer

from courses import learning, matrix, outline, progress
from courses.models import Course, CourseVersion, Enrolment
from courses.outline import Row
from courses.rules import within
from lms.contract import Page
from lms.people import totals
from lms.people.models import Person

if TYPE_CHECKING:
    from lms.work import Work

OWN = 6  # courses of a learner
TAUGHT = 12  # courses of a trainer
PEOPLE = 60  # enrolments of a company's apprentices


@dataclass(frozen=True, kw_only=True)
class Going:
    """A course somebody is in the middle of, and the step to go on with (None: all finished)."""

    course: Course
    enrolment: Enrolment
    rows: Sequence[Row]
    next: Row | None

    @property
    def required(self) -> list[Row]:
        return [row for row in self.rows if row.step.required]


@dataclass(frozen=True, kw_only=True)
class Apprentice:
    """One of a company's apprentices and her courses."""

    name: str
    initials: str
    last_step_at: Any
    courses: Sequence[Any]  # rows with id, title, done, total, completed_at


@dataclass(frozen=True, kw_only=True)
class Taught:
    """A course somebody teaches, with how many are in it, need help and are through."""

    course_id: int
    title: str
    people: int
    help: int
    ready: int


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A course in numbers, for those who see no names. None stands for a number too small, or too near to all."""

    course_id: int
    title: str
    people: int
    ready: int | None


def card(work: "Work", subject: Any = None) -> Page | None:
    """The teaching's part of the start page, for whatever the actor is."""
    if work.actor.person_id is None:
        return None
    learns = bool(work.scopes("enrolment.learn"))
    teaches = bool(work.scopes("course.progress"))
    looks_after = not teaches and bool(work.scopes("enrolment.view"))
    counts = not teaches and totals.sees_totals_only(work)
    values = {
        "going": _going(work) if learns else [],
        "learner": learns and not teaches and not looks_after,
        "apprentices": _apprentices(work) if looks_after else None,
        "taught": _taught(work) if teaches else None,
        "counted_courses": _counted(work) if counts else None,
    }
    if not (values["going"] or values["learner"] or looks_after or teaches or counts):
        return None
    return Page(template="courses/home.html", values=values)


def _going(work: "Work") -> list[Going]:
    """The actor's unfinished courses, the one she learned in last first. One statement."""
    rows = work.session.execute(work.allowed("enrolment.learn", Enrolment, _unfinished())).all()
    return [_one_going(work, row.Enrolment, row.Course, row.CourseVersion) for row in rows]


@cache
def _unfinished() -> Any:
    """Built once: every learner's start page asks it."""
    return (
        select(Enrolment, Course, CourseVersion)
        .options(defer(Course.description), defer(Course.objectives), defer(Course.curriculum_refs))
        .join(Course, Course.id == Enrolment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.version_id)
        .where(Course.state == "published", Enrolment.completed_at.is_(None))
        .order_by(
            Enrolment.last_step_at.is_(None), Enrolment.last_step_at.desc(), Enrolment.enrolled_at.desc()
        )
        .limit(OWN)
    )


def _one_going(work: "Work", enrolment: Enrolment, course: Course, version: CourseVersion) -> Going:
    steps = progress.steps_of(version.outline)
    counted = progress.cached(enrolment)
    gate = partial(learning.gate, work, course, version, steps, counted)
    step = outline.where_next(steps, counted, gate, enrolment.last_activity_id)
    rows = outline.rows(steps, counted, lambda step: "", step)
    return Going(
        course=course, enrolment=enrolment, rows=rows, next=next((row for row in rows if row.current), None)
    )


def _apprentices(work: "Work") -> list[Apprentice]:
    """The people within the actor's reach who are in courses. One statement."""
    rows = work.session.execute(
        select(
            Enrolment.id,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Course.title,
            Enrolment.done,
            Enrolment.total,
            Enrolment.completed_at,
            Enrolment.last_step_at,
        )
        .join(Person, Person.id == Enrolment.person_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            work.reach("enrolment.view", Enrolment.person_id),
            Enrolment.state == "active",
            Person.active,
            Person.id != work.actor.person_id,
        )
        .order_by(Person.sort_key, Person.id, Course.sort_key)
        .limit(PEOPLE)
    ).all()
    found = []
    for _, group in groupby(rows, key=lambda row: row.person_id):
        courses = list(group)
        steps = [row.last_step_at for row in courses if row.last_step_at]
        found.append(
            Apprentice(
                name=f"{courses[0].given_name} {courses[0].family_name}".strip(),
                initials=(courses[0].given_name[:1] + courses[0].family_name[:1]).upper(),
                last_step_at=max(steps, default=None),
                courses=courses,
            )
        )
    return found


def _taught(work: "Work") -> list[Taught]:
    """The published courses the actor teaches, those with people in need first. One statement."""
    help_ = func.sum(case((matrix.needs_help(work), 1), else_=0))
    rows = work.session.execute(
        select(
            Course.id,
            Course.title,
            func.count(Enrolment.id),
            help_,
            func.sum(case((Enrolment.completed_at.is_not(None), 1), else_=0)),
        )
        .join(Enrolment, (Enrolment.course_id == Course.id) & (Enrolment.state == "active"))
        .where(within(work, "course.progress"), Course.state == "published")
        .group_by(Course.id, Course.title, Course.sort_key)
        .order_by(help_.desc(), Course.sort_key)
        .limit(TAUGHT)
    ).all()
    return [
        Taught(course_id=id, title=title, people=people, help=needing or 0, ready=ready or 0)
        for id, title, people, needing, ready in rows
    ]


def _counted(work: "Work") -> list[Counted]:
    """The published courses with enough people in them to be told as numbers, the fullest first. One statement."""
    people = func.count(Enrolment.id)
    rows = work.session.execute(
        select(
            Course.id, Course.title, people, func.sum(case((Enrolment.completed_at.is_not(None), 1), else_=0))
        )
        .join(Enrolment, (Enrolment.course_id == Course.id) & (Enrolment.state == "active"))
        .where(work.reach("totals.view", Enrolment.person_id), Course.state == "published", Course.listed)
        .group_by(Course.id, Course.title, Course.sort_key)
        .having(people >= totals.SMALLEST)
        .order_by(people.desc(), Course.sort_key)
        .limit(TAUGHT)
    ).all()
    return [
        Counted(course_id=id, title=title, people=people, ready=_told(people, ready))
        for id, title, people, ready in rows
    ]


def _told(people: int, ready: int) -> int | None:
    """How many are through, unless those who are, or those who are not, are too few to hide in the crowd."""
    return None if totals.tellable(people - ready) is None else totals.tellable(ready)
