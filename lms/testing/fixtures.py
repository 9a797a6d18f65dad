"""pytest fixtures: a house on a real database, a Work, a client. Each test runs in a transaction that is undone.

The database is SQLite in a temporary folder; with LMS_TEST_DATABASE=postgres a throw-away PostgreSQL
(see lms.testing.postgres), with an address in that variable the database there.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms import house as houses
from lms import migrate
from lms.app import create_app
from lms.config import Config
from lms.contract import Actor, Held, system
from lms.house import House
from lms.people import signing_in
from lms.people.models import Assignment, Membership, Organisation, Person
from lms.work import Work

PASSWORD = "gutes-Werkzeug-7"
SECRET = "only-for-tests-0123456789-abcdefghijkl"
_numbers = itertools.count(1)


def test_config(home: Path, database_url: str | None = None, **changes: Any) -> Config:
    """A configuration for tests with everything below `home`."""
    environ = {
        "LMS_HOME": str(home),
        "LMS_ENV": "test",
        "LMS_SECRET_KEY": SECRET,
        "LMS_BASE_URL": "http://localhost",
        "LMS_QUEUE": "memory",
        **{name: str(value) for name, value in changes.items()},
    }
    if database_url:
        environ["LMS_DATABASE_URL"] = database_url
    return Config.load(environ)


test_config.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def session_house(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[House]:
    """The house all tests of a session share, its tables made by the real migrations."""
    chosen = os.environ.get("LMS_TEST_DATABASE")
    url = request.getfixturevalue("postgres_url") if chosen == "postgres" else chosen
    house = houses.build(test_config(tmp_path_factory.mktemp("home"), url), strict=True)
    migrate.upgrade(house.registry, house.database)
    yield house
    house.database.dispose()


@pytest.fixture(scope="session")
def session_app(session_house: House) -> Flask:
    app = create_app(session_house.config, house=session_house)
    app.testing = True
    return app


@pytest.fixture
def house(session_house: House) -> Iterator[House]:
    """The house within a transaction that is rolled back after the test."""
    with session_house.database.writer.connect() as connection:
        transaction = connection.begin()
        with session_house.database.bound_to(connection):
            session_house.settings.forget()
            yield session_house
        transaction.rollback()
    session_house.settings.forget()


@pytest.fixture
def own_house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """A house on an empty database of its own, where threads and processes meet and commits are real."""
    on_postgres = os.environ.get("LMS_TEST_DATABASE") == "postgres"
    url = request.getfixturevalue("fresh_postgres_url") if on_postgres else None
    house = houses.build(test_config(tmp_path, url), strict=True)
    migrate.upgrade(house.registry, house.database)
    yield house
    house.database.dispose()


@pytest.fixture
def work(house: House) -> Iterator[Work]:
    """A Work by the system actor, who may do everything."""
    work = Work(house, system("test"))
    yield work
    work.close()


@pytest.fixture
def app(session_app: Flask, house: House) -> Flask:
    return session_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; CSRF is checked as for anybody."""
    return app.test_client()


def person(work: Work, *roles: str | Held, organisation: Organisation | None = None, **values: Any) -> Person:
    """A new active person with these roles (a bare name means: everywhere), committed."""
    n = next(_numbers)
    made = Person(
        given_name=values.pop("given_name", "Lena"),
        family_name=values.pop("family_name", f"Muster{n}"),
        sort_key=f"muster{n:05d}",
        username=values.pop("username", f"person{n}"),
        created_at=work.now,
        **values,
    )
    work.session.add(made)
    work.session.flush()
    for role in roles:
        held = role if isinstance(role, Held) else Held(role)
        work.session.add(
            Assignment(person_id=made.id, role=held.role, scope_kind=held.scope_kind, scope_id=held.scope_id)
        )
    if organisation is not None:
        work.session.add(Membership(person_id=made.id, organisation_id=organisation.id))
    work.session.flush()
    return made


def organisation(work: Work, name: str = "Tischlerei Böhme", kind: str = "training_company") -> Organisation:
    """A new organisation."""
    made = Organisation(kind=kind, name=name, sort_key=name.lower())
    work.session.add(made)
    work.session.flush()
    return made


def work_as(work: Work, someone: Person, *, readonly: bool = False) -> Work:
    """A Work by this person, with the roles she holds now."""
    work.session.flush()
    held = tuple(
        Held(a.role, a.scope_kind, a.scope_id)
        for a in work.session.query(Assignment).filter_by(person_id=someone.id)
    )
    actor = Actor(kind="person", person_id=someone.id, name=someone.name, locale=someone.locale, held=held)
    theirs = Work(work.house, actor, readonly=readonly)
    theirs._session, theirs._open = work.session, None  # the same transaction, seen by another actor
    return theirs


def sign_in(client: FlaskClient, work: Work, someone: Person) -> FlaskClient:
    """The client, signed in as this person (without the password's cost)."""
    token = signing_in.start(work, someone.id, "Test")
    work.session.commit()
    with client.session_transaction() as session:
        session.clear()
        session["_user_id"] = token
        session["_fresh"] = True
    return client


def csrf(client: FlaskClient, path: str = "/sign-in") -> str:
    """A CSRF token this client's session accepts, taken from a page's meta tag."""
    html = client.get(path).get_data(as_text=True)
    return html.partition('name="csrf-token" content="')[2].partition('"')[0]
