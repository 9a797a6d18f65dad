"""Learn: where a learner is, and what she sees when she opens an activity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy import bindparam, select
from sqlalchemy.orm import defer

from courses import attempts, facts, progress
from courses.attempts import JUDGED, Attempt
from courses.contract import (
    FINISHED,
    OPENED,
    ActivityDone,
    ActivityType,
    At,
    CourseType,
    Progress,
    Step,
)
from courses.models import Activity, Course, CourseVersion, Enrolment
from lms.contract import Page
from lms.errors import Conflict, Missing

if TYPE_CHECKING:
    from lms.work import Work

ADDRESS = "/learn/%d"
SAME_VISIT = timedelta(minutes=10)  # opening a step again within this time leaves no new trace


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a learner is: her enrolment, the published course and one of its steps."""

    enrolment: Enrolment
    course: Course
    version: CourseVersion
    steps: Sequence[Step]
    step: Step
    progress: Progress
    gate: str  # why the step is closed, or ''

    @cached_property
    def index(self) -> int:
        return next(index for index, step in enumerate(self.steps) if step is self.step)

    @property
    def previous(self) -> Step | None:
        return self.steps[self.index - 1] if self.index else None

    @property
    def next(self) -> Step | None:
        return self.steps[self.index + 1] if self.index + 1 < len(self.steps) else None

    @property
    def outline(self) -> list[tuple[Step, str]]:
        """Every step, and 'done' where it is finished."""
        states = self.progress.states
        return [(step, "done" if states.get(step.id) in FINISHED else "") for step in self.steps]

    @property
    def pieces(self) -> list[str]:
        """The progress bar: done, now or ''."""
        return ["now" if step is self.step else piece for step, piece in self.outline]

    @property
    def finished(self) -> bool:
        return self.progress.state(self.step.id) in FINISHED


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """An opened activity. `page` is None where it is closed, its kind is missing, or its kind failed."""

    place: Place
    kind: ActivityType | None = None
    at: At | None = None
    page: Page | None = None
    problem: str = ""  # 'closed', 'missing' or 'failed'
    scroll: int = 0  # the block that was last in sight


def find(work: "Work", activity_id: int, *, lock: bool = False) -> Place | None:
    """Where the actor is with this activity, or None if she is not in the course. One statement."""
    statement = work.allowed("enrolment.learn", Enrolment, _around(lock))
    row: Any = work.session.execute(statement, {"activity": activity_id}).one_or_none()
    if row is None:
        return None
    enrolment, course, version = row
    steps = progress.steps_of(version.outline)
    step = next((step for step in steps if step.id == activity_id), None)
    if step is None:
        raise Missing("enrolment.learn")
    counted = progress.current(work, course, version, enrolment)
    return Place(
        enrolment=enrolment,
        course=course,
        version=version,
        steps=steps,
        step=step,
        progress=counted,
        gate=gate(work, course, version, steps, counted, step),
    )


@cache
def _around(lock: bool) -> Any:
    """Built once: every visit to a lesson asks it. Enrolments with course and version, for one of the activities."""
    statement = (
        select(Enrolment, Course, CourseVersion)
        .options(defer(Course.description), defer(Course.objectives), defer(Course.curriculum_refs))
        .join(Course, Course.id == Enrolment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.version_id)
        .join(Activity, Activity.course_id == Course.id)
        .where(Activity.id == bindparam("activity"), Course.state.in_(("published", "archived")))
    )
    if lock:
        return statement.with_for_update(of=Enrolment).execution_options(populate_existing=True)
    return statement


def gate(
    work: "Work", course: Course, version: CourseVersion, steps: Sequence[Step], counted: Progress, step: Step
) -> str:
    """Why the step is closed, or ''."""
    kind = work.kind(CourseType, course.type)
    return kind.gate(version.settings, steps, counted, step) if kind else ""


def course_of(work: "Work", activity_id: int) -> int:
    """The id of the visible course this activity belongs to. Raises Missing."""
    statement = work.allowed("course.view", Course).join(Activity, Activity.course_id == Course.id)
    course = work.session.scalars(statement.where(Activity.id == activity_id)).one_or_none()
    if course is None:
        raise Missing("course.view")
    return course.id


