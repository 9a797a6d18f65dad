"""C01, C08, C11 and C13 of docs/security.md: nothing anybody writes runs in anybody's browser."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import html5lib
import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from courses.models import Activity, ActivityRevision, Course
from lms.html import PROFILES, clean
from lms.people.models import LegalPage
from lms.testing.hostile_markup import VECTORS
from lms.work import Work
from tests.house.addresses import address
from tests.security.crawling import crawl, gets
from tests.town import Town

SHORT = [
    vector for vector in VECTORS if len(vector) < 400
]  # the long ones cost time only, see tests/lms/test_html.py
PARTS = [SHORT[n::12] for n in range(12)]
ADDRESSES = (
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "xlink:href",
    "background",
    "srcset",
    "hx-get",
    "hx-post",
)
RUNNING = ("javascript:", "vbscript:", "data:text", "data:image/svg", "feed:")
STRANGE = (
    "iframe",
    "object",
    "embed",
    "base",
    "applet",
    "frame",
    "frameset",
    "portal",
    "math",
    "foreignobject",
)


def running(html: str) -> Iterator[str]:
    """What in this page could run or lead astray, as a browser reads it."""
    nonce = re.findall(r'<script type="module" nonce="([^"]+)"', html)
    frame = html.find("<nav"), html.find("<main"), html.rfind("<footer"), html.rfind("</footer>")
    inside = html[: frame[0]] + html[frame[1] : frame[2]] + html[frame[3] :] if -1 not in frame else html
    tree = html5lib.parse(inside, namespaceHTMLElements=False)
    for element in tree.iter():
        tag = str(element.tag).rpartition("}")[2].lower()
        attributes = {str(name).rpartition("}")[2].lower(): value for name, value in element.attrib.items()}
        if (
            tag == "script"
            and attributes.get("nonce") not in nonce
            and attributes.get("type") != "application/json"
        ):
            yield f"<script> {attributes} {element.text}"
        if tag in STRANGE or (tag == "meta" and "http-equiv" in attributes):
            yield f"<{tag}> {attributes}"
        if tag == "style" or "style" in attributes:
            yield f"style of <{tag}>"
        for name, value in attributes.items():
            plain = re.sub(r"[\x00-\x20]", "", value).lower()
            if name.startswith("on") or (name in ADDRESSES and plain.startswith(RUNNING)):
                yield f"<{tag} {name}={value[:60]!r}>"
            if name in ("src", "srcset", "poster", "background", "data") and "evil.example" in value:
                yield f"<{tag} {name}={value[:60]!r}> fetches from elsewhere"


def encodable(text: str) -> str:
    """The text as a browser would send it, without lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def shown(town: Town, *pages: tuple[str, str]) -> None:
    """Whoever opens these pages gets them, and nothing in them runs."""
    for who, path in pages:
        answer = town.ask(who, "GET", path)
        assert answer.status_code == 200, f"{path} as {who}: {answer.status_code}"
        assert list(running(answer.text)) == [], f"{path} as {who}"


# -- C01, C13: written into the database past every form, then opened by an apprentice and by the administration ---


def in_page(town: Town, work: Work, text: str) -> None:
    id = town.ids["page"]
    for model in (Activity, ActivityRevision):
        key = model.id if model is Activity else model.activity_id
        work.session.execute(update(model).where(key == id).values(settings={"body": text}))


def in_quiz(town: Town, work: Work, text: str) -> None:
    id = town.ids["quiz"]
    settings = dict(work.session.get_one(Activity, id).settings)
    question = {**settings["questions"][0], "prompt": text, "explanation": text}
    question["options"] = [{**option, "text": text} for option in question["options"]]
    for model in (Activity, ActivityRevision):
        key = model.id if model is Activity else model.activity_id
        work.session.execute(
            update(model).where(key == id).values(settings={**settings, "questions": [question]})
        )


