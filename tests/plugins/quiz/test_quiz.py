"""The quiz as learners and trainers meet it: check, explain, lock, grade; and nothing given away before."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g, render_template
from werkzeug.datastructures import MultiDict

from courses.contract import ActivityType, At, Step
from lms.contract import VISITOR, Page
from lms.forms import Posted
from lms.registry import load
from plugins.quiz.attempt import Attempt
from plugins.quiz.examples import example
from plugins.quiz.quiz import Quiz

QUIZ = Quiz()
SETTINGS = example()
QUESTIONS = SETTINGS["questions"]


def at(**values: Any) -> At:
    urls = {"save_url": "/save", "action_url": "/do", "retry_url": "/again", "back_url": "/course"}
    return At(**{"settings": SETTINGS, "activity_id": 5, "person_id": 9, **urls, **values})


def right_answer(question: dict[str, Any]) -> dict[str, Any]:
    posted: dict[str, Any] = {"question": question["id"], "check": "1"}
    if question["type"] in ("single", "multiple"):
        return {**posted, "answer": [option["id"] for option in question["options"] if option["correct"]]}
    if question["type"] == "ordering":
        return {**posted, **{f"item-{item['id']}": n for n, item in enumerate(question["items"], 1)}}
    if question["type"] == "matching":
        return {**posted, **{f"pair-{pair['id']}": pair["right_id"] for pair in question["pairs"]}}
    return {**posted, "answer": "13,55" if question["type"] == "numeric" else "Streichmaß"}


def answered(*places: int, wrong: tuple[int, ...] = ()) -> At:
    now = at()
    for place in places:
        now = replace(now, state=QUIZ.save(now, Posted(right_answer(QUESTIONS[place]))))
    for place in wrong:
        now = replace(
            now, state={**now.state, "locked": [*now.state.get("locked", []), QUESTIONS[place]["id"]]}
        )
    return now


def render(app: Flask, page: Page, locale: str = "de") -> str:
    with app.test_request_context("/"), app.extensions["house"].work(VISITOR, readonly=True) as work:
        g.work, g.csp_nonce = work, "nonce"
        work.locale = locale
        html = render_template(page.template, **page.values)
        g.pop("work")
    return html


def test_it_is_registered_and_keeps_its_contract() -> None:
    kind = load(strict=True).kind(ActivityType, "quiz")
    assert isinstance(kind, Quiz)
    kind.check()


def test_right_answers_pass_and_the_state_is_json() -> None:
    now = answered(*range(6))
    outcome = QUIZ.submit(now, Posted({}))
    assert outcome.done and outcome.score == 1.0 and outcome.closes
    assert json.loads(json.dumps(outcome.state)) == outcome.state


def test_points_count_and_the_pass_mark_decides() -> None:
    without_two_points = QUIZ.submit(answered(0, 2, 3, 4, 5), Posted({}))
    assert without_two_points.score == pytest.approx(5 / 7) and not without_two_points.done
    lower = replace(answered(0, 2, 3, 4, 5), settings={**SETTINGS, "pass_percent": 71})
    assert QUIZ.submit(lower, Posted({})).done


def test_what_is_not_answered_is_wrong() -> None:
    outcome = QUIZ.submit(at(), Posted({}))
    assert outcome.score == 0 and not outcome.done and outcome.closes


def test_a_locked_answer_stays() -> None:
    now = answered(0)
    changed = QUIZ.save(
        now, Posted({"question": QUESTIONS[0]["id"], "answer": QUESTIONS[0]["options"][0]["id"]})
    )
    assert changed["answers"] == now.state["answers"]


def test_autosave_keeps_an_answer_open_and_takes_it_back() -> None:
    single, right = QUESTIONS[0], right_answer(QUESTIONS[0])
    del right["check"]
    kept = QUIZ.save(at(), Posted(right))
    assert kept["answers"] == {single["id"]: right["answer"][0]} and "locked" not in kept
    assert QUIZ.save(at(state=kept), Posted({"question": single["id"]}))["answers"] == {}


def test_checking_nothing_asks_for_an_answer_and_locks_nothing(app: Flask) -> None:
    for question in QUESTIONS:
        state = QUIZ.save(at(), Posted({"question": question["id"], "check": "1"}))
        assert state.get("locked") is None and state["incomplete"] == question["id"]
        assert 'role="alert"' in render(app, QUIZ.show(at(state=state)))


def test_scores_and_verdicts_cannot_be_posted() -> None:
    forged = {
        **right_answer(QUESTIONS[0]),
        "score": "1",
        "passed": "true",
        "right": "all",
        "locked": "q",
        "answers": "{}",
    }
    state = QUIZ.save(at(), Posted(forged))
    assert set(state) == {"answers", "locked", "at"} and state["locked"] == [QUESTIONS[0]["id"]]
    outcome = QUIZ.submit(at(), Posted({**forged, "finish": "1"}))
    assert not outcome.done and outcome.score == 0


def test_submitting_again_tells_the_same_outcome() -> None:
    first = QUIZ.submit(answered(0), Posted({}))
    again = QUIZ.submit(at(state=first.state, closed=True), Posted(right_answer(QUESTIONS[1])))
    assert (again.done, again.score, again.state) == (first.done, first.score, first.state)


HOSTILE: list[Any] = [
    "\x00",
    "\x00" * 50,
    "9" * 100_000,
    "<script>alert(1)</script>",
    "\ud800",
    "NaN",
    "１",
    "²",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("check", [{}, {"check": "1"}])
def test_hostile_answers_do_no_harm(app: Flask, value: Any, check: dict[str, str]) -> None:
    for question in QUESTIONS:
        names = ["answer", *(f"item-{part['id']}" for part in question.get("items", ())),
                 *(f"pair-{part['id']}" for part in question.get("pairs", ()))]  # fmt: skip
        state = QUIZ.save(
            at(), MultiDict({"question": question["id"], **dict.fromkeys(names, value), **check})
        )
        assert len(json.dumps(state)) < 10_000
        if value != "\ud800":
            html = render(app, QUIZ.show(at(state=state)))
            assert "<script>alert" not in html
        assert not QUIZ.submit(at(state=state), Posted({})).done


def test_json_posts_of_any_type_do_no_harm() -> None:
    for value in (7, 1e308, True, None, {"a": 1}, [1, {"b": 2}], [[["x"]]]):
        for question in QUESTIONS:
            QUIZ.save(at(), MultiDict({"question": question["id"], "answer": value, "check": value}))
        assert QUIZ.save(at(), MultiDict({"question": value})) == {}


def keys_of(question: dict[str, Any]) -> set[str]:
    """Everything that would tell what is right, or why."""
    keys = {"correct", "explanation", "tolerance", "0.005", "0,005", "13.55", "13,55", "Hartholz"}
    return keys | set(question.get("answers", ()))


def test_an_open_question_gives_nothing_away(app: Flask) -> None:
    for place, question in enumerate(QUESTIONS, 1):
        html = render(app, QUIZ.show(at(args={"q": str(place)})))
        assert question["id"] in html
        for key in keys_of(question):
            assert key not in html, f"{key} in the open question {question['type']}"


def test_open_questions_look_the_same_whatever_is_right(app: Flask) -> None:
    """The pages of two quizzes that differ only in their keys are equal, character for character."""
    other = json.loads(json.dumps(SETTINGS))
    for question in other["questions"]:
        question.update(explanation="Anders.", lesson="Anderswo", points=3)
        for option in question.get("options", ()):
            option["correct"] = not option["correct"]
        question.get("items", []).reverse()
        if question["type"] == "matching":
            first, second = question["pairs"]
            for key in ("right", "right_id"):
                first[key], second[key] = second[key], first[key]
        question.update({"value": 99, "tolerance": 7} if "value" in question else {})
        question.update({"answers": ["Schmiege"]} if "answers" in question else {})

    def shown(settings: dict[str, Any], place: int) -> str:
        html = render(app, QUIZ.show(at(settings=settings, args={"q": str(place)})))
        return re.sub(r'name="(csrf_token|_key)" value="[^"]*"', "", html)

    for place in range(1, 7):
        assert shown(SETTINGS, place) == shown(other, place)


def test_options_are_mixed_anew_for_each_attempt_and_person_but_stay_while_it_lasts() -> None:
    many = [{"type": "single", "id": "q", "prompt": "?", "explanation": "", "points": 1, "lesson": "",
             "options": [{"id": f"o{n}", "text": str(n), "correct": n == 0} for n in range(8)]}]  # fmt: skip

    def order(**values: Any) -> list[str]:
        attempt = Attempt(at(settings={"questions": many, "shuffle": values.pop("shuffle", True)}, **values))
        return [option["id"] for option in attempt.offer(attempt.questions[0])["options"]]

    assert order() == order() != order(attempt=2) != order(person_id=10)
    assert order(shuffle=False) == [f"o{n}" for n in range(8)]


def test_after_checking_verdict_answer_and_reason_are_shown(app: Flask) -> None:
    wrong = at(
        state={
            "answers": {QUESTIONS[0]["id"]: QUESTIONS[0]["options"][0]["id"]},
            "locked": [QUESTIONS[0]["id"]],
        }
    )
    html = render(app, QUIZ.show(replace(wrong, args={"q": "1"})))
    assert "Noch nicht richtig" in html and "Hartholz" in html and "1 : 8" in html
    assert html.index('data-verdict="wrong"') < html.index('data-verdict="right"')
    assert 'name="answer"' not in html
    assert "Richtig" in render(app, QUIZ.show(replace(answered(0), args={"q": "1"})))


def test_the_last_locked_question_leads_to_the_result(app: Flask) -> None:
    html = render(app, QUIZ.show(answered(*range(6))))
    assert 'action="/do"' in html and "Ergebnis ansehen" in html
    assert "Ergebnis ansehen" not in render(app, QUIZ.show(answered(*range(5))))


def test_it_goes_on_where_she_stopped() -> None:
    assert Attempt(at()).current() == 0
    assert Attempt(answered(0, 1)).current() == 1
    for asked, place in (("4", 3), ("0", 0), ("99", 0), ("x", 0), ("²", 0), ("-1", 0)):
        assert Attempt(at(args={"q": asked})).current() == place
    assert Attempt(answered(0, 2)).next_open(2) == 3
    assert Attempt(answered(1, 2, 3, 4, 5)).next_open(5) == 0


def graded(now: At, **values: Any) -> At:
    outcome = QUIZ.submit(now, Posted({}))
    return replace(now, state=outcome.state, closed=True, done=outcome.done, **values)


def test_the_result_explains_wrong_answers_first(app: Flask) -> None:
    html = render(app, QUIZ.show(graded(answered(1, 3))))
    assert "2 von 6 richtig." in html and "Noch eine Runde, dann sitzt es." in html and "/again" in html
    assert html.index("1. Welche Schräge") < html.index("2. Was ist zu steil")
    passed = render(app, QUIZ.show(graded(answered(*range(6)))))
    assert "6 von 6 richtig." in passed and "Das sitzt." in passed and "Bestanden" in passed


def test_without_attempts_left_there_is_no_other_round(app: Flask) -> None:
    html = render(app, QUIZ.show(graded(answered(1), attempts_left=0)))
    assert "/again" not in html and "aufgebraucht" in html
    assert QUIZ.attempts({"attempts": 3}) == 3 and QUIZ.attempts({"attempts": 0}) is None


def test_the_reason_links_to_the_lesson_if_it_is_in_the_course() -> None:
    settings = json.loads(json.dumps(SETTINGS))
    settings["questions"][0]["lesson"] = "Die Verbindung"
    now = at(
        settings=settings, steps=[Step(id=3, type="page", title="Die Verbindung")], state=answered(0).state
    )
    assert QUIZ.show(replace(now, args={"q": "1"})).values["item"]["lesson"] == {
        "title": "Die Verbindung",
        "id": 3,
    }
    gone = QUIZ.show(replace(now, args={"q": "1"}, steps=()))
    assert gone.values["item"]["lesson"] == {"title": "Die Verbindung", "id": None}


def test_the_preview_judges_one_answer_and_stores_nothing(app: Flask) -> None:
    preview = at(preview=True, save_url="")
    assert "Lösung" in render(app, QUIZ.show(preview))
    outcome = QUIZ.submit(preview, Posted(right_answer(QUESTIONS[0])))
    assert not outcome.closes and not outcome.done
    assert "Richtig" in render(app, QUIZ.show(replace(preview, state=outcome.state)))


def test_the_trainer_sees_every_answer_with_its_verdict(app: Flask) -> None:
    html = render(app, QUIZ.review(graded(answered(1, 3))))
    assert "2 von 6 richtig" in html and html.count("Nicht beantwortet.") == 4
    assert "Noch nicht abgegeben" in render(app, QUIZ.review(answered(1)))


def test_pages_speak_english(app: Flask) -> None:
    for page in QUIZ.samples():
        html = render(app, page, "en")
        for german in ("Antwort prüfen", "Weiter", "Deine Antworten", "Überspringen"):
            assert german not in html


def test_words_for_search_tell_no_key() -> None:
    words = QUIZ.text(SETTINGS)
    assert "Wofür ist was?" in words and "1 : 8" in words
    assert "Hartholz" not in words and "13" not in words
    assert words.index("Anreißen") < words.index("Stemmen") < words.index("Sägen")


def test_the_editor_shows_questions_and_what_is_missing(app: Flask) -> None:
    form = QUIZ.Settings.of(
        {"questions": "[single] q1\n? Frage </textarea><script>alert(1)</script>", "pass_percent": ""}
    )
    assert not form.validate()
    html = render(app, Page(template="quiz/settings.html", values={"form": form}))
    assert "Keine Antwort ist als richtig markiert." in html and "[single] q1" in html
    assert "<script>alert" not in html
    assert render(app, Page(template="quiz/settings.html", values={"form": QUIZ.Settings()}))
    assert "Right number" in render(
        app, Page(template="quiz/settings.html", values={"form": QUIZ.Settings(data=SETTINGS)}), "en"
    )


def test_scripts_are_served_without_a_session(client: Any) -> None:
    for name in ("editor.js", "ordering.js"):
        with client.get(f"/x/quiz/static/{name}", buffered=True) as answer:
            assert answer.status_code == 200 and "javascript" in answer.content_type
            assert answer.cache_control.no_cache
