"""A real server on a port of this machine, on a database of its own, with jobs carried out at once."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from lms import house as houses
from lms import migrate
from lms.app import create_app
from lms.contract import system
from lms.house import House
from lms.people import signing_in
from lms.people.models import Person
from lms.testing.fixtures import PASSWORD, person
from lms.testing.fixtures import test_config as config_in
from lms.work import Work


@dataclass(frozen=True)
class Site:
    """Where the server answers, its house and its app."""

    url: str
    house: House
    app: Flask

    def work(self, actor: str = "test") -> Work:
        """A Work of the system, for looking and preparing; commit it."""
        return Work(self.house, system(actor))

    def account(self, *roles: str, username: str, **values: str) -> str:
        """The user name of a new person who signs in with PASSWORD."""
        with self.house.work(system("test")) as work:
            made: Person = person(work, *roles, username=username, **values)
            made.password_hash = signing_in.hasher.hash(PASSWORD)
        return username


@contextmanager
def running(home: Path, database: str | None = None) -> Iterator[Site]:
    """A site on this folder and database (its own SQLite file by default) for as long as the context lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    house = houses.build(config_in(home, database, LMS_BASE_URL=url), strict=True)
    migrate.upgrade(house.registry, house.database)
    app = create_app(house.config, house=house)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(url, house, app)
    server.shutdown()
    thread.join()
    server.server_close()
    house.database.dispose()


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """The running site. Its database is SQLite, or PostgreSQL with LMS_TEST_DATABASE=postgres."""
    on_postgres = os.environ.get("LMS_TEST_DATABASE") == "postgres"
    with running(tmp_path, request.getfixturevalue("fresh_postgres_url") if on_postgres else None) as site:
        yield site
