"""Requests no browser makes (cases C11, D01, E13, F04, H03, H07): they are refused, and never with a 5xx."""

import json
from io import BytesIO
from typing import Any

import pytest

from lms.people.models import Person
from lms.work import Work
from tests.town import VISITOR, Town

FORMS = (  # who, address, and a field of text in it
    ("office", "/organisations/new", "name"),
    ("office", "/sites/new", "address"),
    ("office", "/people/invite", "given_name"),
    ("academy_trainer", "/teach/new", "title"),
    ("academy_trainer", "/teach/courses/{course}/sections", "title"),
    ("academy_trainer", "/teach/courses/{course}", "subtitle"),
    ("academy_trainer", "/teach/activities/{quiz}", "title"),
    ("apprentice", "/learn/{quiz}", "answer"),
    ("apprentice", "/learn/{quiz}/save", "question"),
    ("apprentice", "/courses/{course}/join", "course"),
    ("visitor", "/contact", "text"),
)


def sent(town: Town, who: str, path: str, body: str) -> int:
    """The status of the answer to this JSON text."""
    return (
        town.browser(who)
        .post(
            path.format(**town.ids),
            data=body,
            content_type="application/json",
            headers={"X-CSRFToken": town.tokens[who]},
        )
        .status_code
    )


@pytest.mark.parametrize(("who", "path", "name"), FORMS)
def test_a_file_under_the_name_of_a_text_is_no_text(town: Town, who: str, path: str, name: str) -> None:
    answer = town.post(
        who,
        path.format(**town.ids),
        {name: (BytesIO(b"GIF89a"), "x.gif")},
        content_type="multipart/form-data",
    )
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "value",
    ["\ud800", "a\0b", 10**40, -1, [1, {"a": [None]}], {"a": 1}, True, 1.5, "9" * 5000, "\u202e", "٣²"],
    ids=lambda value: repr(value)[:20],
)
@pytest.mark.parametrize(("who", "path", "name"), FORMS)
def test_f04_odd_json_values_are_judged_or_refused(
    town: Town, who: str, path: str, name: str, value: Any
) -> None:
    every = {"revision": value, "attempt": value, "role": value, "organisation": value, name: value}
    assert sent(town, who, path, json.dumps(every)) < 500


@pytest.mark.parametrize("body", ["[]", "null", "{", "[" * 100_000, "9" * 5000])
def test_f04_a_body_that_is_no_object_is_refused(town: Town, body: str) -> None:
    assert 400 <= sent(town, VISITOR, "/contact", body) < 500


def test_e13_a_large_body_is_refused_unless_it_is_a_file_of_somebody_we_know(town: Town) -> None:
    large = json.dumps({"text": "x" * (5 * 1024 * 1024)})
    assert sent(town, VISITOR, "/contact", large) == 413
    assert sent(town, "office", "/organisations/new", large) == 413
    answer = town.browser().post("/contact", data=large, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_h07_a_name_stands_on_one_line(town: Town, town_work: Work) -> None:
    person = town_work.session.get_one(Person, town.people["apprentice"])
    names = {"given_name": "Lena\r\nBcc: all@example.org", "family_name": "Muster\u2028Frau", "locale": "de"}
    edit = {**names, "username": "lena-neu", "revision": str(person.revision)}
    assert town.post("office", f"/people/{person.id}/edit", edit).status_code == 303
    town_work.session.refresh(person)
    assert (person.given_name, person.family_name) == ("Lena Bcc: all@example.org", "Muster Frau")


@pytest.mark.parametrize(
    "path",
    [
        "/v/%00",
        "/v?number=%00",
        "/legal/%00",
        "/invitation/%00",
        "/courses?q=%00&trade=%00",
        "/people?name=%00",
        "/x/certificates/issued?text=%00&page=99999999999999999999",
        "/admin/audit?actor=%00",
        "/admin/pages/impressum?locale=%00",
        "/teach?q=%00&page=99999999999999999999",
        "/teach/courses/{course}/progress?page=99999999999999999999&show=%00",
        "/teach/courses/{course}/people?q=%00",
        "/teach/enrolments/{enrolment_colleague}/activities/{quiz}?attempt=99999999999999999999",
        "/learn/{quiz}?q=99999999999999999999",
    ],
)
@pytest.mark.parametrize("who", [VISITOR, "apprentice", "academy_trainer", "administrator"])
def test_h03_what_no_column_holds_is_no_server_error(town: Town, who: str, path: str) -> None:
    assert town.ask(who, "GET", path.format(**town.ids)).status_code < 500


def test_a_key_with_odd_characters_is_a_key(town: Town) -> None:
    form = {"name": "Werkhof Süd", "_key": "k\0\u202e"}
    assert town.post("office", "/sites/new", form).status_code == 303


def test_d06_errors_before_the_house_is_open_are_whole_pages(town: Town) -> None:
    for answer in (
        town.ask("apprentice", "GET", "/static/none.js"),
        town.browser("apprentice").post("/account", data={}),
        town.post("apprentice", "/account", headers={"Origin": "null"}),
    ):
        assert answer.status_code in (400, 403, 404)
        assert "<main" in answer.text, answer.status_code


def test_an_error_is_json_for_who_asks_for_json(town: Town) -> None:
    answer = town.ask(VISITOR, "GET", "/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.get_json()["status"] == 404


def test_i03_a_repeated_request_gets_the_first_answer(town: Town) -> None:
    form = {"name": "Werkhof Ost", "_key": "the-same"}
    first, second = (town.post("office", "/sites/new", form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert town.post("office", "/sites/new", {**form, "name": "Werkhof West"}).status_code == 409


def test_the_key_of_somebody_else_repeats_nothing(town: Town) -> None:
    form = {"name": "Werkhof Ost", "_key": "the-same"}
    assert town.post("office", "/sites/new", form).status_code == 303
    assert town.post("apprentice", "/sites/new", form).status_code == 403
