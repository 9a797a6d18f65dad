"""The pages of catalogue, lesson and progress, through HTTP."""

import pytest
from flask.testing import FlaskClient

from courses.contract import MARKED, PASSED, SUBMITTED
from courses.models import Enrolment
from lms.contract import Held
from lms.people.models import Membership, Person
from lms.testing.fixtures import organisation, person, sign_in
from lms.work import Work
from tests.courses import kinds
from tests.courses.learner import Learner


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return response.get_data(as_text=True)


def send(client: FlaskClient, path: str, **values: str) -> tuple[int, str]:
    """Post a form with the page's CSRF token; status and where it leads."""
    token = text_of(client, "/courses").partition('name="csrf-token" content="')[2].partition('"')[0]
    response = client.post(path, data={"csrf_token": token, **values})
    return response.status_code, response.headers.get("Location", "")


def browser(client: FlaskClient, work: Work, someone: Person) -> FlaskClient:
    return sign_in(client, work, someone)


def test_a_visitor_finds_a_course_and_is_led_to_signing_in(client: FlaskClient, work: Work) -> None:
    made = kinds.course(work, title="Übergänge fräsen", sort_key="uebergaenge fraesen")
    kinds.course(work, title="Geheim", sort_key="geheim", listed=False)
    work.session.commit()

    listed = text_of(client, "/courses?q=ÜBERGÄNGE+fräs")
    assert "Übergänge fräsen" in listed
    assert "Geheim" not in text_of(client, "/courses")
    assert "Dazu gibt es keinen Kurs" in text_of(client, "/courses?q=nirgends")
    shown = text_of(client, f"/courses/{made.id}")
    assert "Anmelden und mitmachen" in shown
    assert "Schritt 1" in shown
    assert "/learn/" not in shown


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=99999", "page=x", "mine=bad", "trade=%00", "q=%00%25_", "level=" + "x" * 500, "page=²"],
)
def test_nonsense_in_the_filters_is_left_out(client: FlaskClient, work: Work, query: str) -> None:
    kinds.course(work)
    work.session.commit()
    assert "Kurse" in text_of(client, f"/courses?{query}")


def test_filters_narrow_and_pages_carry_them(client: FlaskClient, work: Work) -> None:
    for number in range(30):
        kinds.course(work, title=f"Kurs {number:02}", sort_key=f"kurs {number:02}", trade="tischler")
    kinds.course(work, title="Mehl", sort_key="mehl", trade="baecker")
    work.session.commit()

    first = text_of(client, "/courses?trade=tischler")
    assert "30 Kurse" in first
    assert "Mehl" not in first
    assert "trade=tischler&amp;page=2" in first
    assert "Kurs 29" in text_of(client, "/courses?trade=tischler&page=2")


def test_the_way_through_a_course(client: FlaskClient, work: Work) -> None:
    made = kinds.course(work, ("sheet", MARKED), ("exam", PASSED), type="in_line")
    lena = person(work, "apprentice")
    first, second = kinds.activities(work, made)
    browser(client, work, lena)

    assert text_of(client, "/courses").count("noch nicht begonnen") == 0
    assert client.get(f"/learn/{first.id}").headers["Location"] == f"/courses/{made.id}"
    assert send(client, f"/courses/{made.id}/join") == (303, f"/courses/{made.id}")
    assert "Kurs beginnen" in text_of(client, f"/courses/{made.id}")

    closed = text_of(client, f"/learn/{second.id}")
    assert "Erst „Schritt 1“ fertig machen." in closed
    assert "data-activity" not in closed
    assert 'data-activity="sheet"' in text_of(client, f"/learn/{first.id}")
    course = text_of(client, f"/courses/{made.id}")
    assert "Angesehen, aber noch nicht als fertig markiert." in course
    assert "Erst „Schritt 1“ fertig machen." in course
    assert send(client, f"/learn/{first.id}", mark="1") == (303, f"/learn/{second.id}")
    assert 'data-activity="exam"' in text_of(client, f"/learn/{second.id}")
    assert f'href="/learn/{second.id}"' in text_of(client, f"/courses/{made.id}")
    assert send(client, f"/learn/{second.id}?attempt=1", answer="right") == (303, f"/learn/{second.id}")
    assert "Geschafft" in text_of(client, f"/courses/{made.id}/done")
    assert "abgeschlossen" in text_of(client, "/courses?mine=completed")


def test_a_course_that_is_not_finished_has_no_result(client: FlaskClient, work: Work) -> None:
    made = kinds.course(work)
    lena = Learner(work, made)
    browser(client, work, lena.person)
    text_of(client, f"/courses/{made.id}/done", 404)


