"""Everything that is here into one file: all tables as of one moment, and the bytes of all stored files."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from sqlalchemy import Connection

from lms import clock
from lms.files import path_of
from lms.keeping import archive, digests, tables
from lms.keeping.archive import Manifest, Part, Refused

if TYPE_CHECKING:
    from lms.house import House


def write(house: "House", target: Path) -> Manifest:
    """Write a backup that any Lehrwerk of this release can restore, on SQLite or PostgreSQL; what is in it.

    Visitors may go on working meanwhile. Raises Refused if the file exists or there is nothing to keep.
    """
    if target.exists():
        raise Refused(f"{target} exists already. Choose another name; a backup is never written over.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    with house.database.snapshot() as connection, archive.writing(target) as zipped:
        plugins = tables.revisions(connection)
        if not plugins:
            raise Refused("There are no tables yet. Nothing to keep.")
        written = _tables(zipped, connection)
        files, missing = _files(zipped, house.config.home, digests.file_names(connection))
        manifest = Manifest(
            format=archive.FORMAT,
            made_at=clock.now().isoformat(timespec="seconds"),
            release=release(),
            plugins=plugins,
            tables=written,
            files=files,
            missing=missing,
        )
        zipped.writestr(archive.MANIFEST, manifest.text())
    return manifest


def release() -> str:
    """The release that runs here."""
    try:
        return version("lehrwerk")
    except PackageNotFoundError:
        return "unknown"


def _tables(zipped: ZipFile, connection: Connection) -> dict[str, Part]:
    return {
        table.name: archive.write_part(zipped, archive.table_part(table.name), table.lines(connection))
        for table in tables.stored(connection)
    }


def _files(zipped: ZipFile, home: Path, names: list[str]) -> tuple[dict[str, Part], list[str]]:
    """The parts of files whose bytes are as their name says, and the names of the others."""
    written: dict[str, Part] = {}
    for name in names:
        path = path_of(home, name)
        if digests.of_bytes(path) != name:
            continue
        with path.open("rb") as file:
            part = archive.write_part(zipped, archive.file_part(name), archive.chunks_of(file), packed=False)
        written[name] = Part(size=part.size, sha256=part.sha256)
    return written, [name for name in names if name not in written]
