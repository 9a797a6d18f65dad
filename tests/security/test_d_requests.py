"""D01, D04, D06, D07, D10 and D11 of docs/security.md: what browsers can be led to send, and what they are told."""

import dataclasses
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from lms.app import create_app
from lms.contract import system
from lms.testing.fixtures import PASSWORD
from tests.house.addresses import address, body
from tests.security.crawling import crawl, gets, posts
from tests.security.digests import digests
from tests.security.test_b_privileges import permitted
from tests.town import Town

# What reading leaves behind: when somebody was here, that a lesson was opened, that a try was counted or refused.
READING = (
    "lms_sign_in.seen_at",
    "lms_sign_in.expires_at",
    "lms_throttle",
    "lms_audit_line",
    "lms_seal",
    "courses_enrolment.last_activity_id",
    "courses_enrolment.last_step_at",
)


def held(town: Town, *without: str) -> dict[str, str]:
    with town.house.work(system("test"), readonly=True) as work:
        return digests(work, without=without)


def actions(town: Town) -> Iterator[tuple[Rule, str, str, dict[str, object]]]:
    """(rule, who, address, form) of every POST there is, by somebody who may."""
    for rule in posts(town):
        yield rule, permitted(town, rule), address(town, rule), body(town, rule)


# -- D01 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trick", ["none", "empty", "foreign", "in the address", "in a cookie", "cut", "of yesterday's key"]
)
def test_d01_without_its_own_token_nothing_is_done(town: Town, trick: str) -> None:
    before = held(town)
    for rule, who, path, form in actions(town):
        good, other = town.tokens[who], town.tokens["stranger"]
        client = town.browser(who)
        query = {}
        if trick == "empty":
            form["csrf_token"] = ""
        elif trick == "foreign":
            form["csrf_token"] = other
        elif trick == "in the address":
            query = {"csrf_token": good, "X-CSRFToken": good}
        elif trick == "in a cookie":
            client.set_cookie("csrf_token", good)
        elif trick == "cut":
            form["csrf_token"] = good[:-1]
        elif trick == "of yesterday's key":
            form["csrf_token"] = re.sub(r"\.[^.]+$", ".forged", good)
        answer = client.post(path, data=form, query_string=query)
        assert answer.status_code == 403, f"{rule.rule}: {answer.status_code}"
    assert held(town) == before


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "http://localhost.evil.test",
        "http://localhost:81",
        "https://localhost",
        "file://",
        "http://evil@localhost",
    ],
)
def test_d01_from_elsewhere_nothing_is_done_even_with_a_good_token(town: Town, origin: str) -> None:
    before = held(town)
    for rule, who, path, form in actions(town):
        answer = town.post(who, path, form, headers={"Origin": origin})
        assert answer.status_code == 403, f"{rule.rule}: {answer.status_code}"
    assert held(town) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "application/csp-report", "application/xml", ""]
)
def test_d01_a_body_that_is_no_form_needs_the_token_as_well(town: Town, kind: str) -> None:
    before = held(town)
    for rule, who, path, _ in actions(town):
        text = json.dumps({"csrf_token": town.tokens[who], "role": "administrator"})
        answer = town.browser(who).post(path, data=text, content_type=kind)
        assert answer.status_code == 403, f"{rule.rule}: {answer.status_code}"
    assert held(town) == before


