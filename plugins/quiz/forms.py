"""What authors edit about a quiz."""

import json
from typing import Any

from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from lms.contract import N_, Phrase
from lms.forms import BaseForm
from plugins.quiz.questions import missing, read_questions
from plugins.quiz.text_format import from_text, to_text
from plugins.quiz.types import TYPES


class QuestionsField(TextAreaField):
    """A list of questions, sent as JSON by the editor or typed as plain text (see `text_format`)."""

    max_length = 1_000_000
    kinds = tuple(TYPES.values())  # what the editor offers

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: dict[int, list[str]] = {}

    def _value(self) -> str:
        return to_text(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        reading = read_questions(_parsed(text), TYPES)
        self.data, self.problems = reading.questions, reading.problems

    def pre_validate(self, form: Any) -> None:
        if self.problems:
            place, problems = min(self.problems.items())
            raise ValidationError(numbered(place, problems[0]))

    def hints(self) -> list[tuple[int, str]]:
        """What is wrong with or still missing in each question: (its place from 0, a German sentence)."""
        return [
            (place, text)
            for place, question in enumerate(self.data or [])
            for text in dict.fromkeys(self.problems.get(place, []) + missing(question, TYPES))
        ]


class QuizForm(BaseForm):
    """The questions and what it takes to pass."""

    questions = QuestionsField(N_("Fragen"), default=list)
    pass_percent = IntegerField(
        N_("Bestanden ab"),
        [
            InputRequired(N_("Hier fehlt noch etwas.")),
            NumberRange(1, 100, N_("Bitte eine Zahl von 1 bis 100.")),
        ],
        default=80,
        description=N_("Prozent der Punkte"),
    )
    attempts = IntegerField(
        N_("Versuche"),
        [
            InputRequired(N_("Hier fehlt noch etwas.")),
            NumberRange(0, 100, N_("Bitte eine Zahl von 0 bis 100.")),
        ],
        default=0,
        description=N_("0 heißt: so oft man will"),
    )
    shuffle = BooleanField(N_("Antworten bei jedem Versuch anders mischen"), default=True)


def numbered(place: int, problem: str) -> str:
    """The sentence with the number of the question it speaks of."""
    told = problem if isinstance(problem, Phrase) else Phrase(problem)
    return Phrase(N_("Frage %(number)s: %(problem)s"), number=place + 1, problem=told)


def _parsed(text: str) -> Any:
    """The list in the text: JSON where it looks like it, else what `text_format` reads."""
    if not text.startswith(("[{", "[]", "{", "null")):
        return from_text(text)
    try:
        return json.loads(text, parse_constant=lambda constant: None)
    except (ValueError, RecursionError):
        return None
