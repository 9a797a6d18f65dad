"""How many statements a page takes: within budget, and the same however many people, steps and courses there are."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.datastructures import MultiDict

from courses import answering, progress
from courses.contract import MARKED, PASSED
from courses.models import Course
from lms.app import create_app
from lms.contract import Held, system
from lms.house import House
from lms.people.models import Membership, Person
from lms.testing.fixtures import organisation, person, sign_in, work_as
from lms.work import Work
from tests.courses import kinds

BUDGET = {  # BENCHMARKS.md
    "start page": 10,
    "start page, company": 10,
    "start page, trainer": 10,
    "catalogue": 8,
    "course page": 8,
    "lesson, first time": 10,
    "lesson, again": 8,
    "matrix": 6,
    "matrix as a file": 4,
    "review": 8,
}


class Counter:
    """Counts what goes to the database, without the words that only open and close transactions."""

    def __init__(self, house: House) -> None:
        self.engines = {house.database.writer, house.database.reader}
        self.statements: list[str] = []
        self.commits = 0

    @contextmanager
    def listening(self) -> Iterator["Counter"]:
        for engine in self.engines:
            event.listen(engine, "before_cursor_execute", self._heard)
            event.listen(engine, "commit", self._committed)
        yield self
        for engine in self.engines:
            event.remove(engine, "before_cursor_execute", self._heard)
            event.remove(engine, "commit", self._committed)

    def _heard(self, connection: object, cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            self.statements.append(statement)

    def _committed(self, connection: object) -> None:
        self.commits += 1


class Academy:
    """An academy of this size: one course with many people and steps, and many courses."""

    def __init__(self, house: House, *, people: int, steps: int, courses: int) -> None:
        with house.work(system("test")) as work:
            firm = organisation(work)
            course = kinds.course(work, *[("sheet", MARKED)] * (steps - 1), ("exam", PASSED), type="in_line")
            learners = [self._learner(work, course, firm.id) for _ in range(people)]
            for number in range(courses):
                other = kinds.course(work, title=f"Kurs {number}", sort_key=f"kurs {number:03}")
                kinds.enrolled(work, other, learners[0])
            self._history(work, course, learners)
            self.course_id = course.id
            self.steps = [activity.id for activity in kinds.activities(work, course)]
            enrolment = kinds.enrolled(work, course, learners[0])
            self.enrolment_id = enrolment.id
            self.learner, self.trainer = learners[0].id, person(work, "academy_trainer").id
            self.boss = person(work, Held("company_trainer", "organisation", firm.id)).id

    @staticmethod
    def _learner(work: Work, course: Course, firm_id: int) -> Person:
        made = person(work, "apprentice")
        work.session.add(Membership(person_id=made.id, organisation_id=firm_id))
        kinds.enrolled(work, course, made)
        return made

    @staticmethod
    def _history(work: Work, course: Course, learners: list[Person]) -> None:
        """Everybody has ticked off the first step; the first learner has opened it, too."""
        first = kinds.activities(work, course)[0]
        for learner in learners:
            theirs = work_as(work, learner)
            form = answering.AnswerForm(MultiDict({"activity": str(first.id), "mark": "1"}))
            assert form.validate()
            answering.submit(theirs, form)
        progress.refresh_course(work, course.id)


def measure(house: House, *, people: int, steps: int, courses: int) -> dict[str, int]:
    """Statements per page in an academy of this size."""
    kinds.register(house.registry)
    academy = Academy(house, people=people, steps=steps, courses=courses)
    app = create_app(house.config, house=house)
    app.testing = True
    counted: dict[str, int] = {}

    def browser(person_id: int) -> FlaskClient:
        with house.work(system("test")) as work:
            return sign_in(app.test_client(), work, work.session.get_one(Person, person_id))

    def visit(name: str, client: FlaskClient, path: str, commits: int = 0) -> None:
        with Counter(house).listening() as counter:
            assert client.get(path).status_code == 200, path
        counted[name] = len(counter.statements)
        assert counter.commits <= commits, (name, counter.commits)

    lena, boss, trainer = browser(academy.learner), browser(academy.boss), browser(academy.trainer)
    for client in (lena, boss, trainer):
        client.get("/courses")  # settings and templates are read once per process
    visit("lesson, first time", lena, f"/learn/{academy.steps[1]}", commits=1)
    visit("lesson, again", lena, f"/learn/{academy.steps[1]}")
    visit("start page", lena, "/")
    visit("start page, company", boss, "/")
    visit("start page, trainer", trainer, "/")
    visit("catalogue", lena, "/courses")
    visit("course page", lena, f"/courses/{academy.course_id}")
    visit("matrix", trainer, f"/teach/courses/{academy.course_id}/progress")
    visit("matrix as a file", trainer, f"/teach/courses/{academy.course_id}/progress.csv")
    visit("review", trainer, f"/teach/enrolments/{academy.enrolment_id}")
    return counted


@pytest.fixture(autouse=True)
def settings_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are read anew every few seconds, which is none of a page's own statements."""
    monkeypatch.setattr("lms.settings.KEEP_SECONDS", 3600)


def test_pages_stay_within_their_budgets(own_house: House) -> None:
    counted = measure(own_house, people=3, steps=4, courses=3)
    assert {name: number for name, number in counted.items() if number > BUDGET[name]} == {}


def test_ten_times_as_much_of_everything_takes_as_many_statements(own_house: House) -> None:
    small = measure(own_house, people=3, steps=4, courses=3)
    large = measure(own_house, people=30, steps=40, courses=30)
    assert large == small
