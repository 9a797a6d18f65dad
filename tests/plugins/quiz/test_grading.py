"""Every type judges answers as a trainer would."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.forms import Posted
from plugins.quiz.entering import folded, number
from plugins.quiz.questions import read_questions
from plugins.quiz.types import TYPES

pytestmark = pytest.mark.once

OPTIONS = [
    {"id": "a", "text": "1 : 3", "correct": False},
    {"id": "b", "text": "1 : 6", "correct": True},
    {"id": "c", "text": "1 : 8", "correct": True},
]
ITEMS = [{"id": "x", "text": "Anreißen"}, {"id": "y", "text": "Sägen"}, {"id": "z", "text": "Stemmen"}]
PAIRS = [
    {"id": "l1", "left": "Schmiege", "right_id": "r1", "right": "messen"},
    {"id": "l2", "left": "Zollstock", "right_id": "r2", "right": "messen"},
    {"id": "l3", "left": "Säge", "right_id": "r3", "right": "trennen"},
]


def question(type: str, **parts: Any) -> dict[str, Any]:
    reading = read_questions([{"id": "q", "type": type, "prompt": "Frage", **parts}], TYPES)
    assert not reading.problems
    return reading.questions[0]


def judge(asked: dict[str, Any], posted: dict[str, Any]) -> bool:
    kind = TYPES[asked["type"]]
    return kind.right(asked, kind.read(asked, Posted(posted)))


def test_single() -> None:
    asked = question("single", options=OPTIONS[:2])
    assert judge(asked, {"answer": "b"})
    assert not judge(asked, {"answer": "a"})
    assert not judge(asked, {"answer": "unknown"})
    assert not judge(asked, {})


def test_multiple_wants_all_and_no_other() -> None:
    asked = question("multiple", options=OPTIONS)
    assert judge(asked, {"answer": ["c", "b"]})
    assert judge(asked, {"answer": ["c", "b", "b", "unknown"]})
    assert not judge(asked, {"answer": ["b"]})
    assert not judge(asked, {"answer": ["a", "b", "c"]})
    assert not judge(asked, {})


def test_ordering_wants_every_place() -> None:
    asked = question("ordering", items=ITEMS)
    kind = TYPES["ordering"]
    assert judge(asked, {"item-x": "1", "item-y": "2", "item-z": "3"})
    assert not judge(asked, {"item-x": "2", "item-y": "1", "item-z": "3"})
    for unfinished in ({"x": 1, "y": 2}, {"x": 1, "y": 1, "z": 2}, None, {}, [1, 2, 3]):
        assert not kind.complete(asked, unfinished)
    assert kind.read(asked, Posted({"item-x": "9", "item-y": "-1", "item-z": "1²", "item-w": "1"})) is None


def test_matching_lets_equal_right_sides_stand_for_each_other() -> None:
    asked = question("matching", pairs=PAIRS)
    assert judge(asked, {"pair-l1": "r2", "pair-l2": "r1", "pair-l3": "r3"})
    assert not judge(asked, {"pair-l1": "r3", "pair-l2": "r1", "pair-l3": "r1"})
    assert not judge(asked, {"pair-l1": "r1", "pair-l2": "r1"})
    offered = TYPES["matching"].offer(asked, str)
    assert sorted(option["text"] for option in offered["rights"]) == ["messen", "trennen"]
    for option in offered["rights"]:
        assert TYPES["matching"].read(asked, Posted({"pair-l1": option["id"]}))


@pytest.mark.parametrize("text", ["13,55", "13.55", " 13,550 ", "+13,545", "13,555", "13,55 m²", "13,55m²"])
def test_numeric_within_tolerance(text: str) -> None:
    assert judge(question("numeric", value=13.55, tolerance=0.005, unit="m²"), {"answer": text})


@pytest.mark.parametrize(
    "text",
    ["13,5449", "13,5551", "", "NaN", "nan", "inf", "Infinity", "1e1", "0x0D", "١٣", "13,,55", "−13,55"],
)
def test_numeric_outside_or_no_number(text: str) -> None:
    assert not judge(question("numeric", value=13.55, tolerance=0.005, unit="m²"), {"answer": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.250", 1250), ("1.250", 1.25), ("1 250", 1250), ("1.250.000", 1250000), ("1.250,5", 1250.5),
     ("1,250.5", 1250.5), ("−5", -5), (",5", 0.5), ("1'250", 1250)],
)  # fmt: skip
def test_thousands_and_signs(text: str, value: float) -> None:
    assert judge(question("numeric", value=value), {"answer": text})


@pytest.mark.parametrize(
    "text", ["1.25.0", "12.50.000", "1.250.5", "1,25,0", ".", ",", "", "1.250,", "9" * 40, "1-2"]
)
def test_no_number_at_all(text: str) -> None:
    assert number(text) == []


def test_numeric_zero_tolerance_is_exact() -> None:
    asked = question("numeric", value=0.3, tolerance=0)
    assert judge(asked, {"answer": "0,30"}) and not judge(asked, {"answer": "0,3000001"})


@pytest.mark.parametrize(
    "text", ["Fräser", "fraeser", "FRÄSER", " frä ser", "Fra\u0308ser", "Fraser", "fr-äser", "Fräser."]
)
def test_short_text_forgives_spelling_that_does_not_count(text: str) -> None:
    assert judge(question("short_text", answers=["Fräser"]), {"answer": text})


def test_short_text_takes_any_accepted_answer_and_no_other() -> None:
    asked = question("short_text", answers=["Straße", "Weg"])
    assert judge(asked, {"answer": "STRASSE"}) and judge(asked, {"answer": "weg"})
    for wrong in ("", "  ", "-", "Strasser", ".*", "Weg|Straße"):
        assert not judge(asked, {"answer": wrong})


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet="aäoöuüAÄÖÜßbcdefgh ", max_size=40))
def test_umlauts_case_and_spaces_do_not_count(text: str) -> None:
    spelt = text.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE"}))
    assert folded(text) == folded(spelt) == folded(text.upper()) == folded(text.replace(" ", "  "))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_a_number_is_read_however_it_is_written(value: Any) -> None:
    plain = f"{value:f}"
    grouped = f"{value:,f}".replace(",", "_").replace(".", ",").replace("_", ".")
    assert value in number(plain) and value in number(plain.replace(".", ","))
    assert value in number(grouped)


def test_folding_and_numbers_take_linear_time() -> None:
    started = time.perf_counter()
    folded("ä" * 200_000)
    number("1." * 200_000)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "answer", [None, "", "b", 7, 1.5, True, [], [None], [{}], {}, {"x": {}}, {"l1": []}, [[]]]
)
def test_any_stored_answer_can_be_judged_and_shown(answer: Any) -> None:
    parts = {"options": OPTIONS, "items": ITEMS, "pairs": PAIRS, "value": 1, "answers": ["x"]}
    for type, kind in TYPES.items():
        asked = question(type, **parts)
        kind.right(asked, answer)
        kind.complete(asked, answer)
        assert all(isinstance(line.text, str) for line in kind.lines(asked, answer))
