"""What is kept comes back as it was, on either database; what is damaged never gets near the data."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from lms.app import create_app
from lms.contract import system
from lms.files import path_of
from lms.house import House
from lms.keeping import archive, backup, digests, fsck, restore, tables
from lms.keeping.archive import Refused
from lms.people.models import Person
from tests.lms.keeping import PDF, academy, fill, server_of_this_run, without_foreign_keys

Open = Callable[[str], House]


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[House, Path]]:
    """A filled academy and its backup; neither is changed."""
    folder = tmp_path_factory.mktemp("kept")
    with academy(folder / "home", server_of_this_run(request)) as house:
        fill(house)
        backup.write(house, folder / "backup.zip")
        yield house, folder / "backup.zip"


@pytest.fixture
def target(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """An academy without tables, on the same kind of database."""
    with academy(tmp_path / "target", server_of_this_run(request)) as house:
        yield house


def flaws(house: House) -> list[str]:
    return [flaw.text for flaw in fsck.check(house) if not flaw.harmless]


def resealed(source: Path, changed: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A backup with other parts whose seal is right."""
    with zipfile.ZipFile(source) as zipped:
        parts = {name: zipped.read(name) for name in zipped.namelist()}
    change(parts)
    with zipfile.ZipFile(changed, "w") as out:
        out.comment = b"0" * archive.SEAL_LENGTH
        for name, data in parts.items():
            out.writestr(name, data)
    with changed.open("r+b") as file:
        archive._seal(file)
    return changed


def test_what_comes_back_is_what_was_kept(kept: tuple[House, Path], target: House) -> None:
    house, file = kept
    restore.read(target, file)

    assert digests.state(target) == digests.state(house)
    assert path_of(target.config.home, hashlib.sha256(PDF).hexdigest()).read_bytes() == PDF
    assert flaws(target) == []


@pytest.mark.parametrize("there", ["postgres", "sqlite"])
def test_an_academy_moves_to_the_other_database_and_loses_nothing(
    kept: tuple[House, Path], tmp_path: Path, postgres_server: str, there: str
) -> None:
    house, file = kept
    with academy(tmp_path, postgres_server if there == "postgres" else None) as moved:
        restore.read(moved, file)
        assert digests.state(moved) == digests.state(house)
        assert flaws(moved) == []
        backup.write(moved, tmp_path / "again.zip")
    there_and_back, first = archive.verify(tmp_path / "again.zip"), archive.verify(file)
    assert there_and_back.tables == first.tables and there_and_back.files == first.files


def test_new_rows_are_numbered_after_the_restored_ones_and_foreign_keys_are_strict_again(
    kept: tuple[House, Path], target: House
) -> None:
    restore.read(target, kept[1])
    with target.work(system("test")) as work:
        newest = work.session.scalar(text("SELECT max(id) FROM lms_person")) or 0
        made = Person(
            given_name="Neu", family_name="Hier", sort_key="hier", username="neu", created_at=work.now
        )
        work.session.add(made)
        work.session.flush()
        assert made.id == newest + 1
    with target.database.snapshot() as connection:
        if connection.dialect.name == "postgresql":
            assert connection.scalar(text("SELECT count(*) FROM pg_constraint WHERE condeferrable")) == 0


def test_data_is_only_replaced_by_those_who_say_so(kept: tuple[House, Path], target: House) -> None:
    house, file = kept
    restore.read(target, file)
    with target.work(system("test")) as work:
        work.audit("later")
    before = digests.state(target)

    with pytest.raises(Refused, match="--replace"):
        restore.read(target, file)
    assert digests.state(target) == before

    restore.read(target, file, replace=True)
    assert digests.state(target) == digests.state(house)


@pytest.mark.parametrize("place", [0.0, 0.02, 0.2, 0.4, 0.6, 0.8, 0.97, 0.999])
def test_one_flipped_byte_is_refused(
    kept: tuple[House, Path], target: House, tmp_path: Path, place: float
) -> None:
    data = bytearray(kept[1].read_bytes())
    data[int(len(data) * place)] ^= 0x01
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(data)
    refuses(target, damaged)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 5_000, -1, -64, -65])
def test_a_cut_file_is_refused(kept: tuple[House, Path], target: House, tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(kept[1].read_bytes()[:length])
    refuses(target, cut)


def refuses(target: House, file: Path) -> None:
    """Nothing is there before, nothing afterwards: not even tables."""
    with pytest.raises(Refused):
        restore.read(target, file, replace=True)
    with target.database.snapshot() as connection:
        assert tables.revisions(connection) == {}
    assert not (target.config.home / "files").exists()


def test_something_else_than_a_file_is_refused(target: House, tmp_path: Path) -> None:
    refuses(target, tmp_path / "not-there.zip")
    (tmp_path / "empty.zip").touch()
    refuses(target, tmp_path / "empty.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("manifest.json", "{}")
    refuses(target, tmp_path / "other.zip")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found.update(format=2), "format 2"),
        (lambda found: found["plugins"].update(lms="lms_0000"), "lms_0000"),
        (lambda found: found["plugins"].update(kiln="kiln_0001"), "'kiln', which is missing"),
        (lambda found: found["tables"].pop("lms_person"), "other parts"),
        (lambda found: found["tables"]["lms_person"].update(rows=1), "the manifest says 1"),
        (lambda found: found.pop("plugins"), "manifest cannot be read"),
    ],
)
def test_another_version_or_another_manifest_is_refused(
    kept: tuple[House, Path],
    target: House,
    tmp_path: Path,
    change: Callable[[dict[str, dict[str, object]]], None],
    said: str,
) -> None:
    def rewrite(parts: dict[str, bytes]) -> None:
        found = json.loads(parts["manifest.json"])
        change(found)
        parts["manifest.json"] = json.dumps(found).encode()

    file = resealed(kept[1], tmp_path / "changed.zip", rewrite)
    with pytest.raises(Refused, match=said):
        archive.verify(file)
        restore.read(target, file)
    refuses(target, file)


