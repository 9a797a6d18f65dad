"""Attempts: the working state of one learner in one activity, and how kinds of activities are asked about it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy import bindparam, func, select

from courses.contract import PASSED, SIGNED, SUBMITTED, ActivityType, Outcome, Step
from courses.models import ActivityRevision, ActivityState
from lms.contract import N_
from lms.errors import Conflict, Invalid, LmsError
from lms.forms import tidy

if TYPE_CHECKING:
    from lms.work import Work

log = structlog.get_logger()
T = TypeVar("T")
PLACE = "_place"  # reserved key of a state: which block of the page was last in sight
MAX_STATE = 200_000  # characters of JSON text in one attempt
JUDGED = (SUBMITTED, PASSED, SIGNED)  # steps with attempts; the others are read and ticked off


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The current attempt: its row (None before anything was kept), its number and what it began with."""

    row: ActivityState | None
    best: float | None

    @property
    def number(self) -> int:
        return self.row.attempt if self.row else 1

    @property
    def closed(self) -> bool:
        return self.row is not None and self.row.closed_at is not None

    @property
    def state(self) -> dict[str, Any]:
        """The kind's own working state."""
        return {key: value for key, value in self.row.state.items() if key != PLACE} if self.row else {}

    @property
    def place(self) -> int:
        return int(self.row.state.get(PLACE) or 0) if self.row else 0

    def content_revision(self, step: Step) -> int:
        """Which revision of the activity this attempt is about: once begun in earnest, the one it was begun with."""
        return self.row.content_revision if self.row and (self.closed or self.state) else step.revision


def latest(work: "Work", enrolment_id: int, activity_id: int) -> Attempt:
    """The newest attempt and the best score of all. One statement."""
    values = {"enrolment": enrolment_id, "activity": activity_id}
    row = work.session.execute(_latest(), values).one_or_none()
    return Attempt(row=row[0] if row else None, best=row[1] if row else None)


@cache
def _latest() -> Any:
    return (
        select(ActivityState, func.max(ActivityState.score).over())
        .where(
            ActivityState.enrolment_id == bindparam("enrolment"),
            ActivityState.activity_id == bindparam("activity"),
        )
        .order_by(ActivityState.attempt.desc())
        .limit(1)
    )


def numbered(work: "Work", enrolment_id: int, activity_id: int, number: int) -> ActivityState | None:
    """The attempt with this number."""
    return work.session.scalars(
        select(ActivityState).where(
            ActivityState.enrolment_id == enrolment_id,
            ActivityState.activity_id == activity_id,
            ActivityState.attempt == number,
        )
    ).one_or_none()


def begin(work: "Work", enrolment_id: int, step: Step, number: int, revision: int) -> ActivityState:
    """A new attempt. The caller holds the enrolment's lock, so there is only ever one of a number."""
    row = ActivityState(
        enrolment_id=enrolment_id,
        activity_id=step.id,
        attempt=number,
        revision=1,
        content_revision=revision,
        state={},
        begun_at=work.now,
        saved_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def content(work: "Work", kind: ActivityType, activity_id: int, revision: int) -> dict[str, Any] | None:
    """The published settings of an activity, brought up to date; None if that revision is not there."""
    row = work.session.execute(_content(), {"activity": activity_id, "revision": revision}).one_or_none()
    return current_settings(kind, row.settings, row.type_version) if row else None


@cache
def _content() -> Any:
    return select(ActivityRevision.settings, ActivityRevision.type_version).where(
        ActivityRevision.activity_id == bindparam("activity"),
        ActivityRevision.revision == bindparam("revision"),
    )


def current_settings(kind: ActivityType, settings: Mapping[str, Any], version: int) -> dict[str, Any]:
    """Settings in the form the kind's present version writes."""
    return kind.upgrade(dict(settings), version) if version < kind.version else dict(settings)


def left(kind: ActivityType, settings: Mapping[str, Any], attempt: Attempt) -> int | None:
    """How many attempts are left, the open one included; None for as many as she likes."""
    limit = kind.attempts(settings)
    if limit is None:
        return None
    used = attempt.number if attempt.closed else attempt.number - 1
    return max(0, limit - used)


def finishes(step: Step, outcome: Outcome) -> bool:
    """Whether this outcome finishes the step, in the way its author chose."""
    if step.completion == SIGNED:
        return False
    if step.completion == SUBMITTED:
        return outcome.done or outcome.closes
    return outcome.done


def ask(work: "Work", kind: ActivityType, question: Callable[[], T]) -> T:
    """The kind's answer. What it raises by mistake becomes a Conflict: logged, nothing changed, the site up."""
    try:
        if kind.needs_work:  # a failed statement must not spoil the transaction of the page around it
            with work.session.begin_nested():
                return question()
        return question()
    except LmsError:
        raise
    except Exception as error:
        if work.house.registry.strict:
            raise
        log.exception("activity_failed", kind=kind.key, plugin=kind.plugin)
        raise Conflict(N_("Dieser Schritt klemmt gerade. Deine Arbeit ist noch da.")) from error


def storable(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state as JSON every database takes: tidied texts, finite numbers. Raises Invalid if it is too large."""
    kept: dict[str, Any] = _storable(state)
    if _size(kept) > MAX_STATE:
        raise Invalid(N_("Das ist zu lang."))
    return kept


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return tidy(value.encode("utf-8", "replace").decode())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(_storable(str(key))): _storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_storable(part) for part in value]
    if value is None or isinstance(value, bool | int):
        return value
    raise TypeError(f"a state holds {type(value).__name__}, which is not JSON")


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, dict):
        return sum(len(key) + 4 + _size(part) for key, part in value.items())
    if isinstance(value, list):
        return sum(2 + _size(part) for part in value)
    return 8
