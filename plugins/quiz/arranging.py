"""Questions answered by arranging: bring items into order, or find what belongs together."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lms.contract import N_
from plugins.quiz.posted import posted_text
from plugins.quiz.questions import Line, Question, QuestionType, doubles, entries, identity, line


class Ordering(QuestionType):
    """Items to number; stored in the right order. An answer is {item id: place}, places counting from 1."""

    key = "ordering"
    title = N_("Reihenfolge")
    unanswered = N_("Gib jeder Zeile eine eigene Nummer.")
    always_mixed = True

    def clean(self, raw: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
        items: dict[str, dict[str, str]] = {}
        for entry in entries(raw.get("items"), note):
            if text := line(entry.get("text"), note):
                id = identity(entry.get("id"), self.key, text)
                items.setdefault(id, {"id": id, "text": text})
        return {"items": list(items.values())}

    def missing(self, question: Question) -> list[str]:
        few = [N_("Es braucht mindestens zwei Zeilen.")] if len(question["items"]) < 2 else []
        return doubles(item["text"] for item in question["items"]) + few

    def offer(self, question: Question, order: Callable[[str], Any]) -> dict[str, Any]:
        return {"items": sorted(question["items"], key=lambda item: order(item["id"]))}

    def read(self, question: Question, data: Any) -> Any:
        most = len(question["items"])
        places = {item["id"]: posted_text(data, f"item-{item['id']}") for item in question["items"]}
        numbers = {id: int(place) for id, place in places.items() if place.isdecimal() and len(place) < 4}
        return {id: number for id, number in numbers.items() if 1 <= number <= most} or None

    def complete(self, question: Question, answer: Any) -> bool:
        places = [answer.get(item["id"]) for item in question["items"]] if isinstance(answer, dict) else []
        return bool(places) and sorted(p for p in places if isinstance(p, int)) == list(
            range(1, len(places) + 1)
        )

    def right(self, question: Question, answer: Any) -> bool:
        wanted = {item["id"]: place for place, item in enumerate(question["items"], 1)}
        return bool(wanted) and isinstance(answer, dict) and answer == wanted

    def lines(self, question: Question, answer: Any) -> list[Line]:
        items = question["items"]
        lines = [
            Line(
                text=" → ".join(item["text"] for item in items),
                right=True,
                given=self.right(question, answer),
            )
        ]
        if not lines[0].given and self.complete(question, answer):
            given = sorted(items, key=lambda item: answer[item["id"]])
            lines.insert(0, Line(text=" → ".join(item["text"] for item in given), right=False, given=True))
        return lines

    def words(self, question: Question) -> Iterable[str]:
        return sorted(item["text"] for item in question["items"])


class Matching(QuestionType):
    """Pairs to find. An answer is {pair id: id of the right side}; equal right sides stand for each other."""

    key = "matching"
    title = N_("Zuordnen")
    unanswered = N_("Ordne zuerst alles zu.")
    always_mixed = True

    def clean(self, raw: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
        pairs: dict[str, dict[str, str]] = {}
        for entry in entries(raw.get("pairs"), note):
            left, right = line(entry.get("left"), note), line(entry.get("right"), note)
            if left or right:
                id = identity(entry.get("id"), self.key, "left", left)
                right_id = identity(entry.get("right_id"), self.key, "right", right)
                pairs.setdefault(id, {"id": id, "left": left, "right_id": right_id, "right": right})
        return {"pairs": list(pairs.values())}

    def missing(self, question: Question) -> list[str]:
        pairs = question["pairs"]
        problems = doubles(pair["left"] for pair in pairs)
        if len({pair["right"] for pair in pairs}) < 2:
            problems.append(N_("Es braucht mindestens zwei verschiedene Paare."))
        if not all(pair["left"] and pair["right"] for pair in pairs):
            problems.append(N_("Einem Paar fehlt eine Seite."))
        return problems

    def offer(self, question: Question, order: Callable[[str], Any]) -> dict[str, Any]:
        rights = {pair["right"]: pair["right_id"] for pair in reversed(question["pairs"])}
        options = [{"id": id, "text": text} for text, id in rights.items()]
        return {
            "lefts": [{"id": pair["id"], "text": pair["left"]} for pair in question["pairs"]],
            "rights": sorted(options, key=lambda option: order(option["id"])),
        }

    def read(self, question: Question, data: Any) -> Any:
        known = {pair["right_id"] for pair in question["pairs"]}
        chosen = {pair["id"]: posted_text(data, f"pair-{pair['id']}") for pair in question["pairs"]}
        return {id: right for id, right in chosen.items() if right in known} or None

    def complete(self, question: Question, answer: Any) -> bool:
        return isinstance(answer, dict) and all(answer.get(pair["id"]) for pair in question["pairs"])

    def right(self, question: Question, answer: Any) -> bool:
        return bool(question["pairs"]) and all(
            self._holds(question, pair, answer) for pair in question["pairs"]
        )

    def lines(self, question: Question, answer: Any) -> list[Line]:
        texts = {pair["right_id"]: pair["right"] for pair in question["pairs"]}
        lines = []
        for pair in question["pairs"]:
            holds = self._holds(question, pair, answer)
            given = texts.get(str(answer.get(pair["id"]))) if isinstance(answer, dict) else None
            if given and not holds:
                lines.append(Line(text=f"{pair['left']} – {given}", right=False, given=True))
            lines.append(Line(text=f"{pair['left']} – {pair['right']}", right=True, given=holds))
        return sorted(lines, key=lambda one: one.right)

    def words(self, question: Question) -> Iterable[str]:
        return [pair["left"] for pair in question["pairs"]] + sorted(
            pair["right"] for pair in question["pairs"]
        )

    def _holds(self, question: Question, pair: Mapping[str, str], answer: Any) -> bool:
        texts = {other["right_id"]: other["right"] for other in question["pairs"]}
        return isinstance(answer, dict) and texts.get(str(answer.get(pair["id"]))) == pair["right"]
