"""Answer: save, submit, try again. The enrolment's row is the lock, so an attempt is judged once."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wtforms.validators import InputRequired
from wtforms.validators import Optional as Blank

from courses import attempts, facts, learning, progress
from courses.attempts import PLACE, Attempt
from courses.contract import MARKED, ActivityType, Outcome
from courses.learning import Place, stand
from lms.contract import N_, Command, Done
from lms.errors import Conflict, Missing
from lms.forms import BaseForm, IdField

if TYPE_CHECKING:
    from lms.work import Work

MARK = "mark"  # the field "Fertig, weiter" sends
HOUSE_FIELDS = frozenset({"activity", "attempt", "_key", "csrf_token", "revision"})


class AnswerForm(BaseForm):
    """What a learner sends about an activity. The kind reads `posted`; the house reads only what it names here."""

    activity = IdField(validators=[InputRequired()])
    attempt = IdField(validators=[Blank()])
    posted: Any = None

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **values: Any) -> None:
        self.posted = formdata if formdata is not None else {}
        super().process(formdata, obj, data, **values)

    @property
    def data(self) -> dict[str, Any]:
        """Everything that was sent, so that a key cannot be used for two different answers."""
        sent = {key: self.posted.getlist(key) for key in self.posted if key not in ("_key", "csrf_token")}
        return {**super().data, "posted": sent}

    @property
    def answers(self) -> bool:
        """Whether it holds anything for the kind, not only a place in the text."""
        return any(key not in HOUSE_FIELDS and key != "place" for key in self.posted)


def submit(work: "Work", form: AnswerForm) -> Done:
    """Judge what the learner sent. An attempt that is closed answers with its outcome and has no second effect."""
    place = _open_place(work, form)
    if MARK in form.posted and place.step.completion == MARKED:
        learning.visited(work, place)
        learning.finish(work, place, self_reported=True)
        return _told(place, {"done": True})
    kind = _kind(work, place)
    attempt = attempts.latest(work, place.enrolment.id, place.step.id)
    named = form.attempt.data
    if named is not None and named != attempt.number:
        earlier = attempts.numbered(work, place.enrolment.id, place.step.id, named)
        if earlier is None or earlier.closed_at is None:
            raise Conflict(N_("Dieser Versuch ist nicht offen."))
        return _told(place, {"done": earlier.passed, "score": earlier.score, "attempt": earlier.attempt})
    if attempt.row is not None and attempt.closed:
        return _told(
            place, {"done": attempt.row.passed, "score": attempt.row.score, "attempt": attempt.number}
        )
    return _judge(work, place, kind, attempt, form)


def _judge(work: "Work", place: Place, kind: ActivityType, attempt: Attempt, form: AnswerForm) -> Done:
    row = attempt.row or attempts.begin(work, place.enrolment.id, place.step, 1, place.step.revision)
    settings = attempts.content(work, kind, place.step.id, row.content_revision)
    if settings is None:
        raise Conflict(N_("Dieser Schritt ist gerade nicht da."))
    at = stand(work, place, kind, replace(attempt, row=row), settings)
    outcome: Outcome = attempts.ask(work, kind, lambda: kind.submit(at, form.posted))
    row.state = attempts.ask(work, kind, lambda: attempts.storable(outcome.state))
    row.score = None if outcome.score is None else min(1.0, max(0.0, float(outcome.score)))
    row.passed = outcome.done
    row.revision += 1
    row.saved_at = work.now
    learning.visited(work, place)
    if outcome.closes:
        row.closed_at = work.now
        about = learning.about(place, "tried", row.attempt)
        facts.append(
            work, **about, score=row.score, state={"revision": row.content_revision, "passed": outcome.done}
        )
    if attempts.finishes(place.step, outcome):
        learning.finish(work, place, score=row.score, count_anyway=True)
    elif outcome.closes:  # one question of many changes no figure
        progress.refresh(work, place.enrolment)
    return _told(
        place,
        {"done": outcome.done, "score": row.score, "attempt": row.attempt, "feedback": outcome.feedback},
    )


def save(work: "Work", form: AnswerForm) -> Done:
    """Keep the working state. The kind decides what of it; the last one to write wins. A closed attempt stays."""
    place = _open_place(work, form)
    attempt = attempts.latest(work, place.enrolment.id, place.step.id)
    if attempt.row is not None and attempt.closed:
        return Done(subject=f"activity:{place.step.id}", values={"revision": attempt.row.revision})
    row = attempt.row or attempts.begin(work, place.enrolment.id, place.step, 1, place.step.revision)
    state, scroll = attempt.state, attempt.place
    if form.answers:
        kind = _kind(work, place)
        settings = attempts.content(work, kind, place.step.id, row.content_revision) or {}
        at = stand(work, place, kind, replace(attempt, row=row), settings)
        state = attempts.ask(work, kind, lambda: attempts.storable(kind.save(at, form.posted)))
    sent = str(form.posted.get("place") or "")
    if sent.isascii() and sent.isdigit() and len(sent) < 6:
        scroll = int(sent)
    row.state = {**state, PLACE: scroll} if scroll else state
    row.revision += 1
    row.saved_at = work.now
    return Done(subject=f"activity:{place.step.id}", values={"revision": row.revision})


def retry(work: "Work", form: AnswerForm) -> Done:
    """Open the next attempt, if this one is closed and there is one left. An open attempt simply goes on."""
    place = _open_place(work, form)
    kind = _kind(work, place)
    attempt = attempts.latest(work, place.enrolment.id, place.step.id)
    if attempt.row is not None and attempt.closed:
        settings = attempts.content(work, kind, place.step.id, place.step.revision) or {}
        if attempts.left(kind, settings, attempt) == 0:
            raise Conflict(
                N_("Du hast keinen Versuch mehr. Sprich mit deiner Trainerin oder deinem Trainer.")
            )
        attempts.begin(work, place.enrolment.id, place.step, attempt.number + 1, place.step.revision)
    return Done(subject=f"activity:{place.step.id}")


def _open_place(work: "Work", form: AnswerForm) -> Place:
    place = learning.find(work, form.activity.data or 0, lock=True)
    if place is None:
        raise Missing("enrolment.learn")
    if place.gate:
        raise Conflict(N_("Dieser Schritt ist noch zu."))
    return place


def _kind(work: "Work", place: Place) -> ActivityType:
    kind = work.kind(ActivityType, place.step.type)
    if kind is None:
        raise Conflict(N_("Dieser Schritt ist gerade nicht da."))
    return kind


def _told(place: Place, values: dict[str, Any]) -> Done:
    """What the learner is told, with the way on."""
    way = {
        "next": place.next.id if place.next else None,
        "complete": place.enrolment.completed_at is not None,
    }
    return Done(subject=f"activity:{place.step.id}", values={**values, **way, "course": place.course.id})


COMMANDS = (
    Command(name="courses.submit", form=AnswerForm, run=submit),
    Command(name="courses.save", form=AnswerForm, run=save, audited=False),
    Command(name="courses.retry", form=AnswerForm, run=retry),
)