def in_course(town: Town, work: Work, text: str) -> None:
    values = {
        "description": text,
        "title": text,
        "subtitle": text,
        "objectives": [text],
        "level": text,
        "trade": text,
    }
    work.session.execute(update(Course).where(Course.id == town.ids["course"]).values(values))


def in_legal_page(town: Town, work: Work, text: str) -> None:
    work.session.execute(update(LegalPage).where(LegalPage.key == "impressum").values(html=text))


PLACES: dict[str, tuple[Callable[[Town, Work, str], None], Callable[[Town], list[tuple[str, str]]]]] = {
    "page": (
        in_page,
        lambda t: [
            ("apprentice", f"/learn/{t.ids['page']}"),
            ("administrator", f"/teach/activities/{t.ids['page']}"),
            ("administrator", f"/teach/activities/{t.ids['page']}/preview"),
        ],
    ),
    "quiz": (
        in_quiz,
        lambda t: [
            ("apprentice", f"/learn/{t.ids['quiz']}"),
            ("colleague", f"/learn/{t.ids['quiz']}"),
            ("administrator", f"/teach/activities/{t.ids['quiz']}"),
            ("administrator", f"/teach/enrolments/{t.ids['enrolment_colleague']}/activities/{t.ids['quiz']}"),
        ],
    ),
    "course": (
        in_course,
        lambda t: [
            ("visitor", f"/courses/{t.ids['course']}"),
            ("apprentice", "/"),
            ("administrator", f"/teach/courses/{t.ids['course']}"),
        ],
    ),
    "legal page": (
        in_legal_page,
        lambda t: [("visitor", "/legal/impressum"), ("administrator", "/admin/pages/impressum")],
    ),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("part", range(12))
def test_c01_markup_that_slipped_past_the_editor_does_not_run(
    town: Town, town_work: Work, place: str, part: int
) -> None:
    write, pages = PLACES[place]
    for vector in PARTS[part]:
        write(town, town_work, encodable(vector).replace("\x00", ""))
        town_work.session.commit()
        shown(town, *pages(town))


@pytest.mark.parametrize("part", range(12))
def test_c01_markup_sent_through_the_editor_is_stored_clean(town: Town, part: int) -> None:
    for vector in PARTS[part]:
        with town.undone():
            form = {"revision": 1, "locale": "de", "html": f"<p>Text</p>{encodable(vector)}"}
            town.post("office", "/admin/pages/impressum", form)
            with town.house.work() as work:
                stored = work.session.query(LegalPage).filter_by(key="impressum", locale="de").one().html
        assert stored == clean(stored), vector
        assert list(running(stored)) == [], vector


@pytest.mark.parametrize("profile", PROFILES)
def test_c01_cleaning_again_changes_nothing(profile: str) -> None:
    for vector in VECTORS:
        once = clean(vector, profile)
        assert clean(once, profile) == once


def test_the_oracle_sees_what_runs() -> None:
    """Else the tests above would prove nothing."""
    for bad in (
        "<script>1</script>",
        "<img src=x onerror=1>",
        "<a href=' java\tscript:1'>x</a>",
        "<p style=x>",
        "<iframe src=/>",
        "<svg><a xlink:href='javascript:1'>x</a></svg>",
        "<meta http-equiv=refresh content=0>",
        "<img src=//evil.example/x.gif>",
        "<form><button formaction=javascript:1>x</button></form>",
    ):
        assert list(running(bad)), bad


# -- C08 ---------------------------------------------------------------------------------------------------------


def directives(answer: TestResponse) -> dict[str, str]:
    policy = answer.headers["Content-Security-Policy"]
    return {name: values for name, _, values in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("who", ["visitor", "apprentice", "administrator"])
def test_c08_every_page_has_a_strict_policy(town: Town, who: str) -> None:
    nonces = []
    for path, answer in crawl(town, who):
        policy = directives(answer)
        if answer.mimetype != "text/html":
            continue
        assert "unsafe" not in str(policy), path
        assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'", path
        assert policy["default-src"] == "'self'", path
        nonce = re.fullmatch(r"'self' 'nonce-([\w-]{20,})'", policy["script-src"])
        assert nonce is not None, path
        nonces.append(nonce[1])
        assert all(found == nonce[1] for found in re.findall(r'<script[^>]* nonce="([^"]*)"', answer.text)), (
            path
        )
    assert len(set(nonces)) == len(nonces) > 5


# -- C11 ---------------------------------------------------------------------------------------------------------

PROBES = (
    "'\"><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)//",
    '"autofocus onfocus=alert(1) x="',
    "%0d%0aSet-Cookie: x=1\r\nX: y",
    "\x00\ufeff\u202e<b>",
)
NAMES = [
    "q",
    "name",
    "text",
    "page",
    "size",
    "role",
    "organisation",
    "trade",
    "state",
    "kind",
    "actor",
    "action",
    "subject",
    "number",
    "level",
    "type",
    "mine",
    "next",
    "locale",
    "show",
    "attempt",
    "question",
    "place",
    "sort",
    "order",
    "search",
    "id",
    "filter",
    "limit",
    "offset",
    "format",
    "lang",
    "edit",
    "error",
    "message",
    "sent",
    "theme",
    "from",
    "code",
]


def repeated(answer: TestResponse, probe: str) -> bool:
    """Whether any part of the probe that matters to a browser stands in the page as it was sent."""
    return any(part in answer.text for part in re.findall(r"""[<"][\w/]+|javascript:|on\w+=""", probe))


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("who", ["visitor", "apprentice", "administrator"])
def test_c11_what_stands_in_an_address_is_never_markup(town: Town, who: str, probe: str) -> None:
    for rule in gets(town):
        answer = town.ask(who, "GET", address(town, rule), query_string=dict.fromkeys(NAMES, probe))
        assert answer.status_code < 500, rule.rule
        assert "\n" not in answer.headers.get("Location", "")
        assert "Set-Cookie: x" not in str(answer.headers)
        if answer.mimetype == "text/html":
            assert "charset=utf-8" in answer.content_type
            if repeated(answer, probe):
                assert list(running(answer.text)) == [], rule.rule


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    "path",
    [
        "/{}",
        "/v/{}",
        "/legal/{}",
        "/invitation/{}",
        "/setup/{}",
        "/admin/settings/{}",
        "/admin/pages/{}",
        "/people/{}",
        "/x/{}/",
        "/files/1/{}",
        "/static/{}",
    ],
)
def test_c11_error_pages_do_not_repeat_markup(town: Town, path: str, probe: str) -> None:
    answer = town.ask(
        "administrator",
        "GET",
        path.replace("{}", probe.replace("%", "%25").replace("?", "%3f").replace("#", "%23")),
    )
    assert answer.status_code < 500
    assert answer.mimetype != "text/html" or list(running(answer.text)) == []
    assert "Content-Security-Policy" in answer.headers


def test_c11_forms_that_are_refused_show_what_was_sent_as_text(town: Town) -> None:
    for probe in PROBES:
        for who, path in (
            ("visitor", "/sign-in"),
            ("visitor", "/contact"),
            ("office", "/people/invite"),
            ("office", "/organisations/new"),
            ("academy_trainer", "/teach/new"),
        ):
            fields = (
                "login",
                "text",
                "reply_to",
                "email",
                "given_name",
                "family_name",
                "role",
                "name",
                "place",
                "title",
                "type",
                "next",
                "_key",
                "kind",
                "page",
            )
            form: dict[str, Any] = dict.fromkeys(fields, probe)
            answer = town.post(who, path, form)
            assert answer.status_code in (303, 400, 422), path
            assert list(running(answer.text)) == [], path


def test_c11_errors_as_json_are_json(town: Town) -> None:
    answer = town.ask("visitor", "GET", "/<svg onload=1>", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    assert json.loads(answer.text)["status"] == 404
