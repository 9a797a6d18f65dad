"""A small town for tests of the walls: two companies, every role, and one of each thing, built once per session.

Each request a test makes happens in a transaction that is undone, so the town stays as it was.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from courses import facts, progress
from courses.models import Activity, ActivityState, Course, Enrolment, Section
from lms import files, migrate
from lms import house as houses
from lms.app import create_app
from lms.contract import Actor, Held, system
from lms.house import House
from lms.people import inviting, legal, signing_in
from lms.people.models import Assignment, Membership, Organisation, Person, Report, Site
from lms.testing.fixtures import PASSWORD, csrf, organisation, person, sign_in, work_as
from lms.testing.fixtures import test_config as config_in
from lms.testing.postgres import database_url
from lms.work import Work
from plugins.certificates.models import Certificate
from tests.courses.authors import new_course, new_page, send

VISITOR = "visitor"
QUESTIONS = """[{"type": "single", "prompt": "Was zuerst?", "explanation": "Sonst läuft sie an.",
"options": [{"text": "Stecker ziehen", "correct": true}, {"text": "Blatt lösen"}]}]"""
NORTH = "apprentice", "colleague", "company_trainer"  # people of company A
EVERYWHERE = "participant", "academy_trainer", "office", "observer", "management", "administrator"
SOUTH = "stranger", "other_company_trainer"  # people of company B


@dataclass
class Town:
    """The house, its app, and what lives in it: `ids` by name, people by the name of what they are."""

    house: House
    app: Flask
    ids: dict[str, Any] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # CSRF tokens that fit the cookies

    def browser(self, who: str = VISITOR, **options: Any) -> FlaskClient:
        """A new browser, signed in as this person unless it is a visitor's."""
        client = self.app.test_client(**options)
        if who in self.cookies:
            client.set_cookie("lehrwerk", self.cookies[who])
        return client

    def ask(self, who: str, method: str, path: str, **options: Any) -> TestResponse:
        """The whole answer to a request without a form."""
        answer = self.browser(who).open(path, method=method, buffered=True, **options)
        answer.close()
        return answer

    def post(
        self, who: str, path: str, data: Mapping[str, Any] | None = None, **options: Any
    ) -> TestResponse:
        """The answer to a posted form with a good token."""
        form = {"csrf_token": self.tokens[who], **(data or {})}
        return self.browser(who).post(path, data=form, **options)

    def actor(self, who: str) -> Actor:
        """The actor this person is, with all her roles."""
        with self.house.work(system("test"), readonly=True) as work:
            return work_as(work, work.session.get_one(Person, self.people[who])).actor

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Everything that happens inside is undone in the end."""
        database = self.house.database
        self.house.settings.forget()
        if database._bound is not None:  # inside of what will be undone itself
            savepoint = database._bound.begin_nested()
            yield
            savepoint.rollback()
        else:
            with database.writer.connect() as connection:
                transaction = connection.begin()
                with database.bound_to(connection):
                    yield
                transaction.rollback()
        self.house.settings.forget()


@pytest.fixture(scope="session")
def built_town(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Town]:
    """The town, on a database of its own."""
    with ExitStack() as stack:
        url = None
        if os.environ.get("LMS_TEST_DATABASE") == "postgres":
            url = stack.enter_context(database_url(request.getfixturevalue("postgres_server")))
        yield build(tmp_path_factory.mktemp("town"), url, stack)


@pytest.fixture
def town(built_town: Town) -> Iterator[Town]:
    """The town within a transaction that is undone after the test."""
    with built_town.undone():
        yield built_town


@pytest.fixture
def town_work(town: Town) -> Iterator[Work]:
    """A Work in the town by the system, who may do everything."""
    with town.house.work(system("test")) as work:
        yield work


def build(home: Path, url: str | None, stack: ExitStack) -> Town:
    """The town in this folder and database."""
    house = houses.build(config_in(home, url), strict=True)
    stack.callback(house.database.dispose)
    migrate.upgrade(house.registry, house.database)
    app = create_app(house.config, house=house)
    app.testing = True
    town = Town(house, app)
    with house.work(system("test")) as work:
        legal.ensure_legal_pages(work)
        _people(work, town)
        _teaching(work, town)
        _papers(work, town)
    _sign_everybody_in(town)
    house.ready = True
    return town


def _people(work: Work, town: Town) -> None:
    site = Site(name="Werkhof Nord", address="Hobelweg 1")
    work.session.add(site)
    work.session.flush()
    north, south = organisation(work, "Tischlerei Nord"), organisation(work, "Elektro Süd")
    north.site_id = site.id
    town.ids |= {"site": site.id, "north": north.id, "south": south.id}
    for company, names in ((north, NORTH), (south, SOUTH)):
        for name in names:
            role = "company_trainer" if name.endswith("company_trainer") else "apprentice"
            _settle(work, town, name, Held(role, "organisation", company.id), company)
    for role in EVERYWHERE:
        _settle(work, town, role, Held(role))
    for role in ("academy_trainer", "office"):
        _settle(work, town, f"site_{role}", Held(role, "site", site.id))
    _settle(work, town, "newcomer", Held("apprentice", "organisation", north.id), north, password_hash=None)
    town.ids["invitation"] = inviting.new_link(work, work.session.get_one(Person, town.people["newcomer"]))
    town.ids["setup"] = inviting._new_link(work, "setup", None, inviting.SETUP_VALID)


_hashed = signing_in.hash_password(PASSWORD)


def _settle(
    work: Work, town: Town, name: str, role: Held, company: Organisation | None = None, **values: Any
) -> None:
    values = {"password_hash": _hashed, **values}
    mail = f"{name}@example.org"
    made = person(
        work,
        role,
        organisation=company,
        username=name,
        email=mail,
        email_key=mail,
        family_name=name.title(),
        **values,
    )
    town.people[name] = made.id
    town.ids[f"assignment_{name}"] = work.session.query(Assignment).filter_by(person_id=made.id).one().id
    if company is not None:
        membership = work.session.query(Membership).filter_by(person_id=made.id).one()
        town.ids[f"membership_{name}"] = membership.id


def _teaching(work: Work, town: Town) -> None:
    course = new_course(work, "Handmaschinen")
    page, last = new_page(work, course, "Prüfen"), new_page(work, course, "Spannen")
    quiz = _quiz(work, course)
    send(work, "courses.publish", course=course.id)
    draft = new_course(work, "Entwurf")
    draft_page = new_page(work, draft, "Noch nicht fertig")
    town.ids |= {
        f"{name}_section": work.session.query(Section).filter_by(course_id=of.id).first().id
        for name, of in (("course", course), ("draft", draft))
    }
    empty = send(work, "courses.add_section", course=draft.id, title="Leer")
    town.ids["empty_section"] = empty.values["section"]
    town.ids |= {
        "course": course.id,
        "page": page.id,
        "quiz": quiz.id,
        "draft": draft.id,
        "draft_page": draft_page.id,
        "draft_page_revision": draft_page.revision,
        "draft_outline": draft.outline_revision,
        "course_outline": course.outline_revision,
        "course_revision": course.revision,
    }
    for name in ("apprentice", "colleague", "stranger"):
        send(work, "courses.enrol", course=course.id, people=town.people[name])
        enrolment = work.session.query(Enrolment).filter_by(person_id=town.people[name]).one()
        town.ids[f"enrolment_{name}"] = enrolment.id
        if name != "apprentice":
            _finish(work, enrolment, (page.id, last.id, quiz.id))


def _quiz(work: Work, course: Course) -> Activity:
    done = send(work, "courses.add_activity", course=course.id, type="quiz")
    quiz = work.session.get_one(Activity, done.values["activity"])
    send(
        work,
        "courses.save_activity",
        activity=quiz.id,
        revision=quiz.revision,
        title="Test",
        minutes=5,
        required=True,
        completion="passed",
        **{"settings-questions": QUESTIONS, "settings-pass_percent": 80, "settings-attempts": 0},
    )
    return quiz


def _finish(work: Work, enrolment: Enrolment, steps: tuple[int, ...]) -> None:
    for id in steps:
        facts.append(
            work,
            key=f"done:{enrolment.id}:{id}",
            person_id=enrolment.person_id,
            enrolment_id=enrolment.id,
            subject=f"activity:{id}",
            kind="done",
        )
    work.session.add(
        ActivityState(
            enrolment_id=enrolment.id,
            activity_id=steps[-1],
            state={"answers": {}},
            begun_at=work.now,
            saved_at=work.now,
            closed_at=work.now,
            score=1.0,
            passed=True,
        )
    )
    progress.refresh(work, enrolment)
    work.session.flush()


def _papers(work: Work, town: Town) -> None:
    for name in ("colleague", "stranger"):
        certificate = work.session.query(Certificate).filter_by(person_id=town.people[name]).one()
        town.ids |= {f"certificate_{name}": certificate.id, f"code_{name}": certificate.code}
        town.ids[f"file_{name}"] = _picture(work, f"person:{town.people[name]}")
        report = Report(
            kind="contact", text="Wann ist offen?", created_at=work.now, person_id=town.people[name]
        )
        work.session.add(report)
        work.session.flush()
        town.ids[f"report_{name}"] = report.id
    town.ids["file_course"] = _picture(work, f"course:{town.ids['course']}")
    town.ids["file_draft"] = _picture(work, f"course:{town.ids['draft']}")


def picture() -> BytesIO:
    """A small PNG."""
    file = BytesIO()
    Image.new("RGB", (4, 4), "red").save(file, "PNG")
    file.seek(0)
    return file


def _picture(work: Work, subject: str) -> int:
    incoming = files.examine(picture(), "bild.png")
    return files.store(work, incoming, owner=subject.partition(":")[0], subject=subject).id


def _sign_everybody_in(town: Town) -> None:
    for name, id in town.people.items():
        client = town.app.test_client()
        with town.house.work(system("test")) as work:
            sign_in(client, work, work.session.get_one(Person, id))
        town.tokens[name] = csrf(client, "/contact")
        cookie = client.get_cookie("lehrwerk")
        assert cookie is not None
        town.cookies[name] = cookie.value
    client = town.app.test_client()
    town.tokens[VISITOR] = csrf(client, "/contact")
    cookie = client.get_cookie("lehrwerk")
    assert cookie is not None
    town.cookies[VISITOR] = cookie.value