def open_activity(work: "Work", activity_id: int, args: Mapping[str, str]) -> Lesson | None:
    """The activity as the learner sees it now; None if she is not in its course. What it leaves behind comes after."""
    place = find(work, activity_id)
    if place is None:
        return None
    kind = work.kind(ActivityType, place.step.type)
    if place.gate:
        return Lesson(place=place, kind=kind, problem="closed")
    if kind is None:
        return Lesson(place=place, problem="missing")
    attempt = attempts.latest(work, place.enrolment.id, activity_id)
    revision = attempt.content_revision(place.step)
    settings = attempts.content(work, kind, activity_id, revision)
    if settings is None:
        return Lesson(place=place, kind=kind, problem="missing")
    at = stand(work, place, kind, attempt, settings, args)
    page = present(work, kind, at)
    if _leaves_trace(work, place, attempt):
        work.after(opened, activity_id, revision)
    return Lesson(
        place=place, kind=kind, at=at, page=page, problem="" if page else "failed", scroll=attempt.place
    )


def present(work: "Work", kind: ActivityType, at: At) -> Page | None:
    """What the kind shows, or None if it failed (logged)."""
    try:
        return attempts.ask(work, kind, lambda: kind.show(at))
    except Conflict:
        return None


def stand(
    work: "Work",
    place: Place,
    kind: ActivityType,
    attempt: Attempt,
    settings: Mapping[str, Any],
    args: Mapping[str, str] | None = None,
) -> At:
    """The argument kinds get about a learner."""
    address = ADDRESS % place.step.id
    return At(
        settings=settings,
        state=attempt.state,
        activity_id=place.step.id,
        title=place.step.title,
        attempt=attempt.number,
        closed=attempt.closed,
        attempts_left=attempts.left(kind, settings, attempt),
        done=place.finished,
        best_score=attempt.best,
        person_id=place.enrolment.person_id,
        now=work.now,
        args=args or {},
        work=work,
        steps=place.steps,
        url=address_builder(address),
        action_url=f"{address}?attempt={attempt.number}",
        save_url=f"{address}/save",
        retry_url=f"{address}/retry",
        back_url=f"/courses/{place.course.id}",
    )


def address_builder(address: str) -> Callable[..., str]:
    """url(q=3) -> the address with this query."""
    return lambda **query: f"{address}?{urlencode(query)}" if query else address


def _leaves_trace(work: "Work", place: Place, attempt: Attempt) -> bool:
    enrolment, step = place.enrolment, place.step
    recent = enrolment.last_step_at is not None and enrolment.last_step_at > work.now - SAME_VISIT
    if enrolment.last_activity_id != step.id or not recent or place.progress.state(step.id) == "open":
        return True
    if step.completion == OPENED and not place.finished:
        return True
    return step.completion in JUDGED and (
        attempt.row is None or attempt.row.content_revision != attempt.content_revision(step)
    )


def opened(work: "Work", activity_id: int, revision: int) -> None:
    """Note that she opened the step: the fact, where to go on, and for judged steps which revision she has before her."""
    place = find(work, activity_id, lock=True)
    if place is None or place.gate:
        return
    step = place.step
    if step.completion in JUDGED:
        row = attempts.latest(work, place.enrolment.id, step.id).row
        if row is None:
            attempts.begin(work, place.enrolment.id, step, 1, revision)
        elif row.closed_at is None:
            row.content_revision = revision
    new = facts.append(work, **about(place, "opened"))
    visited(work, place)
    if step.completion == OPENED:
        finish(work, place, count_anyway=new is not None)
    elif new is not None:
        progress.refresh(work, place.enrolment)


def about(place: Place, kind: str, attempt: int | None = None) -> dict[str, Any]:
    """The values every fact about this step shares."""
    enrolment, step = place.enrolment, place.step
    key = f"{kind}:{enrolment.id}:{step.id}"
    return {
        "key": key if attempt is None else f"{key}:{attempt}",
        "person_id": enrolment.person_id,
        "enrolment_id": enrolment.id,
        "subject": f"{facts.STEP}{step.id}",
        "kind": kind,
        "title": step.title,
    }


def visited(work: "Work", place: Place) -> None:
    place.enrolment.last_activity_id = place.step.id
    place.enrolment.last_step_at = work.now


def finish(
    work: "Work",
    place: Place,
    *,
    score: float | None = None,
    self_reported: bool = False,
    count_anyway: bool = False,
) -> None:
    """Append the fact 'done' unless one stands, recount, and announce it."""
    enrolment = place.enrolment
    new = facts.append_again(
        work, **about(place, "done"), score=score, minutes=place.step.minutes, self_reported=self_reported
    )
    if new is not None or count_anyway:
        progress.refresh(work, enrolment)
    if new is not None:
        work.session.flush()
        work.publish(ActivityDone(enrolment.id, enrolment.person_id, enrolment.course_id, place.step.id))
