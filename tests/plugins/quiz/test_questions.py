"""Questions: read strictly from the editor, from plain text and from course files."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import courses
from plugins.quiz.examples import example
from plugins.quiz.forms import QuizForm
from plugins.quiz.questions import missing, read_questions
from plugins.quiz.quiz import Quiz
from plugins.quiz.sample import from_sample
from plugins.quiz.text_format import from_text, to_text
from plugins.quiz.types import TYPES

pytestmark = pytest.mark.once

ENOUGH = {"pass_percent": 80, "attempts": 0}
LIBRARY = Path(courses.__file__).parent / "library"


def form(questions: Any) -> QuizForm:
    text = questions if isinstance(questions, str) else json.dumps(questions)
    made = QuizForm.of({"questions": text, **ENOUGH})
    assert isinstance(made, QuizForm)
    return made


def test_settings_survive_the_editor_unchanged() -> None:
    settings = example()
    sent = form(settings["questions"])
    assert sent.validate() and sent.values()["questions"] == settings["questions"]


def test_settings_survive_the_text_format() -> None:
    settings = example()
    typed = form(to_text(settings["questions"]))
    assert typed.validate()
    assert typed.values()["questions"] == settings["questions"]


def test_text_without_ids_gets_the_same_ids_each_time() -> None:
    text = "[single]\n? Wie\nweiter?\n+ so\n- anders\n> Darum."
    first, second = read_questions(from_text(text), TYPES), read_questions(from_text(text), TYPES)
    assert first == second and first.questions[0]["prompt"] == "Wie weiter?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["id", "type", "prompt", "options", "items", "pairs", "text", "correct", "left", "value", "points", "answers"]
    ), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from([*TYPES, "?"]))
def test_whatever_is_sent_is_read_into_questions_that_read_the_same_again(raw: Any, type: str) -> None:
    for sent in (
        raw,
        [raw],
        [{"type": type, "options": raw, "items": raw, "pairs": raw, "value": raw, "answers": raw}],
    ):
        reading = read_questions(sent, TYPES)
        for question in reading.questions:
            assert json.loads(json.dumps(question)) == question
            missing(question, TYPES)
        if not reading.problems:
            assert read_questions(reading.questions, TYPES) == reading


@pytest.mark.parametrize(
    "sent",
    [
        "{}",
        "[{",
        "null",
        "[[]]",
        "[" * 5000,
        '[{"type": NaN}]',
        "[{}]",
        "\x00",
        '[{"type": {"a": 1}}]',
        "[nix]",
    ],
)
def test_hostile_questions_are_refused_in_a_sentence(sent: str) -> None:
    refused = form(sent)
    if not refused.validate():
        assert all(isinstance(error, str) for error in refused.questions.errors)
    assert all(question["type"] in TYPES or refused.errors for question in refused.questions.data)


def test_more_than_two_hundred_questions_are_refused() -> None:
    refused = form([{"type": "single", "prompt": str(n)} for n in range(201)])
    assert not refused.validate()
    assert len(refused.questions.data) == 200


def test_fields_nobody_knows_are_dropped_and_markup_is_cleaned() -> None:
    prompt = "<em>Wie</em> <script>alert(1)</script><img src=x onerror=alert(1)>"
    sent = form([{"type": "single", "prompt": prompt, "score": 1, "options": [{"text": "a", "weight": 9}]}])
    assert sent.validate()
    question = sent.values()["questions"][0]
    assert "<em>Wie</em>" in question["prompt"]
    assert "script" not in question["prompt"] and "img" not in question["prompt"]
    assert "score" not in question and set(question["options"][0]) == {"id", "text", "correct"}


def test_a_number_that_is_none_is_named_beside_its_question() -> None:
    refused = form([{"type": "numeric", "prompt": "Wie lang?", "value": "lang"}])
    assert not refused.validate()
    assert refused.questions.errors == ["Frage 1: „lang“ ist keine Zahl."]
    assert (0, "„lang“ ist keine Zahl.") in refused.questions.hints()


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({"type": "single", "options": [{"text": "a"}, {"text": "b"}]}, "Keine Antwort ist als richtig markiert."),
        ({"type": "single", "options": [{"text": "a", "correct": True}]}, "Es braucht mindestens zwei Antworten."),
        ({"type": "single", "options": [{"text": t, "correct": True} for t in "ab"]},
         "Mehr als eine Antwort ist als richtig markiert."),
        ({"type": "multiple", "options": [{"id": i, "text": "a", "correct": True} for i in "xy"]},
         "„a“ steht zweimal da."),
        ({"type": "ordering", "items": [{"text": "a"}]}, "Es braucht mindestens zwei Zeilen."),
        ({"type": "matching", "pairs": [{"left": "a"}, {"left": "b", "right": "c"}]}, "Einem Paar fehlt eine Seite."),
        ({"type": "matching", "pairs": [{"left": "a", "right": "c"}, {"left": "b", "right": "c"}]},
         "Es braucht mindestens zwei verschiedene Paare."),
        ({"type": "numeric"}, "Die richtige Zahl fehlt."),
        ({"type": "short_text", "answers": ["-", " "]}, "Es braucht mindestens eine richtige Antwort."),
    ],
)  # fmt: skip
def test_an_unfinished_question_can_be_saved_but_not_published(
    question: dict[str, Any], problem: str
) -> None:
    draft = form([{**question, "prompt": "Frage"}])
    assert draft.validate()
    assert f"Frage 1: {problem}" in Quiz().problems(draft.values())


def test_an_empty_quiz_cannot_be_published() -> None:
    assert Quiz().problems({}) == [
        "Das Quiz hat noch keine Fragen.",
        "Ab wann das Quiz bestanden ist, fehlt noch.",
    ]
    assert Quiz().problems(example()) == []
    unasked = form([{"type": "numeric", "value": 1}])
    assert "Frage 1: Die Frage selbst fehlt." in Quiz().problems(
        unasked.values() if unasked.validate() else {}
    )


@pytest.mark.parametrize("percent", ["0", "101", "", "viel", "-1"])
def test_the_pass_mark_is_a_percentage(percent: str) -> None:
    assert not QuizForm.of({"questions": "[]", "pass_percent": percent, "attempts": "0"}).validate()


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_library_can_be_asked(path: Path) -> None:
    quiz = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["quiz"]
    settings = from_sample({**quiz, "lessons": {"l2": {"id": 7, "title": "Messbezug"}}})
    assert Quiz().problems(settings) == []
    assert settings == from_sample({**quiz, "lessons": {"l2": {"id": 7, "title": "Messbezug"}}})
    assert len(settings["questions"]) == len(quiz["questions"])
    assert {"Messbezug"} <= {question["lesson"] for question in settings["questions"]}
    sent = form(settings["questions"])
    assert sent.validate() and sent.values()["questions"] == settings["questions"]


@pytest.mark.parametrize(
    "quiz",
    [{}, {"questions": []}, {"questions": "x"}, {"questions": [{"type": "essay"}]}, {"questions": [{"type": "single"}]},
     {"questions": [{"type": "order", "prompt": "?", "correct_order": ["a", "b"]}], "pass_percent": "alle"}],
)  # fmt: skip
def test_a_course_file_that_is_no_use_is_refused_in_a_sentence(quiz: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_sample(quiz)
