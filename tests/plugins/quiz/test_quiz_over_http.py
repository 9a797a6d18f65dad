"""A quiz of the library through the real pages: what is shown, stored and counted."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from courses import exchange
from courses.models import Activity, ActivityState, Enrolment
from lms.testing.fixtures import csrf, person, sign_in
from lms.work import Work
from tests.courses import kinds


class Browser:
    """An apprentice in front of the quiz of a library course."""

    def __init__(self, client: FlaskClient, work: Work, name: str) -> None:
        path = next(path for path in exchange.library() if path.stem == name)
        course = exchange.load_course_file(work, path)
        lena = person(work, "apprentice")
        self.enrolment: Enrolment = kinds.enrolled(work, course, lena)
        self.quiz: Activity = next(a for s in course.sections for a in s.activities if a.type == "quiz")
        self.client, self.work = sign_in(client, work, lena), work
        self.url = f"/learn/{self.quiz.id}"
        self.token = csrf(client, "/account")

    def get(self, query: str = "") -> str:
        answer = self.client.get(self.url + query)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def post(self, way: str = "", **values: Any) -> str:
        answer = self.client.post(self.url + way, data={"csrf_token": self.token, **values})
        assert answer.status_code == 303 and answer.location.startswith(self.url)
        return self.get()

    def check(self, question: dict[str, Any], *, right: bool) -> str:
        posted: dict[str, Any] = {"question": question["id"], "check": "1"}
        if question["type"] == "ordering":
            items = question["items"] if right else question["items"][::-1]
            posted |= {f"item-{item['id']}": place for place, item in enumerate(items, 1)}
        elif question["type"] == "numeric":
            posted["answer"] = f"{question['value']:.2f}".replace(".", ",") if right else "1"
        else:
            posted["answer"] = [option["id"] for option in question["options"] if option["correct"] is right]
        return self.post("/save", **posted)

    @property
    def questions(self) -> list[dict[str, Any]]:
        return list(self.quiz.settings["questions"])


@pytest.fixture(params=["fuenf_sicherheitsregeln", "digitales_aufmass", "handmaschinen_tischler"])
def browser(client: FlaskClient, work: Work, request: pytest.FixtureRequest) -> Browser:
    return Browser(client, work, request.param)


def test_fail_see_why_and_pass(browser: Browser) -> None:
    first, *rest = browser.questions
    total = len(browser.questions)
    assert f"1 von {total}" in browser.get()
    assert "Noch nicht richtig" in browser.check(first, right=False)
    for question in rest:
        assert "Noch nicht richtig" in browser.check(question, right=False)
    assert f"0 von {total} richtig." in browser.post()
    assert first["prompt"] in browser.post("/retry")
    for question in browser.questions:
        html = browser.check(question, right=True)
        assert 'class="status done"' in html and question["explanation"] in html
    assert "Das sitzt." in browser.post()
    browser.work.session.expire_all()
    assert browser.enrolment.states[str(browser.quiz.id)] == "done"
    assert [
        row.passed for row in browser.work.session.query(ActivityState).order_by(ActivityState.attempt)
    ] == [False, True]


def test_no_open_question_gives_its_key_away(browser: Browser) -> None:
    for place, question in enumerate(browser.questions, 1):
        html = browser.get(f"?q={place}")
        assert question["id"] in html and 'data-activity="quiz"' in html
        assert question["explanation"] not in html and "correct" not in html
        assert "checked" not in html and "data-verdict" not in html
        for number in (question.get("value"), question.get("tolerance")):
            told = str(number).replace(".", ",")
            assert len(told) < 4 or (str(number) not in html and told not in html)


def test_the_reason_links_to_the_lesson(browser: Browser) -> None:
    question = browser.questions[0]
    html = browser.check(question, right=False)
    lesson = (
        browser.work.session.query(Activity)
        .filter_by(course_id=browser.quiz.course_id, title=question["lesson"])
        .one()
    )
    assert f'href="/learn/{lesson.id}"' in html


def test_a_changed_mind_after_checking_changes_nothing(browser: Browser) -> None:
    question = browser.questions[0]
    browser.check(question, right=False)
    assert "Noch nicht richtig" in browser.check(question, right=True)
