"""The workbench takes as many statements for much as for little."""

import pytest
from flask.testing import FlaskClient

from courses.models import Course
from lms.house import House
from lms.testing.fixtures import person, sign_in
from lms.work import Work
from tests.courses import kinds
from tests.courses.authors import new_course, new_page, send
from tests.courses.test_statement_counts import Counter


def fill(work: Work, *, courses: int, sections: int, pages: int) -> Course:
    """So many courses; the last one of this size, online, with as many people as lessons."""
    for number in range(courses):
        course = new_course(work, f"Kurs {number}")
    for number in range(sections):
        for _ in range(pages):
            new_page(work, course, "Lektion")
        send(work, "courses.add_section", course=course.id, title=f"Abschnitt {number + 2}")
    send(work, "courses.publish", course=course.id)
    for _ in range(pages):
        kinds.enrolled(work, course, person(work, "apprentice"))
    return course


def statements(house: House, client: FlaskClient, course: Course) -> dict[str, int]:
    lesson = course.sections[0].activities[0].id
    counted = {}
    for path in (
        "/teach",
        f"/teach/courses/{course.id}",
        f"/teach/courses/{course.id}/preview",
        f"/teach/activities/{lesson}",
        f"/teach/activities/{lesson}/preview",
    ):
        with Counter(house).listening() as counter:
            assert client.get(path).status_code == 200, path
        counted[path.replace(str(course.id), "N").replace(str(lesson), "N")] = len(counter.statements)
    return counted


def test_ten_times_as_much_takes_as_many_statements(
    house: House, work: Work, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.settings.KEEP_SECONDS", 3600)
    sign_in(client, work, person(work, "academy_trainer"))
    small = fill(work, courses=2, sections=1, pages=2)
    work.session.commit()
    client.get("/teach")
    few = list(statements(house, client, small).values())
    large = fill(work, courses=20, sections=4, pages=5)
    work.session.commit()
    assert list(statements(house, client, large).values()) == few
