"""What a learner posted, read without trust: texts only, tidied, of bounded number and length."""

from typing import Any

from lms.forms import tidy

MAX_VALUES = 100
MAX_ANSWER = 500


def posted_texts(data: Any, name: str) -> list[str]:
    """The texts posted under this name. Anything that is no text is left out."""
    values = [value for value in data.getlist(name)[:MAX_VALUES] if isinstance(value, str)]
    return [tidy(value[:MAX_ANSWER]) for value in values]


def posted_text(data: Any, name: str) -> str:
    """The first text posted under this name, or ''."""
    return next(iter(posted_texts(data, name)), "")
