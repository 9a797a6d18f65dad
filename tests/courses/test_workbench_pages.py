"""The workbench through HTTP, without JavaScript."""

import re
from urllib.parse import urlsplit

import html5lib
import pytest
from flask.testing import FlaskClient

from courses import publishing
from courses.models import Activity, Course
from lms.audit import AuditLine
from lms.contract import Held
from lms.people.models import Person
from lms.testing.fixtures import csrf, person, sign_in
from lms.testing.hostile_markup import VECTORS
from lms.work import Work
from tests.courses import kinds
from tests.courses.authors import BODY, new_course, new_page, save_page, send, titles


class Author:
    """A signed-in browser and its CSRF token."""

    def __init__(self, client: FlaskClient, work: Work, someone: Person) -> None:
        self.client = sign_in(client, work, someone)
        self.work, self.person = work, someone
        self.token = csrf(self.client, "/account")

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        self.work.session.expire_all()
        assert answer.status_code == status, answer.status
        return answer.get_data(as_text=True)

    def post(self, path: str, status: int = 303, **values: object) -> str:
        answer = self.client.post(path, data={"csrf_token": self.token, **values})
        self.work.session.expire_all()
        assert answer.status_code == status, answer.status
        return answer.headers.get("Location") or answer.get_data(as_text=True)


@pytest.fixture
def author(client: FlaskClient, work: Work) -> Author:
    return Author(client, work, person(work, "academy_trainer"))


@pytest.fixture
def course(work: Work) -> Course:
    course = new_course(work)
    new_page(work, course, "Prüfen")
    new_page(work, course, "Sägen")
    return course


def fields_of(lesson: Activity, **values: object) -> dict[str, object]:
    sent = {
        "revision": lesson.revision,
        "title": lesson.title,
        "completion": lesson.completion,
        "required": "y",
    }
    return {**sent, "minutes": 0, "settings-body": BODY, **values}


def test_from_an_empty_workbench_to_a_course_that_is_online(author: Author, work: Work) -> None:
    assert "Noch kein Kurs" in author.get("/teach")
    assert "Online-Modul" in author.get("/teach/new")
    address = author.post("/teach/new", type="online_module", title="Stichsäge")
    page = author.get(address)
    assert "Der Kurs hat noch keine Lektion." in page and "settings-order" in page

    lesson = author.post(f"{address}/activities", type="page")
    assert 'name="settings-body"' in author.get(lesson)
    author.post(
        lesson,
        revision=1,
        title="Blatt",
        completion="opened",
        required="y",
        minutes=5,
        **{"settings-body": BODY},
    )
    assert "Alles bereit" in author.get(address)
    author.post(f"{address}/publish")
    assert "Online: Version 1" in author.get(address)
    assert "Version 1" in author.get("/teach")


def test_an_invalid_course_keeps_what_was_typed(author: Author) -> None:
    page = author.post("/teach/new", 422, type="", title="Hobeln")
    assert 'value="Hobeln"' in page and "Hier fehlt noch etwas." in page


def test_a_course_that_cannot_go_online_says_why(author: Author, work: Work) -> None:
    course = new_course(work)
    assert "Der Kurs hat noch keine Lektion." in author.post(f"/teach/courses/{course.id}/publish", 422)


def test_the_buttons_move_and_rename_without_a_script(author: Author, work: Work, course: Course) -> None:
    first, second = course.sections[0].activities
    base = f"/teach/courses/{course.id}"
    author.post(f"{base}/move", activity=second.id, to="up", revision=course.outline_revision)
    assert titles(course) == [["Sägen", "Prüfen"]]
    author.post(f"{base}/sections", title="Zwei")
    author.post(f"/teach/sections/{course.sections[1].id}", title="Drei", revision=course.outline_revision)
    assert [section.title for section in course.sections] == ["Abschnitt 1", "Drei"]
    author.post(f"/teach/sections/{course.sections[1].id}/remove", revision=course.outline_revision)
    assert len(course.sections) == 1
    author.post(f"/teach/activities/{first.id}/remove", revision=course.outline_revision)
    assert titles(course) == [["Sägen"]]


def test_a_stale_outline_is_shown_as_it_is_now(author: Author, work: Work, course: Course) -> None:
    lesson = course.sections[0].activities[0]
    page = author.post(f"/teach/courses/{course.id}/move", 409, activity=lesson.id, to="down", revision=1)
    assert "So sieht sie jetzt aus." in page
    assert titles(course) == [["Prüfen", "Sägen"]]