def test_a_part_that_was_swapped_is_refused(kept: tuple[House, Path], target: House, tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["tables/lms_person.jsonl"] = parts["tables/lms_person.jsonl"].replace(b"a", b"b", 1)

    file = resealed(kept[1], tmp_path / "swapped.zip", change)
    with pytest.raises(Refused, match=r"lms_person\.jsonl is damaged"):
        archive.verify(file)
    refuses(target, file)


def test_rows_without_their_parents_are_refused_and_the_old_ones_stay(
    kept: tuple[House, Path], target: House, tmp_path: Path
) -> None:
    restore.read(target, kept[1])
    before = digests.state(target)

    def change(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        parts["tables/lms_person.jsonl"] = b""
        empty = {"size": 0, "rows": 0, "sha256": hashlib.sha256().hexdigest()}
        manifest["tables"]["lms_person"] = empty
        parts["manifest.json"] = json.dumps(manifest).encode()

    orphaned = resealed(kept[1], tmp_path / "orphaned.zip", change)
    with pytest.raises(Refused):
        restore.read(target, orphaned, replace=True)
    assert digests.state(target) == before
    assert flaws(target) == []


def test_a_backup_is_never_written_over_and_leaves_no_draft(kept: tuple[House, Path]) -> None:
    house, file = kept
    before = file.read_bytes()
    with pytest.raises(Refused, match="exists already"):
        backup.write(house, file)
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir() if path.name.endswith(".part")] == []


def test_the_digest_names_the_table_that_differs(kept: tuple[House, Path], target: House) -> None:
    restore.read(target, kept[1])
    before = digests.state(target)
    with target.work(system("test")) as work:
        work.session.get_one(Person, 1).trade = "ofenbau"
    after = digests.state(target)
    assert [name for name in before["tables"] if before["tables"][name] != after["tables"][name]] == [
        "lms_person"
    ]
    assert before["files"] == after["files"]


def test_lost_and_changed_bytes_are_found(kept: tuple[House, Path], target: House) -> None:
    restore.read(target, kept[1])
    path = path_of(target.config.home, hashlib.sha256(PDF).hexdigest())
    good = digests.state(target)["files"]

    path.write_bytes(PDF[:-1] + b"!")
    assert "not those that were stored" in "".join(flaws(target))
    assert digests.state(target)["files"] != good

    path.unlink()
    assert "missing" in "".join(flaws(target))
    stray = path_of(target.config.home, "ab" * 32)
    stray.parent.mkdir(parents=True)
    stray.touch()
    notes = [flaw.text for flaw in fsck.check(target) if flaw.harmless]
    assert len(notes) == 1 and notes[0].startswith(str(stray))


def test_a_backup_without_some_bytes_says_so_and_comes_back(
    kept: tuple[House, Path], target: House, tmp_path: Path
) -> None:
    restore.read(target, kept[1])
    shutil.rmtree(target.config.home / "files")
    manifest = backup.write(target, tmp_path / "poor.zip")
    assert manifest.missing and not manifest.files
    restore.read(target, tmp_path / "poor.zip", replace=True)
    assert "missing" in "".join(flaws(target))


def test_rows_without_parents_and_jobs_that_are_stuck_are_found(
    kept: tuple[House, Path], target: House
) -> None:
    restore.read(target, kept[1])
    with without_foreign_keys(target) as connection:
        connection.execute(text("UPDATE courses_fact SET person_id = 77777 WHERE id = 1"))
    with target.work(system("test")) as work:
        work.enqueue("lms.forget_done_jobs", delay=1)
        work.session.execute(text("UPDATE lms_outbox_job SET state = 'dead'"))
    found = "".join(flaws(target))
    assert "courses_fact: 1 rows name a row of lms_person that is not there" in found
    assert "lms.forget_done_jobs) failed for good" in found


def test_operators_do_all_this_from_the_command_line(
    kept: tuple[House, Path], target: House, tmp_path: Path
) -> None:
    def call(house: House, *arguments: object) -> tuple[int, str]:
        runner = create_app(house.config, house=house).test_cli_runner()
        done = runner.invoke(args=["lms", *map(str, arguments)])
        return done.exit_code, done.output

    house, _ = kept
    file = tmp_path / "by-hand.zip"
    assert call(house, "backup", file)[0] == 0
    assert call(house, "backup", file)[0] == 1
    assert call(target, "restore", file, "--check")[0] == 0
    assert call(target, "restore", file)[0] == 0
    assert call(target, "restore", file)[0] == 1
    assert call(target, "restore", file, "--replace")[0] == 0
    assert call(house, "state-digest", "--json") == call(target, "state-digest", "--json")
    assert "lms_person" in call(house, "state-digest")[1]
    assert call(target, "fsck") == (0, "0 problems.\n")
    file.write_bytes(file.read_bytes()[:-9])
    code, said = call(target, "restore", file, "--replace")
    assert code == 1 and "damaged" in said
