"""Questions answered by choosing: one option, or every option that holds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lms.contract import N_
from plugins.quiz.posted import posted_texts
from plugins.quiz.questions import Line, Question, QuestionType, doubles, entries, identity, line


class Choice(QuestionType):
    """What both ways of choosing share: options with an id, a text and whether they are right."""

    def clean(self, raw: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
        options: dict[str, dict[str, Any]] = {}
        for entry in entries(raw.get("options"), note):
            text = line(entry.get("text"), note)
            id = identity(entry.get("id"), self.key, text)
            if text or entry.get("correct") is True:
                options.setdefault(id, {"id": id, "text": text, "correct": entry.get("correct") is True})
        return {"options": list(options.values())}

    def missing(self, question: Question) -> list[str]:
        options = question["options"]
        problems = doubles(option["text"] for option in options)
        if len(options) < 2:
            problems.append(N_("Es braucht mindestens zwei Antworten."))
        if not all(option["text"] for option in options):
            problems.append(N_("Eine Antwort hat keinen Text."))
        if not any(option["correct"] for option in options):
            problems.append(N_("Keine Antwort ist als richtig markiert."))
        return problems

    def offer(self, question: Question, order: Callable[[str], Any]) -> dict[str, Any]:
        options = [{"id": option["id"], "text": option["text"]} for option in question["options"]]
        return {"options": sorted(options, key=lambda option: order(option["id"]))}

    def lines(self, question: Question, answer: Any) -> list[Line]:
        chosen = answer if isinstance(answer, list) else [answer]
        lines = [
            Line(text=option["text"], right=option["correct"], given=option["id"] in chosen)
            for option in question["options"]
            if option["correct"] or option["id"] in chosen
        ]
        return sorted(lines, key=lambda one: one.right)

    def words(self, question: Question) -> Iterable[str]:
        return [option["text"] for option in question["options"]]


class Single(Choice):
    """Exactly one option is chosen; right if it is one of the right ones."""

    key = "single"
    title = N_("Eine Antwort")

    def missing(self, question: Question) -> list[str]:
        problems = super().missing(question)
        if sum(option["correct"] for option in question["options"]) > 1:
            problems.append(N_("Mehr als eine Antwort ist als richtig markiert."))
        return problems

    def read(self, question: Question, data: Any) -> Any:
        known = {option["id"] for option in question["options"]}
        return next((text for text in posted_texts(data, "answer") if text in known), None)

    def right(self, question: Question, answer: Any) -> bool:
        return any(option["correct"] and option["id"] == answer for option in question["options"])


class Multiple(Choice):
    """All right options and no other must be chosen."""

    key = "multiple"
    title = N_("Mehrere Antworten")

    def read(self, question: Question, data: Any) -> Any:
        chosen = set(posted_texts(data, "answer"))
        return [option["id"] for option in question["options"] if option["id"] in chosen] or None

    def right(self, question: Question, answer: Any) -> bool:
        wanted = {option["id"] for option in question["options"] if option["correct"]}
        return isinstance(answer, list) and bool(wanted) and {str(id) for id in answer} == wanted