def test_dragging_sends_the_new_order_and_gets_the_new_revision(
    author: Author, work: Work, course: Course
) -> None:
    first, second = course.sections[0].activities
    sent = {"list": course.sections[0].id, "item": [second.id, first.id], "revision": course.outline_revision}
    headers = {"X-CSRFToken": author.token, "Accept": "application/json"}
    path = f"/teach/courses/{course.id}/order"
    answer = author.client.post(path, data=sent, headers=headers)
    work.session.expire_all()
    assert answer.json == {"revision": course.outline_revision}
    assert titles(course) == [["Sägen", "Prüfen"]]
    assert author.client.post(path, data=sent, headers=headers).status_code == 409
    foreign = {**sent, "item": [first.id, 99999], "revision": course.outline_revision}
    assert author.client.post(path, data=foreign, headers=headers).status_code == 422


def test_a_stale_lesson_shows_both_versions_and_can_be_saved_again(
    author: Author, work: Work, course: Course
) -> None:
    lesson = course.sections[0].activities[0]
    seen = lesson.revision
    save_page(work, lesson, title="Ihr Titel", body="<p>Ihre Fassung</p>")
    mine = fields_of(lesson, title="Mein Titel", revision=seen, **{"settings-body": "<p>Meine Fassung</p>"})
    page = author.post(f"/teach/activities/{lesson.id}", 409, **mine)
    assert "Jemand hat inzwischen gespeichert" in page
    assert "&lt;p&gt;Ihre Fassung&lt;/p&gt;" in page and "Ihr Titel" in page
    assert "&lt;p&gt;Meine Fassung&lt;/p&gt;" in page and 'value="Mein Titel"' in page
    assert lesson.settings == {"body": "<p>Ihre Fassung</p>"}

    fresh = re.search(r'data-autosave.*?name="revision" value="(\d+)"', page, re.DOTALL)
    assert fresh is not None
    author.post(f"/teach/activities/{lesson.id}", **{**mine, "revision": fresh[1]})
    assert lesson.settings == {"body": "<p>Meine Fassung</p>"}


def test_autosave_answers_with_the_revision_and_leaves_no_audit_line(
    author: Author, work: Work, course: Course
) -> None:
    lesson = course.sections[0].activities[0]
    headers = {"X-CSRFToken": author.token, "Accept": "application/json"}
    path = f"/teach/activities/{lesson.id}"
    sent = fields_of(lesson, **{"settings-body": "<p>Neu</p>"})
    answer = author.client.post(path, data=sent, headers=headers)
    assert answer.json == {"revision": lesson.revision + 1}
    assert author.client.post(path, data=sent, headers=headers).status_code == 409
    assert author.client.post(path, data={**sent, "title": ""}, headers=headers).status_code == 422
    work.session.expire_all()
    assert lesson.settings == {"body": "<p>Neu</p>"}
    assert not work.session.query(AuditLine).filter_by(action="courses.autosave_activity").count()


def test_a_stale_description_shows_both_versions(author: Author, work: Work, course: Course) -> None:
    sent = {"title": "Meiner", "language": "de", "drawing": "d-plan", "level": "", "trade": "", "minutes": 0}
    sent["settings-order"] = "free"
    author.post(f"/teach/courses/{course.id}", revision=1, **{**sent, "title": "Ihrer"})
    page = author.post(f"/teach/courses/{course.id}", 409, revision=1, **sent)
    assert "Ihrer" in page and 'value="Meiner"' in page
    assert 'name="revision" value="2"' in page
    assert course.title == "Ihrer"


def test_refused_settings_keep_what_was_typed(author: Author, course: Course) -> None:
    lesson = course.sections[0].activities[0]
    page = author.post(
        f"/teach/activities/{lesson.id}", 422, **fields_of(lesson, title="Neu", **{"settings-body": ""})
    )
    assert 'value="Neu"' in page and "settings-body-error" in page
    assert lesson.title == "Prüfen"


def test_the_quiz_brings_its_own_form(author: Author, work: Work, course: Course) -> None:
    done = send(work, "courses.add_activity", course=course.id, type="quiz")
    assert "data-quiz-editor" in author.get(f"/teach/activities/{done.values['activity']}")


def test_a_lesson_without_its_plugin_is_a_notice_and_keeps_its_content(
    author: Author, work: Work, course: Course
) -> None:
    lesson = course.sections[0].activities[0]
    lesson.type = "hologram"
    work.session.commit()
    page = author.get(f"/teach/activities/{lesson.id}")
    assert "Das Plugin für diese Art fehlt gerade" in page
    assert "Das Plugin für diese Art von Lektion fehlt gerade." in author.get(f"/teach/courses/{course.id}")
    preview = author.get(f"/teach/activities/{lesson.id}/preview")
    assert "Das lässt sich nicht zeigen" in preview and "data-activity" not in preview
    author.post(f"/teach/activities/{lesson.id}", **fields_of(lesson, title="Umbenannt"))
    assert (lesson.title, lesson.settings) == ("Umbenannt", {"body": BODY})


def test_the_preview_shows_the_draft_and_keeps_nothing(author: Author, work: Work, course: Course) -> None:
    lesson = course.sections[0].activities[0]
    page = author.get(f"/teach/activities/{lesson.id}/preview")
    assert BODY in page and 'data-activity="page"' in page and "Vorschau" in page
    assert "Sägen" in author.get(f"/teach/courses/{course.id}/preview")
    author.post(f"/teach/activities/{lesson.id}/preview", 200, answer="x")
    assert work.session.query(kinds.Enrolment).count() == 0


