"""The throw-away PostgreSQL of the tests."""

from pathlib import Path

import pytest

from lms.testing import postgres


def test_a_worker_gets_an_empty_database_of_its_own(postgres_server: str) -> None:
    with postgres.database_url(postgres_server) as one, postgres.database_url(postgres_server) as other:
        with postgres.connect(one) as connection:
            connection.execute("CREATE TABLE board (id int)")
        with postgres.connect(other) as connection:
            found = connection.execute("SELECT to_regclass('board')").fetchone()
        assert found == (None,)


def test_the_database_is_dropped_even_while_somebody_is_connected(postgres_server: str) -> None:
    with postgres.database_url(postgres_server) as url:
        forgotten = postgres.connect(url)
    name = url.partition("@/")[2].partition("?")[0]
    with postgres.connect(postgres_server) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    forgotten.close()
    assert name not in names


def test_the_last_to_leave_stops_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_TEST_POSTGRES", raising=False)
    with postgres.server_url(tmp_path) as first:
        with postgres.server_url(tmp_path) as second:
            assert first == second
        postgres.connect(first).close()
    with pytest.raises(postgres.psycopg.OperationalError):
        postgres.connect(first)


def test_programs_below_a_closed_folder_are_copied(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert not postgres._readable_by_all(closed)
