"""A quiz with one question of every type, to try the pages with."""

from typing import Any

from plugins.quiz.forms import QuizForm
from plugins.quiz.questions import read_questions
from plugins.quiz.types import TYPES


def example(text: str = "") -> dict[str, Any]:
    """Settings of a small complete quiz, with `text` beside every text of the author."""
    both = {"explanation": f"Hartholz verträgt 1 : 8. {text}", "lesson": text}
    options = [
        {"text": f"1 : 3 {text}", "correct": False},
        {"text": f"1 : 6 {text}", "correct": False},
        {"text": f"1 : 8 {text}", "correct": True},
    ]
    steps = [{"text": f"{step} {text}"} for step in ("Anreißen", "Sägen", "Stemmen")]
    pairs = [
        {"left": f"Streichmaß {text}", "right": f"anreißen {text}"},
        {"left": f"Schmiege {text}", "right": f"Winkel abnehmen {text}"},
    ]
    parts: list[dict[str, Any]] = [
        {"type": "single", "prompt": f"Welche Schräge nimmst du bei Eiche? {text}", "options": options},
        {"type": "multiple", "prompt": f"Was ist zu steil? {text}", "options": options, "points": 2},
        {"type": "ordering", "prompt": f"Was kommt zuerst? {text}", "items": steps},
        {"type": "matching", "prompt": f"Wofür ist was? {text}", "pairs": pairs},
        {
            "type": "numeric",
            "prompt": f"Wie lang? {text}",
            "value": 13.55,
            "tolerance": 0.005,
            "unit": f"m {text}",
        },
        {"type": "short_text", "prompt": f"Wie heißt das? {text}", "answers": [f"Streichmaß {text}"]},
    ]
    reading = read_questions([{**both, **part} for part in parts], TYPES)
    return {**QuizForm().values(), "questions": reading.questions}