LINKS = ("href", "src", "action", "formaction", "srcset", "xlink:href")
SENDABLE = [v for v in VECTORS if v.encode("utf-8", "ignore").decode() == v and len(v) < 2000]


def dangers(html: str) -> list[str]:
    """Whatever in a page could run or hide something and is not our own."""
    found = []
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        name = str(element.tag).rpartition("}")[2]
        if name in ("iframe", "object", "embed", "base", "math", "style") or (
            name == "script" and not element.get("nonce")
        ):
            found.append(name)
        for attribute, value in element.items():
            if attribute.startswith("on") or attribute == "style":
                found.append(f"{name} {attribute}")
            scheme = urlsplit(re.sub(r"[\x00-\x20]", "", value)).scheme if attribute in LINKS else ""
            if scheme not in ("", "http", "https", "mailto"):
                found.append(f"{name} {attribute}={value}")
    return found


@pytest.mark.parametrize("part", range(8))
def test_markup_in_every_text_setting_comes_out_clean(
    author: Author, work: Work, course: Course, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "problems", lambda work, course: [])  # their pictures say nothing
    vectors = SENDABLE[part::8]
    short, long = f"Anfang {vectors[0]} Ende"[:200], "".join(f"<p>{vector}</p>" for vector in vectors)
    lesson = course.sections[0].activities[0]
    base = f"/teach/courses/{course.id}"
    author.post(f"/teach/activities/{lesson.id}", **fields_of(lesson, title=short, **{"settings-body": long}))
    author.post(f"/teach/sections/{course.sections[0].id}", title=short, revision=course.outline_revision)
    texts = {"title": short, "subtitle": short, "description": long, "objectives": "\n".join(vectors)}
    choices = {"language": "de", "drawing": "d-plan", "level": "", "trade": "", "minutes": 0, "listed": "y"}
    author.post(base, revision=course.revision, **texts, **choices, **{"settings-order": "free"})
    author.post(f"{base}/publish")
    kinds.enrolled(work, course, author.person)
    work.session.commit()
    own = [
        f"/teach/activities/{lesson.id}",
        f"/teach/activities/{lesson.id}/preview",
        f"{base}/preview",
        base,
    ]
    for path in ["/teach", *own, f"/courses/{course.id}", "/courses", f"/learn/{lesson.id}"]:
        assert dangers(author.get(path)) == [], path


@pytest.mark.parametrize(
    "path",
    [
        "/teach/courses/{course}",
        "/teach/activities/{lesson}",
        "/teach/courses/{course}/preview",
        "/teach/activities/{lesson}/preview",
    ],
)
def test_other_peoples_courses_are_not_there(
    client: FlaskClient, work: Work, course: Course, path: str
) -> None:
    other = new_course(work, "Eigener")
    stranger = Author(client, work, person(work, Held("academy_trainer", "course", other.id)))
    stranger.get(path.format(course=course.id, lesson=course.sections[0].activities[0].id), 404)
    assert "Handmaschinen" not in stranger.get("/teach")


def test_apprentices_have_no_workbench_of_their_own(client: FlaskClient, work: Work, course: Course) -> None:
    send(work, "courses.publish", course=course.id)
    apprentice = Author(client, work, person(work, "apprentice"))
    apprentice.get("/teach/new", 403)
    apprentice.get(f"/teach/courses/{course.id}", 403)  # she sees the course, but may not edit it
    apprentice.post(f"/teach/courses/{course.id}/publish", 403)
    apprentice.get("/teach", status=403)


@pytest.mark.parametrize("number", ["0", "99999999", "2147483648", "99999999999999999999"])
def test_ids_of_nothing_are_not_found(author: Author, number: str) -> None:
    for path in (
        f"/teach/courses/{number}",
        f"/teach/activities/{number}",
        f"/teach/activities/{number}/preview",
    ):
        author.get(path, 404)
    for path in (
        f"/teach/sections/{number}",
        f"/teach/activities/{number}",
        f"/teach/courses/{number}/publish",
    ):
        sent = {"csrf_token": author.token, "title": "x", "revision": 1, "completion": "marked"}
        assert author.client.post(path, data=sent).status_code in (404, 405)


@pytest.mark.parametrize(
    "body",
    ["[1,2]", '"x"', '{"title": {"a": [1]}, "revision": true}', "{" * 5000, '{"revision": 1e999}', "NaN"],
)
def test_strange_json_is_refused_and_changes_nothing(author: Author, course: Course, body: str) -> None:
    headers = {"X-CSRFToken": author.token, "Content-Type": "application/json"}
    answer = author.client.post(f"/teach/courses/{course.id}", data=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert course.revision == 1
