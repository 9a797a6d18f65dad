"""Facts in, progress out. The numbers on an enrolment are a cache of this, rebuilt at will."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from courses import facts
from courses.contract import CourseCompleted, CourseType, Progress, Step, count
from courses.models import Course, CourseVersion, Enrolment, Fact

if TYPE_CHECKING:
    from lms.work import Work


def steps_of(outline: Sequence[dict[str, Any]]) -> list[Step]:
    """The steps of a published outline."""
    return [Step(**step) for step in outline]


def compute(work: "Work", course: Course, version: CourseVersion | None, enrolment_id: int) -> Progress:
    """Progress from the facts alone."""
    steps = steps_of(version.outline) if version else []
    kind = work.kind(CourseType, course.type)
    found = facts.of_steps(work, enrolment_id)
    if kind is None:  # the course type's plugin is missing: count plainly, take nothing away
        return count(steps, found)
    return kind.progress(version.settings if version else {}, steps, found)


def cached(enrolment: Enrolment) -> Progress:
    """Progress as stored on the enrolment."""
    return Progress(
        states={int(step): state for step, state in enrolment.states.items()},
        done=enrolment.done,
        total=enrolment.total,
        complete=enrolment.completed_at is not None,
    )


def refresh(work: "Work", enrolment: Enrolment) -> Progress:
    """Recount, store, and if the course is complete for the first time, write that down and announce it.

    `completed` is a fact: later changes to the course never take it away.
    """
    course = work.session.get_one(Course, enrolment.course_id)
    version = work.session.get(CourseVersion, course.version_id) if course.version_id else None
    progress = compute(work, course, version, enrolment.id)
    enrolment.version_id = course.version_id
    enrolment.states = {str(step): state for step, state in progress.states.items() if state != "open"}
    enrolment.done, enrolment.total = progress.done, progress.total
    if progress.complete and enrolment.completed_at is None:
        new = facts.append(
            work,
            key=f"completed:{enrolment.id}",
            person_id=enrolment.person_id,
            enrolment_id=enrolment.id,
            subject=f"course:{course.id}",
            kind="completed",
            title=course.title,
            minutes=course.minutes,
            state={"version": version.number if version else 0},
        )
        enrolment.completed_at = work.now
        work.session.flush()
        if new is not None:
            work.publish(CourseCompleted(enrolment.id, enrolment.person_id, course.id))
    return progress


def rebuild(work: "Work", enrolment: Enrolment) -> None:
    """Recompute every cached column of an enrolment from the ledger alone."""
    standing = work.session.scalars(
        facts.standing(work).where(Fact.enrolment_id == enrolment.id).order_by(Fact.at, Fact.id)
    ).all()
    completed = [fact for fact in standing if fact.kind == "completed"]
    steps = [fact for fact in standing if fact.subject.startswith("activity:")]
    enrolment.completed_at = completed[0].at if completed else None
    enrolment.last_step_at = max((fact.at for fact in steps), default=None)
    refresh(work, enrolment)


def refresh_course(work: "Work", course_id: int) -> None:
    """Recount everybody in a course, after it was published anew."""
    for enrolment in work.session.scalars(select(Enrolment).where(Enrolment.course_id == course_id)):
        refresh(work, enrolment)
