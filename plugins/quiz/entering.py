"""Questions answered by typing: a number, or a few words."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from lms.contract import N_, Phrase
from plugins.quiz.posted import posted_text
from plugins.quiz.questions import MAX_CHOICES, Line, Question, QuestionType, line

MAX_NUMBER = 30  # characters
MAX_VALUE = 10**15
GAPS = re.compile(r"[\s'’]")
SIGNED = re.compile(r"([+-]?)([0-9.,]+)", re.ASCII)
GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+", re.ASCII)


def number(text: str) -> list[Decimal]:
    """What a typed number may mean, the likeliest first; empty if it is none.

    A comma is a decimal comma, a dot a decimal dot; where both stand, the last one is. "1.250" may also be a
    thousand and a quarter thousand, because that is how Germans write it. Powers, NaN and infinity are no numbers.
    """
    compact = GAPS.sub("", text).replace("−", "-")
    match = SIGNED.fullmatch(compact) if len(compact) <= MAX_NUMBER else None
    if not match:
        return []
    sign, digits = match.groups()
    return [Decimal(sign + plain) for plain in _plain(digits)]


def _plain(digits: str) -> list[str]:
    """The digits with a dot as decimal separator and nothing else."""
    commas, dots = digits.count(","), digits.count(".")
    separator = "," if digits.rfind(",") > digits.rfind(".") else "."
    if commas and dots:
        whole, _, part = digits.rpartition(separator)
        if separator in whole or not GROUPED.fullmatch(whole) or not part:
            return []
        return [re.sub(r"[.,]", "", whole) + "." + part]
    if commas + dots > 1:
        return [digits.replace(separator, "")] if GROUPED.fullmatch(digits) else []
    if not any(c.isdigit() for c in digits):
        return []
    readings = [digits.replace(",", ".")]
    if dots and GROUPED.fullmatch(digits) and not digits.startswith("0"):
        readings.append(digits.replace(".", ""))
    return readings


def written(value: float | int) -> str:
    """The number as Germans write it: '13,55'."""
    return f"{Decimal(str(value)).normalize():f}".replace(".", ",")


def folded(text: str) -> str:
    """The text without what does not count: case, spaces, hyphens, accents; 'ä', 'ae' and 'a' are the same.

    Takes linear time; folding twice changes nothing.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    kept: list[str] = []
    for c in plain:
        if not (c.isalnum() or unicodedata.category(c)[0] in "SP") or c in "-‐‑–_":
            continue
        if c == "e" and kept and kept[-1] in "aou":
            continue
        kept.append(c)
    return "".join(kept).rstrip(".,;:!?")


class Numeric(QuestionType):
    """A number within an absolute tolerance, with a unit beside the field."""

    key = "numeric"
    title = N_("Zahl")
    unanswered = N_("Gib eine Zahl ein, zum Beispiel 12,5.")

    def clean(self, raw: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
        return {
            "value": _finite(raw.get("value"), note),
            "tolerance": abs(_finite(raw.get("tolerance"), note) or 0),
            "unit": line(raw.get("unit"), note)[:20],
        }

    def missing(self, question: Question) -> list[str]:
        return [N_("Die richtige Zahl fehlt.")] if question["value"] is None else []

    def offer(self, question: Question, order: Callable[[str], Any]) -> dict[str, Any]:
        return {"unit": question["unit"]}

    def read(self, question: Question, data: Any) -> Any:
        return posted_text(data, "answer") or None

    def complete(self, question: Question, answer: Any) -> bool:
        return isinstance(answer, str) and bool(self._values(question, answer))

    def right(self, question: Question, answer: Any) -> bool:
        if question["value"] is None or not isinstance(answer, str):
            return False
        wanted, tolerance = Decimal(str(question["value"])), Decimal(str(question["tolerance"]))
        return any(abs(value - wanted) <= tolerance for value in self._values(question, answer))

    def lines(self, question: Question, answer: Any) -> list[Line]:
        if self.right(question, answer):
            return [Line(text=self._with_unit(question, answer), right=True, given=True)]
        given = [Line(text=self._with_unit(question, answer), right=False, given=True)] if answer else []
        if question["value"] is None:
            return given
        text = written(question["value"])
        if question["tolerance"]:
            text = f"{text} ± {written(question['tolerance'])}"
        return [*given, Line(text=self._with_unit(question, text), right=True, given=False)]

    def _values(self, question: Question, answer: str) -> list[Decimal]:
        return number(answer.strip().removesuffix(question["unit"]))

    def _with_unit(self, question: Question, text: Any) -> str:
        bare = str(text).strip().removesuffix(question["unit"]).strip()
        return f"{bare} {question['unit']}".strip()


class ShortText(QuestionType):
    """A few words; any of the accepted answers will do, however they are capitalised or spaced."""

    key = "short_text"
    title = N_("Kurzer Text")
    unanswered = N_("Schreib zuerst eine Antwort.")

    def clean(self, raw: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
        given = raw.get("answers")
        texts = [line(text, note) for text in given] if isinstance(given, list) else []
        kept = list(dict.fromkeys(text for text in texts if text))
        if len(kept) > MAX_CHOICES:
            note(Phrase(N_("Mehr als %(most)s Zeilen gehen nicht."), most=MAX_CHOICES))
        return {"answers": kept[:MAX_CHOICES]}

    def missing(self, question: Question) -> list[str]:
        usable = any(folded(text) for text in question["answers"])
        return [] if usable else [N_("Es braucht mindestens eine richtige Antwort.")]

    def offer(self, question: Question, order: Callable[[str], Any]) -> dict[str, Any]:
        return {"unit": ""}

    def read(self, question: Question, data: Any) -> Any:
        return posted_text(data, "answer") or None

    def right(self, question: Question, answer: Any) -> bool:
        given = folded(answer) if isinstance(answer, str) else ""
        return bool(given) and any(folded(text) == given for text in question["answers"])

    def lines(self, question: Question, answer: Any) -> list[Line]:
        if self.right(question, answer):
            return [Line(text=answer, right=True, given=True)]
        given = [Line(text=str(answer), right=False, given=True)] if answer else []
        return [*given, *(Line(text=text, right=True, given=False) for text in question["answers"][:1])]


def _finite(value: Any, note: Callable[[str], None]) -> float | int | None:
    """A number from a number or from text in German; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_VALUE:
        return value
    if isinstance(value, str) and (readings := number(value)) and abs(readings[0]) < MAX_VALUE:
        likeliest = readings[0]
        return int(likeliest) if likeliest == likeliest.to_integral_value() else float(likeliest)
    note(Phrase(N_("„%(text)s“ ist keine Zahl."), text=value[:40] if isinstance(value, str) else ""))
    return None