@pytest.mark.parametrize(
    "who", ["visitor", "apprentice", "company_trainer", "academy_trainer", "office", "administrator"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_d01_looking_changes_nothing(town: Town, who: str, method: str) -> None:
    paths = [path for path, _ in crawl(town, who)] + [address(town, rule) for rule in gets(town)]
    before = held(town, *READING)  # the first round opened what is opened once
    for path in paths:
        town.ask(who, method, path)
    assert held(town, *READING) == before


# -- D04 -----------------------------------------------------------------------------------------------------------

ELSEWHERE = (
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\\/evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https://evil.test",
    "HTTPS://EVIL.test",
    "/\t/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/\n/evil.test",
    "/\r\nLocation: https://evil.test",
    "/x\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "https://localhost@evil.test",
    "//localhost@evil.test",
    "http://localhost.evil.test",
    "／／evil.test",
    "/／evil.test",
    "//evil。test",
    "\u2028//evil.test",
    "\x00//evil.test",
    ".evil.test",
    "@evil.test",
    "evil.test",
    "?next=//evil.test",
    "/sign-in?next=//evil.test",
    "",
)


@pytest.mark.parametrize("target", ELSEWHERE, ids=lambda target: repr(target)[:30])
def test_d04_next_leads_nowhere_else(town: Town, target: str) -> None:
    form = {"login": "colleague", "password": PASSWORD, "next": target}
    answers = [
        town.post("visitor", "/sign-in", form),
        town.post("visitor", "/sign-in", {**form, "next": ""}, query_string={"next": target}),
        town.ask("colleague", "GET", "/sign-in", query_string={"next": target}),
        town.post("visitor", "/language", {"locale": "en", "next": target}),
    ]
    for answer in answers:
        assert answer.status_code == 303
        location = answer.headers["Location"]
        assert location == "/" or (location.startswith("/sign-in?next=") and "evil" in target), location
        assert not re.search(r"[\r\n\\\t]", location)
        assert "a=b" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    "path", ["//evil.test", "//evil.test/account", "/\\evil.test", "//evil.test/%2f..", "///evil.test/people"]
)
def test_d04_tidying_an_address_stays_on_this_site(town: Town, path: str) -> None:
    answer = town.ask("visitor", "GET", path)
    assert re.match(r"(http://localhost)?/(?![/\\])|$", answer.headers.get("Location", ""))


@pytest.mark.parametrize(
    "raw", ["/%09/evil.test", "/%5cevil.test", "%2f%2fevil.test", "/%0d%0aX:y", "/%2e%2e//evil.test"]
)
def test_d04_nor_does_an_encoded_one(town: Town, raw: str) -> None:
    location = town.ask("colleague", "GET", f"/sign-in?next={raw}").headers["Location"]
    assert location in ("/", "/..//evil.test")


def test_d04_after_signing_in_one_is_where_one_wanted_to_be(town: Town) -> None:
    form = {"login": "colleague", "password": PASSWORD, "next": "/courses?q=S%C3%A4ge&page=2"}
    assert town.post("visitor", "/sign-in", form).headers["Location"] == "/courses?q=S%C3%A4ge&page=2"


# -- D06, D07, D10, D11 ------------------------------------------------------------------------------------------------

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def secure_app(built_town: Town) -> Flask:
    """The town as it is reached over TLS."""
    config = dataclasses.replace(built_town.house.config, base_url="https://localhost")
    return create_app(config, house=built_town.house)


def everything(town: Town) -> Iterator[tuple[str, str, int]]:
    """(method, address, expected status or 0) that between them get every kind of answer."""
    for rule in gets(town):
        yield "GET", address(town, rule), 0
        yield "HEAD", address(town, rule), 0
    yield "GET", "/static/dist/app.css", 200
    yield "GET", "/static/dist/nothing.css", 404
    yield "GET", "/x/quiz/static/editor.js", 200
    yield "GET", "/nowhere", 404
    yield "GET", "/sign-in?" + "a" * 9000, 414
    yield "POST", "/courses", 405
    yield "POST", "/account", 403
    yield "OPTIONS", "/account", 200
    yield "TRACE", "/", 405


@pytest.mark.parametrize("who", ["visitor", "administrator"])
def test_d06_every_answer_has_every_header(town: Town, secure_app: Flask, who: str) -> None:
    for method, path, status in everything(town):
        client = secure_app.test_client()
        if who in town.cookies:
            client.set_cookie("__Host-lehrwerk", town.cookies[who], secure=True, path="/")
        answer = client.open(path, method=method, base_url="https://localhost", buffered=True)
        answer.close()
        assert not status or answer.status_code == status, f"{method} {path}: {answer.status_code}"
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, f"{method} {path}"
        for name in ("Content-Security-Policy", "Permissions-Policy", "Strict-Transport-Security"):
            assert answer.headers.get(name), f"{method} {path} without {name}"
        assert "X-Powered-By" not in answer.headers
        assert "Server" not in answer.headers


def test_d06_errors_that_refuse_the_request_itself_have_them_too(town: Town) -> None:
    answers = {
        400: town.ask("visitor", "GET", "/", headers={"Host": "evil.test"}),
        413: town.browser().post("/contact", data=b"x" * 6_000_000, content_type="application/json"),
        403: town.post("visitor", "/contact", {"text": "x"}, headers={"Origin": "https://evil.test"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "default-src" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("who", ["visitor", "apprentice", "administrator"])
def test_d07_no_cache_keeps_what_is_for_one_person(town: Town, who: str) -> None:
    for rule in gets(town):
        answer = town.ask(who, "GET", address(town, rule))
        control = answer.headers["Cache-Control"]
        assert "private" in control, rule.rule
        assert "no-store" in control or "no-cache" in control, rule.rule
        assert "public" not in control
        assert "Cookie" in answer.headers["Vary"], rule.rule


def test_d07_what_all_may_keep_holds_nothing_of_anybody(town: Town) -> None:
    answer = town.ask("administrator", "GET", "/static/dist/app.css")
    assert "Set-Cookie" not in answer.headers
    assert "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.test", "http://localhost.evil.test", "http://localhost"]
)
def test_d10_no_other_site_may_read_answers(town: Town, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-CSRFToken",
    }
    for rule in gets(town):
        for method in ("GET", "OPTIONS"):
            answer = town.ask("apprentice", method, address(town, rule), headers=asked)
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control")], rule.rule


def test_d11_no_page_lets_itself_be_framed(town: Town) -> None:
    for path, answer in crawl(town, "administrator"):
        if answer.mimetype == "text/html":
            assert answer.headers["X-Frame-Options"] == "DENY", path
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
