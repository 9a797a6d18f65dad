"""What is here, as a few numbers: equal digests mean equal content, on whichever database."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from lms.files import StoredFile, path_of
from lms.keeping import tables

if TYPE_CHECKING:
    from lms.house import House


@dataclass(frozen=True)
class Digest:
    """How much there is, and the SHA-256 of it."""

    count: int
    sha256: str


def state(house: "House") -> dict[str, Any]:
    """A digest per table and one over all stored files, as JSON; all tables seen at the same moment."""
    with house.database.snapshot() as connection:
        found = {table.name: asdict(of_table(connection, table)) for table in tables.stored(connection)}
        names = file_names(connection)
    return {"tables": found, "files": asdict(of_files(house.config.home, names))}


def of_table(connection: Connection, table: tables.Stored) -> Digest:
    """The digest of a table's rows in their canonical spelling, by primary key."""
    digest, count = hashlib.sha256(), 0
    for line in table.lines(connection):
        digest.update(line)
        count += 1
    return Digest(count, digest.hexdigest())


def of_files(home: Path, names: Iterable[str]) -> Digest:
    """The digest over the bytes of all files that rows speak of; missing ones count as missing."""
    digest, count = hashlib.sha256(), 0
    for name in names:
        digest.update(f"{name} {of_bytes(path_of(home, name)) or 'missing'}\n".encode())
        count += 1
    return Digest(count, digest.hexdigest())


def of_bytes(path: Path) -> str | None:
    """The SHA-256 of a file's bytes, or None where there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_names(connection: Connection) -> list[str]:
    """The hashes of all files that rows speak of, each once, sorted."""
    return sorted(connection.scalars(select(StoredFile.sha256).distinct()))
