"""The audit log is chained: whoever changes a line, takes one away or cuts the end off is found out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from lms import migrate, seals
from lms.app import create_app
from lms.contract import system
from lms.house import House
from lms.keeping import backup, restore
from lms.seals import Verdict
from tests.lms.keeping import academy, server_of_this_run, without_foreign_keys


@pytest.fixture
def chained(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """An academy with ten sealed lines, the tenth of them anchored."""
    with academy(tmp_path / "home", server_of_this_run(request)) as house:
        migrate.upgrade(house.registry, house.database)
        write(house, 10)
        run(house, seals.seal)
        run(house, seals.anchor)
        yield house


def write(house: House, count: int) -> None:
    with house.work(system("test")) as work:
        for n in range(count):
            work.audit("tried", f"thing:{n}", note="Maß", share=n / 3)


def run(house: House, job: Callable[..., object]) -> None:
    with house.work(system("jobs")) as work:
        job(work)


def verdict(house: House) -> Verdict:
    with house.work(system("test"), readonly=True) as work:
        return seals.verify(work)


def tamper(house: House, *statements: str) -> None:
    with without_foreign_keys(house) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_lines_are_sealed_in_order_and_once(chained: House) -> None:
    write(chained, 2)
    assert verdict(chained) == Verdict("", sealed=10, waiting=2)
    run(chained, seals.seal)
    run(chained, seals.seal)
    assert verdict(chained) == Verdict("", sealed=12, waiting=0)


def test_a_line_that_comes_late_is_sealed_too(chained: House) -> None:
    """On PostgreSQL a slow transaction's line has a lower number than those sealed before it."""
    tamper(
        chained,
        "INSERT INTO lms_audit_line (id, at, actor, action, subject, details, request_id) "
        "SELECT 60, at, actor, action, subject, details, request_id FROM lms_audit_line WHERE id = 1",
    )
    run(chained, seals.seal)
    tamper(
        chained,
        "INSERT INTO lms_audit_line (id, at, actor, action, subject, details, request_id) "
        "SELECT 50, at, actor, action, subject, details, request_id FROM lms_audit_line WHERE id = 1",
    )
    run(chained, seals.seal)
    assert verdict(chained) == Verdict("", sealed=12, waiting=0)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE lms_audit_line SET actor = 'person:9' WHERE id = 4"], "line 4 was changed"),
        (["UPDATE lms_audit_line SET details = '{}' WHERE id = 1"], "line 1 was changed"),
        (["DELETE FROM lms_audit_line WHERE id = 5"], "line 5 is gone"),
        (["DELETE FROM lms_audit_line WHERE id = 10"], "line 10 is gone"),
        (["DELETE FROM lms_audit_line"], "line 1 is gone"),
        (
            ["DELETE FROM lms_audit_seal WHERE line_id = 5", "DELETE FROM lms_audit_line WHERE id = 5"],
            "before line 6 is gone",
        ),
        (
            ["DELETE FROM lms_audit_seal WHERE line_id = 10", "DELETE FROM lms_audit_line WHERE id = 10"],
            "line 10 is gone",
        ),
        (["DELETE FROM lms_audit_seal", "DELETE FROM lms_audit_line"], "line 10 is gone"),
        (
            [
                "UPDATE lms_audit_line SET id = 99 WHERE id = 3",
                "UPDATE lms_audit_line SET id = 3 WHERE id = 4",
                "UPDATE lms_audit_line SET id = 4 WHERE id = 99",
            ],
            "line 3 was changed or stands in another place",
        ),
        (
            [
                "UPDATE lms_audit_seal SET number = 99 WHERE number = 3",
                "UPDATE lms_audit_seal SET number = 3 WHERE number = 4",
                "UPDATE lms_audit_seal SET number = 4 WHERE number = 99",
            ],
            "line 4 was changed or stands in another place",
        ),
    ],
)
def test_whoever_tampers_is_found_out(chained: House, statements: list[str], named: str) -> None:
    tamper(chained, *statements)
    assert named in verdict(chained).fault


def test_history_that_was_written_anew_differs_from_what_was_anchored(chained: House) -> None:
    tamper(chained, "UPDATE lms_audit_line SET actor = 'person:9' WHERE id = 4", "DELETE FROM lms_audit_seal")
    run(chained, seals.seal)  # a perfect chain, but another one
    assert "line 10 is another one than was sealed" in verdict(chained).fault


def test_an_older_state_of_the_database_is_found_out_unless_it_was_restored(
    chained: House, tmp_path: Path
) -> None:
    backup.write(chained, tmp_path / "older.zip")
    write(chained, 3)
    run(chained, seals.seal)
    run(chained, seals.anchor)
    restore.read(chained, tmp_path / "older.zip", replace=True)
    assert verdict(chained) == Verdict("", sealed=10)

    file = seals.anchors_file(chained.config.home)
    file.write_text("".join(line for line in file.read_text().splitlines(True) if "restored" not in line))
    assert "line 13 is gone" in verdict(chained).fault


def test_the_anchors_are_only_added_to_and_must_be_readable(chained: House) -> None:
    file = seals.anchors_file(chained.config.home)
    before = file.read_text()
    run(chained, seals.anchor)
    assert file.read_text() == before
    write(chained, 1)
    run(chained, seals.seal)
    run(chained, seals.anchor)
    assert file.read_text().startswith(before) and len(file.read_text().splitlines()) == 2
    assert file.stat().st_mode & 0o077 == 0

    file.write_text(before[:-20])
    assert "line 1 cannot be read" in verdict(chained).fault


def test_the_database_itself_refuses_to_take_a_sealed_line_away(chained: House) -> None:
    with chained.work(system("test")) as work, pytest.raises(Exception, match=r"(?i)foreign key"):
        work.session.execute(text("DELETE FROM lms_audit_line WHERE id = 5"))
    assert verdict(chained).fault == ""


def test_the_command_line_names_the_first_bad_line(chained: House) -> None:
    runner = create_app(chained.config, house=chained).test_cli_runner()
    good = runner.invoke(args=["lms", "audit", "verify"])
    assert good.exit_code == 0 and "10 lines" in good.output
    tamper(chained, "UPDATE lms_audit_line SET subject = 'thing:7' WHERE id IN (6, 9)")
    bad = runner.invoke(args=["lms", "audit", "verify"])
    assert bad.exit_code == 1 and "After 5 good lines: line 6 was changed" in bad.output
