"""Whether rows and bytes fit together: stored files, foreign keys, jobs that got stuck."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, func, select, text

from lms import clock
from lms.files import StoredFile, path_of
from lms.jobs import OutboxJob
from lms.keeping import digests, tables

if TYPE_CHECKING:
    from pathlib import Path

    from lms.house import House

STUCK = timedelta(hours=1)  # a job due for this long is not only waiting for its turn
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Flaw:
    """Something that does not fit. A harmless one is put right by the house itself."""

    text: str
    harmless: bool = False


def check(house: "House") -> Iterator[Flaw]:
    """Everything that does not fit, as it is found. Reads every stored byte."""
    with house.database.snapshot() as connection:
        yield from _database(connection)
        yield from _foreign_keys(connection)
        yield from _files(connection, house.config.home)
        yield from _jobs(connection)


def _database(connection: Connection) -> Iterator[Flaw]:
    if connection.dialect.name == "sqlite":
        for (found,) in connection.execute(text("PRAGMA integrity_check")):
            if found != "ok":
                yield Flaw(f"database: {found}")


def _foreign_keys(connection: Connection) -> Iterator[Flaw]:
    found = {table.name: table for table in tables.stored(connection)}
    for table in found.values():
        for key in table.foreign_keys:
            count = _without_parent(connection, table, found.get(key.parent), key)
            if count:
                yield Flaw(f"{table.name}: {count} rows name a row of {key.parent} that is not there")


def _without_parent(
    connection: Connection, table: tables.Stored, parent: tables.Stored | None, key: tables.ForeignKey
) -> int:
    child = table.clause
    given = and_(*(child.c[name].is_not(None) for name in key.columns))
    statement = select(func.count()).select_from(child).where(given)
    if parent is not None:
        above = parent.clause.alias("above")
        pairs = zip(key.columns, key.parent_columns, strict=True)
        same = and_(*(child.c[mine] == above.c[theirs] for mine, theirs in pairs))
        statement = statement.where(~select(above).where(same).exists())
    return connection.scalar(statement) or 0


def _files(connection: Connection, home: "Path") -> Iterator[Flaw]:
    rows = connection.execute(
        select(StoredFile.sha256, func.min(StoredFile.id).label("id")).group_by(StoredFile.sha256)
    )
    known = {row.sha256: row.id for row in rows}
    for digest, id in sorted(known.items()):
        found = digests.of_bytes(path_of(home, digest))
        if found is None:
            yield Flaw(f"file {id}: its bytes are missing ({digest})")
        elif found != digest:
            yield Flaw(f"file {id}: its bytes are not those that were stored ({digest})")
    for path in sorted((home / "files").rglob("*")):
        if path.is_file() and path.name not in known:
            kind = "no row speaks of it" if HASH.fullmatch(path.name) else "an upload that was cut off"
            yield Flaw(f"{path}: {kind}; it is swept away after a day", harmless=True)


def _jobs(connection: Connection) -> Iterator[Flaw]:
    statement = select(OutboxJob.id, OutboxJob.name, OutboxJob.state, OutboxJob.run_at).order_by(OutboxJob.id)
    late = clock.now() - STUCK
    for job in connection.execute(
        statement.where(
            (OutboxJob.state == "dead") | ((OutboxJob.state == "queued") & (OutboxJob.run_at < late))
        )
    ):
        why = "failed for good" if job.state == "dead" else f"has been due since {job.run_at:%Y-%m-%d %H:%M}"
        yield Flaw(f"job {job.id} ({job.name}) {why}")
