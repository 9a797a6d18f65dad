"""The quiz in a real browser: by keyboard, without JavaScript, and the question editor."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import Any

import pytest
from flask import redirect, render_template_string, request
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from courses.contract import At
from lms.app import create_app
from lms.house import House
from lms.testing.browser import axe_violations
from lms.web.chassis import public
from plugins.quiz.examples import example
from plugins.quiz.quiz import Quiz

pytestmark = pytest.mark.once

SETTINGS = example()
QUESTIONS = SETTINGS["questions"]
QUIZ = Quiz()
FRAME = """{% extends "focus.html" %}{% block title %}Quiz{% endblock %}
{% block content %}<main class="page narrow" id="inhalt">{% include shown.template %}</main>{% endblock %}"""
FORM = """{% extends "base.html" %}{% block title %}Quiz{% endblock %}{% block content %}<h1>Quiz</h1>
<form method="post" action="/stage/edit">{% include "quiz/settings.html" %}<button>Speichern</button></form>{% endblock %}"""


class Stage:
    """The real app with a learner and an author who keep their work in memory."""

    def __init__(self, house: House) -> None:
        self.at = At(
            settings=SETTINGS,
            url=lambda **query: f"/stage?q={query['q']}",
            action_url="/stage/submit",
            save_url="/stage/save",
            retry_url="/stage/retry",
            back_url="/stage",
        )
        self.sent: dict[str, Any] = {}
        self.app = create_app(house.config, house=house)
        for rule, view in (
            ("/stage", self.show), ("/stage/save", self.save), ("/stage/submit", self.submit), ("/stage/edit", self.edit)
        ):  # fmt: skip
            self.app.add_url_rule(rule, rule, public(partial(view)), methods=["GET", "POST"])

    def show(self) -> str:
        shown = QUIZ.show(replace(self.at, args=request.args))
        return render_template_string(FRAME, shown=shown, **shown.values)

    def save(self) -> Any:
        self.at = replace(self.at, state=QUIZ.save(self.at, request.form))
        return redirect("/stage", 303)

    def submit(self) -> Any:
        outcome = QUIZ.submit(self.at, request.form)
        self.at = replace(self.at, state=outcome.state, closed=outcome.closes, done=outcome.done)
        return redirect("/stage", 303)

    def edit(self) -> str:
        form = QUIZ.Settings(request.form) if request.method == "POST" else QUIZ.Settings(data=SETTINGS)
        if request.method == "POST" and form.validate():
            self.sent = form.values()
        return render_template_string(FORM, form=form)


@pytest.fixture
def stage(own_house: House, caplog: pytest.LogCaptureFixture) -> Iterator[tuple[Stage, str]]:
    caplog.set_level("WARNING", "werkzeug")
    stage = Stage(own_house)
    stage.app.config["WTF_CSRF_ENABLED"] = False
    server = make_server("127.0.0.1", 0, stage.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield stage, f"http://127.0.0.1:{server.port}/stage"
    server.shutdown()
    thread.join()
    server.server_close()


def right_texts(question: dict[str, Any]) -> list[str]:
    return [option["text"] for option in question["options"] if option["correct"]]


def check(page: Page) -> None:
    page.get_by_role("button", name="Antwort prüfen").click()
    expect(page.locator(".status")).to_have_text("Richtig")
    assert axe_violations(page) == []


def answer_everything(page: Page) -> None:
    single, multiple, ordering, matching = QUESTIONS[:4]
    page.get_by_role("radio", name=right_texts(single)[0]).check()
    check(page)
    page.get_by_role("link", name="Weiter").click()
    for text in right_texts(multiple):
        page.get_by_role("checkbox", name=text).check()
    check(page)
    page.get_by_role("link", name="Weiter").click()
    for place, item in enumerate(ordering["items"], 1):
        page.get_by_label(item["text"], exact=True).select_option(str(place))
    check(page)
    page.get_by_role("link", name="Weiter").click()
    for pair in matching["pairs"]:
        page.get_by_label(pair["left"]).select_option(label=pair["right"])
    check(page)
    page.get_by_role("link", name="Weiter").click()
    page.get_by_label("Deine Antwort in m").fill("13,55")
    check(page)
    page.get_by_role("link", name="Weiter").click()
    page.get_by_label("Deine Antwort").fill("streichmass")
    check(page)
    page.get_by_role("button", name="Ergebnis ansehen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("6 von 6 richtig. Das sitzt.")


def test_a_learner_answers_every_type_on_a_phone(phone: Page, stage: tuple[Stage, str]) -> None:
    phone.goto(stage[1])
    assert axe_violations(phone) == []
    answer_everything(phone)
    assert axe_violations(phone) == []


def test_it_works_without_javascript(browser: Browser, stage: tuple[Stage, str]) -> None:
    with browser.new_context(java_script_enabled=False, locale="de-DE") as context:
        page = context.new_page()
        page.goto(stage[1])
        page.get_by_role("radio", name=right_texts(QUESTIONS[0])[0]).check()
        page.get_by_role("button", name="Antwort prüfen").click()
        expect(page.locator(".status")).to_have_text("Richtig")
        page.goto(stage[1] + "?q=3")
        page.get_by_role("button", name="Antwort prüfen").click()
        expect(page.get_by_role("alert")).to_have_text("Gib jeder Zeile eine eigene Nummer.")
        for place, item in enumerate(QUESTIONS[2]["items"], 1):
            page.get_by_label(item["text"]).select_option(str(place))
        page.get_by_role("button", name="Antwort prüfen").click()
        expect(page.locator(".status")).to_have_text("Richtig")


def test_rows_are_put_in_order_by_keyboard(desktop: Page, stage: tuple[Stage, str]) -> None:
    desktop.goto(stage[1] + "?q=3")
    first, second, third = (item["text"] for item in QUESTIONS[2]["items"])
    for text, direction, times in ((first, "oben", 2), (third, "unten", 2)):
        button = desktop.get_by_role("button", name=f"{text} nach {direction}")
        button.focus()
        for _ in range(times):
            desktop.keyboard.press("Enter")
            expect(button).to_be_focused()
    assert desktop.locator("[data-ordering] span.grow").all_text_contents() == [first, second, third]
    assert axe_violations(desktop) == []
    check(desktop)


def test_every_type_of_question_is_open_to_axe(desktop: Page, stage: tuple[Stage, str]) -> None:
    for place in range(1, 7):
        desktop.goto(f"{stage[1]}?q={place}")
        assert axe_violations(desktop) == []


def edited(page: Page, stage: Stage) -> list[dict[str, Any]]:
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_load_state()
    return stage.sent["questions"]


def test_the_editor_keeps_what_it_does_not_change(desktop: Page, stage: tuple[Stage, str]) -> None:
    desktop.goto(stage[1] + "/edit")
    assert axe_violations(desktop) == []
    assert edited(desktop, stage[0]) == QUESTIONS


def test_an_author_writes_a_question_with_the_keyboard(desktop: Page, stage: tuple[Stage, str]) -> None:
    desktop.goto(stage[1] + "/edit")
    adder = desktop.get_by_role("button", name="Eine Antwort", exact=True)
    adder.focus()
    desktop.keyboard.press("Enter")
    desktop.keyboard.type("Ist 3 < 5 & 5 > 3?")
    added = desktop.locator("[data-list] > li").last
    added.get_by_label("Antwort", exact=True).nth(0).fill("Ja")
    added.get_by_label("Antwort", exact=True).nth(1).fill("Nein")
    added.get_by_label("Richtig").first.check()
    added.get_by_label("Frage nach oben").click()
    questions = edited(desktop, stage[0])
    written = questions[-2]
    assert written["prompt"] == "Ist 3 &lt; 5 &amp; 5 &gt; 3?"
    assert [(option["text"], option["correct"]) for option in written["options"]] == [
        ("Ja", True),
        ("Nein", False),
    ]
    assert (
        desktop.locator("[data-list] > li").nth(-2).get_by_label("Frage", exact=True).input_value()
        == "Ist 3 < 5 & 5 > 3?"
    )


def test_what_is_missing_stands_beside_its_question(desktop: Page, stage: tuple[Stage, str]) -> None:
    desktop.goto(stage[1] + "/edit")
    desktop.get_by_role("button", name="Zahl", exact=True).click()
    added = desktop.locator("[data-list] > li").last
    added.get_by_label("Richtige Zahl").fill("lang")
    desktop.get_by_role("button", name="Speichern").click()
    added = desktop.locator("[data-list] > li").last
    expect(added.locator("[data-problems]")).to_contain_text("„lang“ ist keine Zahl.")
    assert stage[0].sent == {}
    assert axe_violations(desktop) == []


def test_without_javascript_the_author_edits_text(browser: Browser, stage: tuple[Stage, str]) -> None:
    with browser.new_context(java_script_enabled=False, locale="de-DE") as context:
        page = context.new_page()
        page.goto(stage[1] + "/edit")
        page.get_by_label("Fragen als Text").fill("[single]\n? Frage\n+ ja\n- nein")
        questions = edited(page, stage[0])
    assert json.dumps(questions).count('"text"') == 2 and len(questions) == 1
