"""A backup back into a database and a folder: everything is checked first, then all of it comes in at once."""

import os
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from lms import canonical, migrate, seals
from lms.files import path_of
from lms.keeping import archive, digests, tables
from lms.keeping.archive import Manifest, Refused

if TYPE_CHECKING:
    from lms.house import House

# What an installation writes by itself before anybody has worked in it.
OWN_DOING = frozenset({"lms_legal_page", "lms_setting", "lms_outbox_job", "lms_throttle"})


def read(house: "House", source: Path, *, replace: bool = False) -> Manifest:
    """Restore the backup into this installation; what was in it.

    Raises Refused, with nothing changed, for a damaged backup, one of another version, and (unless `replace`) for
    an installation that holds data. The tables come back in one transaction and are compared before it ends.
    """
    manifest = archive.verify(source)
    _check_versions(house, manifest)
    if not replace:
        _check_empty(house)
    migrate.upgrade(house.registry, house.database)
    with archive.reading(source) as (zipped, _):
        for digest in manifest.files:
            _restore_file(zipped, house.config.home, digest)
        try:
            with house.database.session() as session:
                _load(session.connection(), zipped, manifest)
                session.commit()
        except (SQLAlchemyError, OverflowError, ValueError, KeyError) as error:
            raise Refused(f"The database does not take this backup; nothing was changed.\n{error}") from error
    house.settings.forget()
    with house.database.snapshot() as connection:
        seals.note_restored(house.config.home, connection)
    return manifest


def _check_versions(house: "House", manifest: Manifest) -> None:
    here = {plugin.name: migrate.head(plugin) for plugin in migrate.with_migrations(house.registry)}
    for name, revision in manifest.plugins.items():
        if name not in here:
            raise Refused(f"The backup holds tables of the plugin '{name}', which is missing or off here.")
        if here[name] != revision:
            raise Refused(
                f"The backup holds '{name}' at revision {revision}; this release is at {here[name]}. "
                f"Restore it with release {manifest.release}, then upgrade."
            )


def _check_empty(house: "House") -> None:
    with house.database.snapshot() as connection:
        full = [
            table.name
            for table in tables.stored(connection)
            if table.name not in OWN_DOING and table.count(connection)
        ]
    if full:
        raise Refused(
            f"This installation holds data ({', '.join(full[:3])}{', …' if len(full) > 3 else ''}). "
            "Back it up, then repeat with --replace to remove it."
        )


def _restore_file(zipped: ZipFile, home: Path, digest: str) -> None:
    """Put the bytes where their hash says: temp, fsync, rename, fsync the folder."""
    target = path_of(home, digest)
    if digests.of_bytes(target) == digest:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    waiting = home / "files" / "incoming"
    waiting.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=waiting)
    try:
        with os.fdopen(handle, "wb") as out, zipped.open(archive.file_part(digest)) as part:
            for chunk in archive.chunks_of(part):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        Path(draft).replace(target)
        archive.sync_folder(target.parent)
    finally:
        Path(draft).unlink(missing_ok=True)


def _load(connection: Connection, zipped: ZipFile, manifest: Manifest) -> None:
    """Empty all tables, fill them, compare them with the manifest. The caller commits."""
    found = {table.name: table for table in tables.stored(connection)}
    unknown = sorted(set(manifest.tables) - set(found))
    if unknown:
        raise Refused(f"This database has no table {', '.join(unknown)}.")
    _wait_for_parents(connection, found)
    for table in reversed(found.values()):
        connection.execute(delete(table.clause))
    for name in manifest.tables:
        _fill(connection, found[name], archive.lines(zipped, name))
    _insist_on_parents(connection, found)
    for name, part in manifest.tables.items():
        if digests.of_table(connection, found[name]).sha256 != part.sha256:
            raise Refused(f"The table {name} did not come back as it was; nothing was changed.")
    if connection.dialect.name == "postgresql":
        for table in found.values():
            _reset_sequences(connection, table)


def _fill(connection: Connection, table: tables.Stored, rows: Iterator[dict[str, Any]]) -> None:
    sqlite = connection.dialect.name == "sqlite"
    kinds = {column.name: column.type for column in table.clause.c}

    def converted(row: dict[str, Any]) -> dict[str, Any]:
        if row.keys() != kinds.keys():
            raise Refused(f"The backup's table {table.name} has other columns than this database.")
        return {name: canonical.value_for(kinds[name], value, sqlite=sqlite) for name, value in row.items()}

    while batch := [converted(row) for row in islice(rows, tables.BATCH)]:
        connection.execute(insert(table.clause), batch)


def _wait_for_parents(connection: Connection, found: dict[str, tables.Stored]) -> None:
    """Let foreign keys be looked at in the end only: rows may name rows of their own table, or in a circle."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        return
    _alter_foreign_keys(connection, found, "DEFERRABLE INITIALLY DEFERRED")
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def _insist_on_parents(connection: Connection, found: dict[str, tables.Stored]) -> None:
    """Refuse rows whose parents are missing, and make foreign keys as strict as they were."""
    if connection.dialect.name == "sqlite":
        orphan = connection.execute(text("PRAGMA foreign_key_check")).first()
        if orphan is not None:
            raise Refused(
                f"The backup's table {orphan[0]} names rows that are not in it; nothing was changed."
            )
        return
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    _alter_foreign_keys(connection, found, "NOT DEFERRABLE")


def _alter_foreign_keys(connection: Connection, found: dict[str, tables.Stored], how: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for table in found.values():
        for key in table.foreign_keys:
            connection.execute(
                text(f"ALTER TABLE {quote(table.name)} ALTER CONSTRAINT {quote(key.name)} {how}")
            )


def _reset_sequences(connection: Connection, table: tables.Stored) -> None:
    """Let PostgreSQL number new rows after the restored ones."""
    quote = connection.dialect.identifier_preparer.quote
    for name in table.key:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": quote(table.name), "column": name},
        )
        if sequence:
            last = connection.scalar(select(func.max(table.clause.c[name])))
            connection.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :last, :used)"),
                {"sequence": sequence, "last": last or 1, "used": last is not None},
            )
