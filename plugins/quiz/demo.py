"""The attempts at quizzes that the demo academy's stories tell of, played with real answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courses import answering, attempts, demo, learning
from courses.answering import AnswerForm
from courses.models import Activity
from lms.errors import Missing
from plugins.quiz.questions import Question

if TYPE_CHECKING:
    from lms.work import Work


def seed(work: "Work", profile: str) -> None:
    """Play all attempts, each at its moment in the past."""
    for learner, quiz, share in demo.tries(work, profile):
        _play(learner, quiz, share)


def _play(work: "Work", quiz: Activity, share: float) -> None:
    """One attempt with about this share of right answers."""
    form = AnswerForm.of({"activity": str(quiz.id)})
    answering.retry(work, form)
    learning.opened(work, quiz.id, quiz.revision)
    place = learning.find(work, quiz.id)
    if place is None:
        raise Missing("enrolment.learn")
    row = attempts.latest(work, place.enrolment.id, quiz.id).row
    assert row is not None, "opening a judged step begins an attempt"
    questions = quiz.settings["questions"]
    right = round(share * len(questions))
    answers = {q["id"]: answer(q, right=n < right) for n, q in enumerate(questions)}
    row.state = {"answers": answers, "locked": sorted(answers)}
    work.session.flush()
    answering.submit(work, form)


def answer(question: Question, *, right: bool) -> Any:
    """A right answer to this question, or a believable wrong one."""
    return ANSWERS[question["type"]](question, right)


def _single(question: Question, right: bool) -> str:
    return next(option["id"] for option in question["options"] if option["correct"] == right)


def _multiple(question: Question, right: bool) -> list[str]:
    wanted = [option["id"] for option in question["options"] if option["correct"]]
    return wanted if right else wanted[:-1] or [option["id"] for option in question["options"]]


def _ordering(question: Question, right: bool) -> Mapping[str, int]:
    ids = [item["id"] for item in question["items"]]
    return {id: place for place, id in enumerate(ids if right else [ids[1], ids[0], *ids[2:]], 1)}


def _matching(question: Question, right: bool) -> Mapping[str, str]:
    rights = [pair["right_id"] for pair in question["pairs"]]
    turned = rights if right else [*rights[1:], rights[0]]
    return {pair["id"]: other for pair, other in zip(question["pairs"], turned, strict=True)}


def _numeric(question: Question, right: bool) -> str:
    value = question["value"] if right else question["value"] + 3 * (question["tolerance"] or 1)
    return f"{value:g}".replace(".", ",")


def _short_text(question: Question, right: bool) -> str:
    return question["answers"][0] if right else "weiß ich nicht"


ANSWERS = {
    "single": _single,
    "multiple": _multiple,
    "ordering": _ordering,
    "matching": _matching,
    "numeric": _numeric,
    "short_text": _short_text,
}
