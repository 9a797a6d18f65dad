"""Preview: the author sees what a learner would see, from the draft. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from courses import attempts
from courses.contract import ActivityType, At, Outcome
from courses.learning import address_builder
from courses.models import Activity

if TYPE_CHECKING:
    from lms.work import Work


def preview_at(
    work: "Work", activity: Activity, args: Mapping[str, str], *, judged: Outcome | None = None
) -> tuple[ActivityType | None, At]:
    """The kind (None if its plugin is missing) and where a learner would stand, with the draft's settings."""
    kind = work.kind(ActivityType, activity.type)
    settings = attempts.current_settings(kind, activity.settings, activity.type_version) if kind else {}
    address = f"/teach/activities/{activity.id}/preview"
    at = At(
        settings=settings,
        state=judged.state if judged else {},
        activity_id=activity.id,
        title=activity.title,
        closed=judged is not None and judged.closes,
        done=judged is not None and judged.done,
        best_score=judged.score if judged else None,
        attempts_left=kind.attempts(settings) if kind else None,
        preview=True,
        person_id=work.actor.person_id,
        now=work.now,
        args=args,
        work=work,
        url=address_builder(address),
        action_url=address,
        save_url="",
        retry_url=address,
        back_url=f"/teach/courses/{activity.course_id}/preview",
    )
    return kind, at


def preview_submit(work: "Work", activity: Activity, posted: Any) -> tuple[ActivityType | None, At]:
    """Like `preview_at`, after this submission was judged. Nothing is stored."""
    kind, at = preview_at(work, activity, {})
    if kind is None:
        return None, at
    outcome = attempts.ask(work, kind, lambda: kind.submit(at, posted))
    return preview_at(work, activity, {}, judged=replace(outcome, state=attempts.storable(outcome.state)))
