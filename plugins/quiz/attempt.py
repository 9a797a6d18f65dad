"""One learner's attempt: her answers, which of them are locked, and what came of it.

The working state is `{"answers": {question id: answer}, "locked": [ids], "at": id}`; grading adds
`"right": [ids]`, `"passed"` and `"score"`. Only the server writes what is locked and what is right.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from courses.contract import At
from plugins.quiz.posted import posted_text
from plugins.quiz.questions import Line, Question
from plugins.quiz.types import TYPES


class Attempt:
    """The questions of a quiz together with what one learner answered in this attempt."""

    def __init__(self, at: At) -> None:
        self.at = at
        self.questions: Sequence[Question] = [
            q for q in at.settings.get("questions") or () if q["type"] in TYPES
        ]
        self.answers: Mapping[str, Any] = at.state.get("answers") or {}
        self.locked: frozenset[str] = frozenset(at.state.get("locked") or ())

    def answer(self, question: Question) -> Any:
        return self.answers.get(question["id"])

    def is_locked(self, question: Question) -> bool:
        """Whether its answer stands: checked by the learner, or the whole attempt is closed."""
        return self.at.closed or question["id"] in self.locked

    def is_right(self, question: Question) -> bool:
        return TYPES[question["type"]].right(question, self.answer(question))

    def lines(self, question: Question) -> list[Line]:
        """The answer and what would have been right. Only for locked questions and for trainers."""
        return TYPES[question["type"]].lines(question, self.answer(question))

    def offer(self, question: Question) -> dict[str, Any]:
        """What the open question may show. Contains no key."""
        kind = TYPES[question["type"]]
        mixed = kind.always_mixed or self.at.settings.get("shuffle")
        return kind.offer(question, self._shuffled if mixed else as_written)

    def find(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question["id"] == question_id), None)

    def current(self) -> int:
        """The place of the question to show: the one asked for by ?q=, the last one seen, or the first open one."""
        asked = self.at.args.get("q", "")
        if asked.isdecimal() and len(asked) < 4 and 1 <= int(asked) <= len(self.questions):
            return int(asked) - 1
        ids = [question["id"] for question in self.questions]
        seen = self.at.state.get("at")
        return ids.index(seen) if seen in ids else self.next_open(-1) or 0

    def next_open(self, place: int) -> int | None:
        """The next question that can still be answered, from the start again after the last; None if there is none."""
        places = [*range(place + 1, len(self.questions)), *range(max(place, 0))]
        return next((n for n in places if not self.is_locked(self.questions[n])), None)

    def saved(self, data: Any) -> dict[str, Any]:
        """The state with the posted answer merged in, and locked if it was sent to be checked.

        A locked answer, an unknown question and anything else that was posted change nothing.
        """
        state = {key: value for key, value in self.at.state.items() if key != "incomplete"}
        question = self.find(posted_text(data, "question"))
        if question is None or self.is_locked(question):
            return dict(self.at.state)
        kind, id = TYPES[question["type"]], question["id"]
        answer = kind.read(question, data)
        state["answers"] = {
            **{k: v for k, v in self.answers.items() if k != id},
            **({id: answer} if answer else {}),
        }
        state["at"] = id
        if posted_text(data, "check"):
            if kind.complete(question, answer):
                state["locked"] = sorted({*self.locked, id})
            else:
                state["incomplete"] = id
        return state

    def graded(self) -> dict[str, Any]:
        """The state with every question judged. What was not answered counts as wrong."""
        right = [question for question in self.questions if self.is_right(question)]
        points = sum(question["points"] for question in right)
        possible = sum(question["points"] for question in self.questions)
        return {
            "answers": dict(self.answers),
            "locked": [question["id"] for question in self.questions],
            "right": [question["id"] for question in right],
            "score": points / possible if possible else 0.0,
            "passed": bool(possible) and points * 100 >= possible * self.at.settings.get("pass_percent", 100),
        }

    def _shuffled(self, id: str) -> str:
        """A sort key for options: other for every attempt, and made of nothing but their meaningless ids.

        Shuffling with a seed could be undone by whoever knows the seed; sorting by this key cannot.
        """
        seed = f"{self.at.activity_id}:{self.at.attempt}:{self.at.person_id}:{id}"
        return hashlib.sha256(seed.encode()).hexdigest()


def as_written(id: str) -> int:
    """A sort key that leaves options as the author put them."""
    return 0
