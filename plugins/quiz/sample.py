"""Quizzes from course files: `single`, `multiple`, `order` and `numeric` as people write them by hand."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import escape

from lms.contract import N_
from plugins.quiz.forms import QuizForm, numbered
from plugins.quiz.questions import missing, read_questions
from plugins.quiz.types import TYPES

NAMES = {"order": "ordering", "match": "matching", "text": "short_text"}


def from_sample(quiz: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the quiz in a course file. Raises ValueError with a German sentence where it is no use.

    `lessons` says what became of each lesson the questions name: {id in the file: {"title": ...}}.
    """
    lessons = quiz.get("lessons") or {}
    entries = quiz.get("questions")
    reading = read_questions([_question(entry, lessons) for entry in _maps(entries)], TYPES)
    for place, question in enumerate(reading.questions):
        for problem in reading.problems.get(place, []) + missing(question, TYPES):
            raise ValueError(str(numbered(place, problem)))
    if not reading.questions:
        raise ValueError(N_("Das Quiz hat noch keine Fragen."))
    settings = {**QuizForm().values(), "questions": reading.questions}
    for name, most in (("pass_percent", 100), ("attempts", 100)):
        value = quiz.get(name, settings[name])
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ValueError(f"{name}: 0–{most}")
        settings[name] = value
    settings["shuffle"] = quiz.get("shuffle") is not False
    return settings


def _maps(value: Any) -> Iterable[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _question(entry: Mapping[str, Any], lessons: Mapping[str, Any]) -> dict[str, Any]:
    """The entry in the words of our own format. The texts of a file are plain, ours are markup."""
    kind = str(entry.get("type") or "")
    lesson = str(entry.get("lesson") or "")
    place = lessons.get(lesson)
    return {
        **entry,
        "type": NAMES.get(kind, kind),
        "prompt": str(escape(entry.get("prompt") or "")),
        "explanation": str(escape(entry.get("explanation") or "")),
        "lesson": place["title"] if isinstance(place, Mapping) else lesson,
        "items": [{"text": text} for text in entry.get("correct_order") or ()],
        "value": entry.get("answer"),
    }
