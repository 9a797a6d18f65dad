"""Questions as plain text, for editors without JavaScript: one block per question, one mark at the start of each line.

[single] q1                  a question: its type and its id (the id may be left out)
? Wie schräg bei Eiche?      what is asked; a line without a mark goes on with it
+ 1 : 8                      right: an option, an accepted text, the next item in order,
                             a pair (links => rechts), a number (13,55 ± 0,005 m²)
- 1 : 3                      wrong: an option
> Eiche ist hart.            the explanation
* 2                          points, if not 1
@ Die Verbindung             the lesson that explains it
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from plugins.quiz.entering import written

HEAD = re.compile(r"\[([a-z_]{1,20})\]\s*([A-Za-z0-9_-]{0,40})")
NUMBER = re.compile(r"([^±\s]*)(?:\s*±\s*(\S+))?\s*(.*)")
PAIR = " => "


def to_text(questions: Iterable[Mapping[str, Any]]) -> str:
    """The questions as text that `from_text` reads back."""
    return "\n\n".join("\n".join(_lines(question)) for question in questions)


def from_text(text: str) -> list[dict[str, Any]]:
    """What the text says, still to be checked by `read_questions`."""
    found: list[dict[str, Any]] = []
    for row in text.splitlines():
        head = HEAD.fullmatch(row.strip())
        if head:
            found.append({"type": head[1], "id": head[2], "prompt": ""})
        elif row.strip():
            if not found:
                found.append({"type": "", "prompt": ""})
            _read_row(found[-1], row.strip())
    return found


def _lines(question: Mapping[str, Any]) -> list[str]:
    lines = [f"[{question['type']}] {question['id']}", f"? {_flat(question['prompt'])}"]
    write = WRITERS.get(question["type"])
    lines += write(question) if write else []
    if question["explanation"]:
        lines.append(f"> {_flat(question['explanation'])}")
    if question["points"] != 1:
        lines.append(f"* {question['points']}")
    if question["lesson"]:
        lines.append(f"@ {question['lesson']}")
    return lines


def _flat(text: str) -> str:
    return " ".join(text.split())


def _choice(question: Mapping[str, Any]) -> list[str]:
    return [f"{'+' if option['correct'] else '-'} {option['text']}" for option in question["options"]]


def _number(question: Mapping[str, Any]) -> list[str]:
    value = "" if question["value"] is None else written(question["value"])
    tolerance = f" ± {written(question['tolerance'])}" if question["tolerance"] else ""
    return [f"+ {value}{tolerance} {question['unit']}".rstrip()] if value else []


WRITERS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "single": _choice,
    "multiple": _choice,
    "ordering": lambda question: [f"+ {item['text']}" for item in question["items"]],
    "matching": lambda question: [f"+ {pair['left']}{PAIR}{pair['right']}" for pair in question["pairs"]],
    "numeric": _number,
    "short_text": lambda question: [f"+ {text}" for text in question["answers"]],
}


def _read_row(question: dict[str, Any], row: str) -> None:
    mark, text = row[0], row[1:].strip()
    if mark in "+-" and row[1:2].isspace():
        _read_answer(question, text, right=mark == "+")
    elif mark == ">":
        question["explanation"] = f"{question.get('explanation', '')} {text}".strip()
    elif mark == "*":
        question["points"] = int(text) if text.isdecimal() and len(text) < 4 else text
    elif mark == "@":
        question["lesson"] = text
    else:
        question["prompt"] = f"{question['prompt']} {text if mark == '?' else row}".strip()


def _read_answer(question: dict[str, Any], text: str, *, right: bool) -> None:
    kind = question["type"]
    if kind in ("single", "multiple"):
        question.setdefault("options", []).append({"text": text, "correct": right})
    elif kind == "ordering":
        question.setdefault("items", []).append({"text": text})
    elif kind == "matching":
        left, _, other = text.partition(PAIR)
        question.setdefault("pairs", []).append({"left": left.strip(), "right": other.strip()})
    elif kind == "numeric":
        found = NUMBER.fullmatch(text)
        question["value"], question["tolerance"], question["unit"] = (
            found.groups() if found else (text, None, "")
        )
    elif kind == "short_text":
        question.setdefault("answers", []).append(text)