def test_a_place_is_kept_and_the_next_visit_begins_there(client: FlaskClient, work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    browser(client, work, lena.person)
    path = f"/learn/{lena.steps[0].id}"
    token = text_of(client, path).partition('name="csrf-token" content="')[2].partition('"')[0]
    saved = client.post(
        f"{path}/save", data={"place": "4"}, headers={"X-CSRFToken": token, "Accept": "application/json"}
    )
    assert saved.get_json() == {"revision": 2}
    assert 'data-resume-at="4"' in text_of(client, path)
    home = text_of(client, "/")
    assert "Hier warst du zuletzt" in home
    assert f'href="{path}"' in home


def test_trying_again_is_a_post_and_leads_back(client: FlaskClient, work: Work) -> None:
    lena = Learner(work, kinds.course(work, ("exam", PASSED)))
    browser(client, work, lena.person)
    path = f"/learn/{lena.steps[0].id}"
    send(client, path, answer="wrong")
    assert send(client, f"{path}/retry") == (303, path)
    assert len(lena.attempts(0)) == 2


@pytest.mark.parametrize("kind", ["gone", "broken"])
def test_a_kind_that_is_missing_or_fails_leaves_the_site_up(
    client: FlaskClient, work: Work, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work.house.registry, "strict", False)
    lena = Learner(work, kinds.course(work, (kind, SUBMITTED)))
    browser(client, work, lena.person)
    path = f"/learn/{lena.steps[0].id}"
    assert "data-activity" not in text_of(client, path)
    assert send(client, path, answer="x")[0] == 409


@pytest.mark.parametrize(
    "path", ["/learn/99999999999999999999", "/learn/0", "/courses/99999999999", "/teach/enrolments/0"]
)
def test_numbers_that_name_nothing_are_404(client: FlaskClient, work: Work, path: str) -> None:
    browser(client, work, person(work, "administrator"))
    text_of(client, path, 404)


class Academy:
    """A course with two companies' apprentices, and those who look after them."""

    def __init__(self, work: Work) -> None:
        self.course = kinds.course(work, ("exam", PASSED), ("sheet", MARKED))
        self.firm, self.other = organisation(work, "Böhme"), organisation(work, "Arndt")
        self.lena = Learner(work, self.course)
        self.boss = person(work, Held("company_trainer", "organisation", self.firm.id))
        self.stranger = person(work, Held("company_trainer", "organisation", self.other.id))
        self.trainer = person(work, "academy_trainer")
        self.lena.send(0, answer="=wrong")
        work.session.add(Membership(person_id=self.lena.person.id, organisation_id=self.firm.id))
        work.session.flush()

    @property
    def enrolment(self) -> Enrolment:
        return self.lena.enrolment


def test_companies_see_progress_and_never_answers(client: FlaskClient, work: Work) -> None:
    academy = Academy(work)
    page = f"/teach/enrolments/{academy.enrolment.id}"
    answers = f"{page}/activities/{academy.lena.steps[0].id}"

    browser(client, work, academy.boss)
    shown = text_of(client, page)
    assert "0 von 2 Schritten fertig" in shown
    assert answers not in shown
    text_of(client, answers, 404)
    text_of(client, f"/teach/courses/{academy.course.id}/progress", 403)
    assert academy.lena.person.name in text_of(client, "/")

    browser(client, work, academy.stranger)
    text_of(client, page, 404)
    text_of(client, answers, 404)

    browser(client, work, academy.trainer)
    assert answers in text_of(client, page)
    assert "=wrong" in text_of(client, answers)


def test_the_matrix_names_who_needs_help_and_why(client: FlaskClient, work: Work) -> None:
    academy = Academy(work)
    academy.enrolment.tries = {str(academy.lena.steps[0].id): 3}
    academy.enrolment.stuck = True
    browser(client, work, academy.trainer)
    shown = text_of(client, f"/teach/courses/{academy.course.id}/progress")
    assert "3-mal versucht, noch nicht geschafft." in shown
    assert f'href="/teach/enrolments/{academy.enrolment.id}"' in shown
    assert "1 von 1" in shown
    assert "mehrfach versucht" in shown
    text_of(client, f"/teach/courses/{academy.course.id}/progress?show=nonsense&page=-4")


def test_the_table_holds_no_formula(client: FlaskClient, work: Work) -> None:
    academy = Academy(work)
    academy.lena.person.family_name = "=HYPERLINK(1)"
    kinds.activities(work, academy.course)[0].title = "+49"
    kinds.publish(work, academy.course)
    browser(client, work, academy.trainer)
    table = text_of(client, f"/teach/courses/{academy.course.id}/progress.csv")
    head, row, *_ = table.splitlines()
    assert head.startswith("\ufeffName;'+49;")
    assert row.startswith("'=HYPERLINK(1), Lena;versucht;offen;0;2;")


def test_enrolling_reaches_only_visible_people(client: FlaskClient, work: Work) -> None:
    made = kinds.course(work, self_enrol=False)
    tom = person(work, "apprentice")
    browser(client, work, person(work, "academy_trainer"))
    page = f"/teach/courses/{made.id}/people"
    assert tom.name in text_of(client, page)
    assert send(client, page)[0] == 422
    assert send(client, page, people="999999")[0] == 404
    assert send(client, page, people=str(tom.id), deadline="2030-01-31") == (303, page)
    enrolment = work.session.query(Enrolment).filter_by(person_id=tom.id).one()
    assert enrolment.deadline is not None
    assert send(client, f"/teach/enrolments/{enrolment.id}/end") == (303, page)
    work.session.refresh(enrolment)
    assert enrolment.state == "ended"


def test_where_only_the_academy_enrols_nobody_joins(client: FlaskClient, work: Work) -> None:
    made = kinds.course(work, self_enrol=False)
    browser(client, work, person(work, "apprentice"))
    assert "In diesen Kurs schreibt die Akademie ein." in text_of(client, f"/courses/{made.id}")
    assert send(client, f"/courses/{made.id}/join")[0] == 403
