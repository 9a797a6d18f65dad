"""Facts in, progress out. The numbers on an enrolment are a cache of this, rebuilt at will."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from courses import facts
from courses.contract import (
    FINISHED,
    CourseCompleted,
    CourseType,
    FactRevoked,
    Progress,
    Step,
    StepFact,
    count,
)
from courses.models import Course, CourseVersion, Enrolment, Fact

if TYPE_CHECKING:
    from lms.work import Work

STUCK_AFTER = 3  # judged attempts at one step without finishing it
BATCH = 100  # enrolments recounted per transaction


def steps_of(outline: Sequence[dict[str, Any]]) -> list[Step]:
    """The steps of a published outline."""
    return [Step(**step) for step in outline]


def tally(work: "Work", course: Course, version: CourseVersion | None, found: Sequence[StepFact]) -> Progress:
    """Progress from these facts alone."""
    steps = steps_of(version.outline) if version else []
    kind = work.kind(CourseType, course.type)
    if kind is None:  # the course type's plugin is missing: count plainly, take nothing away
        return count(steps, found)
    return kind.progress(version.settings if version else {}, steps, found)


def compute(work: "Work", course: Course, version: CourseVersion | None, enrolment_id: int) -> Progress:
    """Progress from the ledger alone."""
    return tally(work, course, version, facts.of_steps(work, enrolment_id))


def cached(enrolment: Enrolment) -> Progress:
    """Progress as stored on the enrolment."""
    return Progress(
        states={int(step): state for step, state in enrolment.states.items()},
        done=enrolment.done,
        total=enrolment.total,
        complete=enrolment.completed_at is not None,
    )


def current(work: "Work", course: Course, version: CourseVersion | None, enrolment: Enrolment) -> Progress:
    """Progress against the published version: the stored one, or counted anew if it was counted against an older one."""
    if enrolment.version_id == course.version_id:
        return cached(enrolment)
    return compute(work, course, version, enrolment.id)


def refresh(work: "Work", enrolment: Enrolment) -> Progress:
    """Recount, store, and if the course is complete for the first time, write that down and announce it.

    `completed` is a fact: later changes to the course never take it away.
    """
    course = work.session.get_one(Course, enrolment.course_id)
    version = work.session.get(CourseVersion, course.version_id) if course.version_id else None
    return _store(work, enrolment, course, version, facts.of_steps(work, enrolment.id))


def _store(
    work: "Work",
    enrolment: Enrolment,
    course: Course,
    version: CourseVersion | None,
    found: Sequence[StepFact],
) -> Progress:
    progress = tally(work, course, version, found)
    enrolment.version_id = course.version_id
    enrolment.states = {str(step): state for step, state in progress.states.items() if state != "open"}
    enrolment.done, enrolment.total = progress.done, progress.total
    enrolment.tries = _tries(found, progress.states)
    enrolment.stuck = any(
        number >= STUCK_AFTER and progress.state(int(step)) not in FINISHED
        for step, number in enrolment.tries.items()
    )
    if progress.complete and enrolment.completed_at is None:
        _complete(work, enrolment, course, version)
    return progress


def _tries(found: Sequence[StepFact], states: Mapping[int, str]) -> dict[str, Any]:
    return dict(
        Counter(str(fact.step_id) for fact in found if fact.kind == "tried" and fact.step_id in states)
    )


def _complete(work: "Work", enrolment: Enrolment, course: Course, version: CourseVersion | None) -> None:
    key = f"completed:{enrolment.id}"
    new = facts.append(
        work,
        key=key,
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        subject=f"course:{course.id}",
        kind="completed",
        title=course.title,
        minutes=course.minutes,
        state={"version": version.number if version else 0},
    )
    if new is None:  # it happened before: what stands counts, and what somebody took back stays taken back
        enrolment.completed_at = work.session.scalar(
            select(Fact.at).where(Fact.key == key, facts.not_revoked())
        )
        return
    enrolment.completed_at = work.now
    work.session.flush()
    work.publish(CourseCompleted(enrolment.id, enrolment.person_id, course.id))


def rebuild(work: "Work", enrolment: Enrolment) -> None:
    """Recompute every cached figure of an enrolment from the ledger alone."""
    standing = work.session.scalars(
        facts.standing(work).where(Fact.enrolment_id == enrolment.id).order_by(Fact.at, Fact.id)
    ).all()
    completed = [fact.at for fact in standing if fact.kind == "completed"]
    own = [
        fact.at for fact in standing if fact.by == enrolment.person_id and fact.subject.startswith(facts.STEP)
    ]
    enrolment.completed_at = completed[0] if completed else None
    enrolment.last_step_at = max(
        [*own, *([enrolment.last_step_at] if enrolment.last_step_at else [])], default=None
    )
    refresh(work, enrolment)


def refresh_course(work: "Work", course_id: int) -> None:
    """Recount everybody in a course after it was published anew, a batch per transaction."""
    course = work.session.get(Course, course_id)
    if course is None or course.version_id is None:
        return
    version = work.session.get_one(CourseVersion, course.version_id)
    outdated = or_(Enrolment.version_id.is_(None), Enrolment.version_id != course.version_id)
    enrolments = work.session.scalars(
        select(Enrolment)
        .where(Enrolment.course_id == course_id, outdated)
        .order_by(Enrolment.id)
        .limit(BATCH)
        .with_for_update(of=Enrolment)
    ).all()
    found = facts.of_enrolments(work, [enrolment.id for enrolment in enrolments])
    for enrolment in enrolments:
        _store(work, enrolment, course, version, found.get(enrolment.id, []))
    if len(enrolments) == BATCH:
        work.enqueue("courses.refresh", course_id=course_id)


def recount(work: "Work", event: FactRevoked) -> None:
    """A fact was taken back: count the enrolment it belongs to anew."""
    enrolment_id = work.session.scalar(select(Fact.enrolment_id).where(Fact.id == event.fact_id))
    if enrolment_id is None:
        return
    enrolment = work.session.get_one(Enrolment, enrolment_id, with_for_update=True)
    if event.kind == "completed":
        enrolment.completed_at = None
    refresh(work, enrolment)
