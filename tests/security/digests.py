"""What the database holds, as one hash per table: the oracle for 'nothing was changed'."""

import hashlib
from collections.abc import Collection

from sqlalchemy import DateTime, Table, select

from lms.db import Base, UTCDateTime
from lms.work import Work


def digests(work: Work, *, without: Collection[str] = ()) -> dict[str, str]:
    """Table -> hash of its sorted rows; tables and columns ('table.column') named in `without` are left out."""
    return {
        name: _digest(work, table, without) for name, table in tables(work).items() if name not in without
    }


def tables(work: Work) -> dict[str, Table]:
    """The tables of active plugins, by name (tests of broken plugins leave others behind in the metadata)."""
    return {n: table for n, table in Base.metadata.tables.items() if work.house.registry.owner_of(n)}


def contents(work: Work) -> dict[str, list[str]]:
    """Table -> its rows as text, without moments, hashes and other things that differ from run to run."""
    return {
        name: sorted(str(tuple(row)) for row in work.session.execute(select(*_lasting(table))))
        for name, table in tables(work).items()
        if _lasting(table)
    }


def _lasting(table: Table) -> list:
    random = ("_hash", "code", "sha256", "request_id", "snapshot", "fingerprint", "details")
    return [
        column
        for column in table.c
        if not isinstance(column.type, DateTime | UTCDateTime) and not column.name.endswith(random)
    ]


def _digest(work: Work, table: Table, without: Collection[str]) -> str:
    columns = [column for column in table.c if f"{table.name}.{column.name}" not in without]
    rows = sorted(str(tuple(row)) for row in work.session.execute(select(*columns)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
