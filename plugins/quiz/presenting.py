"""What the pages of a quiz show: values for the templates, with the key only where it may be seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from courses.contract import At, Step
from lms.contract import Page
from plugins.quiz.attempt import Attempt
from plugins.quiz.questions import Question
from plugins.quiz.types import TYPES


def question_page(attempt: Attempt) -> Page:
    """The question the learner is at: open with its fields, or locked with verdict and explanation."""
    at = attempt.at
    if not attempt.questions:
        return Page(template="quiz/empty.html")
    place = attempt.current()
    question = attempt.questions[place]
    open_next = attempt.next_open(place)
    pieces = ["done" if attempt.is_locked(other) else "" for other in attempt.questions]
    pieces[place] = "now"
    values: dict[str, Any] = {
        "save_url": at.save_url,
        "post_url": at.save_url or at.action_url,
        "next_url": None if open_next is None else at.url(q=open_next + 1),
        "finish_url": at.action_url,
        "preview": at.preview,
    }
    if attempt.is_locked(question):
        values["item"] = explained(attempt, place)
        return Page(template="quiz/answered.html", values=values, focus=True, pieces=pieces)
    kind = TYPES[question["type"]]
    values["question"] = {
        "id": question["id"],
        "type": question["type"],
        "prompt": question["prompt"],
        "answer": attempt.answer(question),
        "complaint": kind.unanswered if at.state.get("incomplete") == question["id"] else "",
        **attempt.offer(question),
    }
    values["solution"] = explained(attempt, place) if at.preview else None
    return Page(template="quiz/question.html", values=values, focus=True, pieces=pieces)


def result_page(attempt: Attempt) -> Page:
    """The result of a graded attempt, wrong answers first."""
    at, total = attempt.at, len(attempt.questions)
    items = [explained(attempt, place) for place in range(total)]
    right = sum(item["right"] for item in items)
    more = at.attempts_left is None or at.attempts_left > 0
    return Page(
        template="quiz/result.html",
        values={
            "passed": bool(at.state.get("passed")),
            "finished": at.done,
            "score": round((at.state.get("score") or 0) * 100),
            "needed": at.settings.get("pass_percent"),
            "right": right,
            "total": total,
            "pieces": ["passed" if item["right"] else "failed" for item in items],
            "wrong_items": [item for item in items if not item["right"]],
            "right_items": [item for item in items if item["right"]],
            "retry_url": at.retry_url if more and not at.preview else "",
            "attempts_left": at.attempts_left,
            "back_url": at.back_url,
        },
        focus=True,
    )


def review_page(attempt: Attempt) -> Page:
    """Every question with the learner's answer, in the order of the quiz."""
    items = [explained(attempt, place) for place in range(len(attempt.questions))]
    return Page(
        template="quiz/review.html",
        values={
            "items": items,
            "right": sum(item["right"] for item in items),
            "total": len(items),
            "closed": attempt.at.closed,
            "passed": bool(attempt.at.state.get("passed")),
        },
    )


def explained(attempt: Attempt, place: int) -> dict[str, Any]:
    """A question with its key: only for locked questions, previews and trainers."""
    question = attempt.questions[place]
    return {
        "number": place + 1,
        "type": question["type"],
        "prompt": question["prompt"],
        "explanation": question["explanation"],
        "lesson": lesson_of(attempt.at, question),
        "right": attempt.is_right(question),
        "answered": bool(attempt.answer(question)),
        "lines": attempt.lines(question),
    }


def lesson_of(at: At, question: Question) -> Mapping[str, Any] | None:
    """Where the question is explained: a title, and the step's id if it is in the course."""
    named = question["lesson"]
    step = _step(at.steps, named)
    if step is not None:
        return {"title": step.title, "id": None if at.preview else step.id}
    return {"title": named, "id": None} if isinstance(named, str) and named else None


def _step(steps: Sequence[Step], named: int | str) -> Step | None:
    return next((step for step in steps if named in (step.id, step.title)), None)
