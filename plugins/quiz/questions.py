"""Questions as settings: what a question holds, read strictly from anything an author's browser may send.

A question is a JSON object: `id`, `type`, `prompt` and `explanation` (inline markup), `points`, `lesson` (the number or
the title of the step where it is explained, or ""), and what its type adds. Ids never change and say nothing about what
is right, so answers survive edits and an open question gives nothing away.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lms.contract import N_, Phrase
from lms.forms import tidy
from lms.html import clean, plain

Question = Mapping[str, Any]

MAX_QUESTIONS = 200
MAX_CHOICES = 30  # options, items or pairs of one question
MAX_PROMPT = 4_000
MAX_LINE = 500
MAX_POINTS = 100

ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
DOUBLE = N_("„%(text)s“ steht zweimal da.")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an answered question: a text, whether it is right, and whether the learner gave it."""

    text: str
    right: bool
    given: bool


class QuestionType(ABC):
    """A way to ask. Reads its part of the settings, offers its fields, reads and judges an answer."""

    key: ClassVar[str]
    title: ClassVar[str]
    unanswered: ClassVar[str] = N_("Wähle zuerst eine Antwort.")
    always_mixed: ClassVar[bool] = False  # the order as the author put it would tell what is right

    @abstractmethod
    def clean(self, raw: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
        """This type's part of the question. Calls `note` with a German sentence for what cannot be kept."""

    @abstractmethod
    def missing(self, question: Question) -> list[str]:
        """What keeps the question from being asked, as German sentences."""

    @abstractmethod
    def offer(self, question: Question, order: Callable[[str], Any]) -> dict[str, Any]:
        """What the open question may show: nothing that tells what is right.

        Options are sorted by `order` of their id, so that their order gives no hint.
        """

    @abstractmethod
    def read(self, question: Question, data: Any) -> Any:
        """The answer in what was posted, as JSON; None if there is none. Unknown ids are ignored."""

    @abstractmethod
    def right(self, question: Question, answer: Any) -> bool:
        """Whether the answer is right. Copes with any value, also with one for an older wording."""

    @abstractmethod
    def lines(self, question: Question, answer: Any) -> list[Line]:
        """The answer and what would have been right, wrong lines first."""

    def complete(self, question: Question, answer: Any) -> bool:
        """Whether the answer can be judged."""
        return bool(answer)

    def words(self, question: Question) -> Iterable[str]:
        """Texts of the open question besides the prompt, for search."""
        return ()


@dataclass
class Reading:
    """Questions as read, and what could not be kept: index of the question -> German sentences."""

    questions: list[dict[str, Any]] = field(default_factory=list)
    problems: dict[int, list[str]] = field(default_factory=dict)


def read_questions(raw: Any, types: Mapping[str, QuestionType]) -> Reading:
    """The questions in any JSON value. What has no place in a question is dropped, what is wrong is named."""
    reading = Reading()
    if not isinstance(raw, list):
        reading.problems[0] = [N_("Das lässt sich nicht lesen.")]
        return reading
    if len(raw) > MAX_QUESTIONS:
        reading.problems[MAX_QUESTIONS] = [
            Phrase(N_("Mehr als %(most)s Fragen gehen nicht."), most=MAX_QUESTIONS)
        ]
    seen: set[str] = set()
    for entry in raw[:MAX_QUESTIONS]:
        notes: list[str] = []
        question = _question(entry, types, notes.append)
        if question is None:
            notes.append(N_("Diese Art von Frage gibt es nicht."))
            question = {"id": "", "type": "", "prompt": "", "explanation": "", "points": 1, "lesson": ""}
        elif question["id"] in seen:
            notes.append(N_("Diese Frage steht zweimal da."))
        seen.add(question["id"])
        if notes:
            reading.problems[len(reading.questions)] = notes
        reading.questions.append(question)
    return reading


def missing(question: Question, types: Mapping[str, QuestionType]) -> list[str]:
    """What keeps this question from being asked, as German sentences."""
    kind = types.get(question["type"])
    if kind is None:
        return [N_("Diese Art von Frage gibt es nicht.")]
    unasked = [] if plain(question["prompt"]).strip() else [N_("Die Frage selbst fehlt.")]
    return unasked + kind.missing(question)


def _question(
    entry: Any, types: Mapping[str, QuestionType], note: Callable[[str], None]
) -> dict[str, Any] | None:
    kind = (
        types.get(entry["type"]) if isinstance(entry, dict) and isinstance(entry.get("type"), str) else None
    )
    if kind is None:
        return None
    prompt = markup(entry.get("prompt"), note)
    return {
        "id": identity(entry.get("id"), kind.key, prompt),
        "type": kind.key,
        "prompt": prompt,
        "explanation": markup(entry.get("explanation"), note),
        "points": _points(entry.get("points", 1), note),
        "lesson": _lesson(entry.get("lesson")),
        **kind.clean(entry, note),
    }


def identity(given: Any, *about: str) -> str:
    """The id if it is one; else one made from the texts it stands for, the same whenever they are the same."""
    if isinstance(given, str) and ID.fullmatch(given):
        return given
    return hashlib.sha256("\x1f".join(about).encode("utf-8", "replace")).hexdigest()[:12]


def markup(value: Any, note: Callable[[str], None]) -> str:
    """Inline markup, cleaned."""
    return str(clean(_text(value, MAX_PROMPT, note), "inline"))


def line(value: Any, note: Callable[[str], None]) -> str:
    """A plain text on one line."""
    return " ".join(_text(value, MAX_LINE, note).split())


def entries(raw: Any, note: Callable[[str], None]) -> Sequence[Mapping[str, Any]]:
    """The objects of a list of options, items or pairs."""
    found = [entry for entry in raw if isinstance(entry, dict)] if isinstance(raw, list) else []
    if len(found) > MAX_CHOICES:
        note(Phrase(N_("Mehr als %(most)s Zeilen gehen nicht."), most=MAX_CHOICES))
    return found[:MAX_CHOICES]


def doubles(texts: Iterable[str]) -> list[str]:
    """A sentence for every text that stands there twice."""
    known = [text for text in texts if text]
    return [Phrase(DOUBLE, text=text) for text in dict.fromkeys(known) if known.count(text) > 1]


def _text(value: Any, most: int, note: Callable[[str], None]) -> str:
    text: str = tidy(value) if isinstance(value, str) else ""
    if len(text) > most:
        note(N_("Das ist zu lang."))
    return text[:most]


def _points(value: Any, note: Callable[[str], None]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_POINTS:
        return value
    note(Phrase(N_("Punkte: eine ganze Zahl von 1 bis %(most)s."), most=MAX_POINTS))
    return 1


def _lesson(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value < 2**53 else ""
    return line(value, lambda problem: None)
