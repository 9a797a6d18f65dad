"""One learner's work as trainers see it. Companies see progress; what she answered only those who assess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from courses import attempts, learning, matrix, outline
from courses.contract import ActivityType, At, Progress
from courses.learning import Place
from courses.matrix import Need
from courses.models import ActivityState, Course, CourseVersion, Enrolment
from courses.outline import Row
from courses.progress import current, steps_of
from lms.contract import Page
from lms.errors import Conflict, Missing
from lms.people.models import Person

if TYPE_CHECKING:
    from lms.work import Work


@dataclass(frozen=True, kw_only=True)
class Review:
    """How one person stands in one course."""

    person: Person
    course: Course
    enrolment: Enrolment
    progress: Progress
    rows: Sequence[Row]
    needs: Sequence[Need]
    tries: Mapping[str, int]
    attempts: Mapping[
        int, int
    ]  # step id -> attempts that can be looked at; empty for those who do not assess

    @property
    def missing(self) -> list[tuple[Row, str]]:
        return outline.missing(self.rows)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """One attempt of one person, for those who assess."""

    person: Person
    course: Course
    place: Place
    row: ActivityState
    numbers: Sequence[int]  # of all attempts
    kind: ActivityType | None
    at: At | None
    page: Page | None


def review(work: "Work", enrolment_id: int) -> Review:
    """How somebody stands in a course."""
    person, course, version, enrolment = _about(work, "enrolment.view", enrolment_id)
    counted = current(work, course, version, enrolment)
    steps = steps_of(version.outline)
    found = outline.rows(
        steps, counted, lambda step: learning.gate(work, course, version, steps, counted, step)
    )
    return Review(
        person=person,
        course=course,
        enrolment=enrolment,
        progress=counted,
        rows=found,
        needs=matrix.needs(work, enrolment, steps),
        tries=enrolment.tries,
        attempts=_attempts(work, enrolment),
    )


def _about(
    work: "Work", permission: str, enrolment_id: int
) -> tuple[Person, Course, CourseVersion, Enrolment]:
    row = work.session.execute(
        work.allowed(permission, Enrolment)
        .add_columns(Course, CourseVersion, Person)
        .join(Course, Course.id == Enrolment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.version_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.id == enrolment_id)
    ).one_or_none()
    if row is None:
        raise Missing(permission)
    return row.Person, row.Course, row.CourseVersion, row.Enrolment


def _attempts(work: "Work", enrolment: Enrolment) -> dict[int, int]:
    if not work.can("enrolment.assess", enrolment):
        return {}
    rows = work.session.execute(
        select(ActivityState.activity_id, func.count())
        .where(ActivityState.enrolment_id == enrolment.id, ActivityState.closed_at.is_not(None))
        .group_by(ActivityState.activity_id)
    )
    return dict(rows.all())


def answers(work: "Work", enrolment_id: int, activity_id: int, number: int | None, args: Any) -> Answers:
    """What somebody handed in: the attempt with this number, or her latest closed one. Raises Missing."""
    person, course, version, enrolment = _about(work, "enrolment.assess", enrolment_id)
    steps = steps_of(version.outline)
    step = next((step for step in steps if step.id == activity_id), None)
    rows = work.session.scalars(
        select(ActivityState)
        .where(
            ActivityState.enrolment_id == enrolment_id,
            ActivityState.activity_id == activity_id,
            ActivityState.closed_at.is_not(None),
        )
        .order_by(ActivityState.attempt)
    ).all()
    chosen = [row for row in rows if number is None or row.attempt == number]
    if step is None or not chosen:
        raise Missing("enrolment.assess")
    counted = current(work, course, version, enrolment)
    place = Place(
        enrolment=enrolment, course=course, version=version, steps=steps, step=step, progress=counted, gate=""
    )
    kind = work.kind(ActivityType, step.type)
    at = _at(work, place, kind, chosen[-1], args) if kind else None
    return Answers(
        person=person,
        course=course,
        place=place,
        row=chosen[-1],
        numbers=[row.attempt for row in rows],
        kind=kind,
        at=at,
        page=_page(work, kind, at) if kind and at else None,
    )


def _at(work: "Work", place: Place, kind: ActivityType, row: ActivityState, args: Any) -> At | None:
    settings = attempts.content(work, kind, place.step.id, row.content_revision)
    if settings is None:
        return None
    attempt = attempts.Attempt(row=row, best=row.score)
    back = f"/teach/enrolments/{place.enrolment.id}"
    return replace(
        learning.stand(work, place, kind, attempt, settings, args),
        url=learning.address_builder(f"{back}/activities/{place.step.id}"),
        action_url="",
        save_url="",
        retry_url="",
        back_url=back,
    )


def _page(work: "Work", kind: ActivityType, at: At) -> Page | None:
    try:
        return attempts.ask(work, kind, lambda: kind.review(at))
    except Conflict:
        return None
