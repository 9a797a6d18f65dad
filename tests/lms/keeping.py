"""Academies to back up, restore and tamper with, each on a database of its own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

from sqlalchemy import text

from lms import files, migrate, seals, seeding
from lms import house as houses
from lms.contract import system
from lms.house import House
from lms.testing.fixtures import test_config
from lms.testing.postgres import database_url

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 300


@contextmanager
def academy(home: Path, server: str | None) -> Iterator[House]:
    """A house without tables: on PostgreSQL if a server is given, else on SQLite."""
    with ExitStack() as stack:
        url = stack.enter_context(database_url(server)) if server else None
        house = houses.build(test_config(home, url), strict=True)
        yield house
        house.database.dispose()


def server_of_this_run(request: object) -> str | None:
    """The PostgreSQL server if the tests run on PostgreSQL."""
    if os.environ.get("LMS_TEST_DATABASE") == "postgres":
        return request.getfixturevalue("postgres_server")  # type: ignore[attr-defined,no-any-return]
    return None


def fill(house: House) -> None:
    """People, courses, facts, a file, sealed audit lines, and whatever databases like to spell differently."""
    migrate.upgrade(house.registry, house.database)
    seeding.seed(house, "acceptance")
    with house.work(system("test")) as work:
        found = files.examine(BytesIO(PDF), "Aufmaß.pdf")
        files.store(work, found, owner="lms", subject="person:1")
        work.audit(
            "odd",
            "Ä:1",
            number=1e22,
            whole=1.0,
            small=1e-7,
            none=None,
            words="Straße – 木工 🪚",
            deep={"b": [1, {}]},
        )
    with house.work(system("test")) as work:
        seals.seal(work)
    with house.work(system("test")) as work:
        # A row that names a later one of its own table: no order of rows would please a strict foreign key.
        ids = work.session.scalars(text("SELECT id FROM courses_fact ORDER BY id LIMIT 2")).all()
        work.session.execute(
            text("UPDATE courses_fact SET revokes = :later WHERE id = :first"),
            {"first": ids[0], "later": ids[1]},
        )


@contextmanager
def without_foreign_keys(house: House) -> Iterator[object]:
    """A connection of somebody who may do anything to the database. Commits."""
    with house.database.writer.connect() as connection:
        if house.database.sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF").close()  # type: ignore[union-attr]
        else:
            connection.execute(text("SET session_replication_role = replica"))
        yield connection
        connection.commit()
        connection.invalidate()
