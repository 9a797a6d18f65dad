"""The tables as they are in the database, read from it and not from the models.

So a backup holds what a switched-off plugin left behind, and can be made by a newer release before it upgrades.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Inspector,
    String,
    collate,
    column,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.sql.expression import TableClause

from lms import canonical

VERSIONS = "_alembic"  # how the table with a plugin's revision ends
BATCH = 1000  # rows


@dataclass(frozen=True, kw_only=True)
class ForeignKey:
    """Columns of one table that name a row of another."""

    name: str
    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A table of the database: its columns with their types, its key and its parents."""

    name: str
    clause: TableClause
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]

    def lines(self, connection: Connection) -> Iterator[bytes]:
        """Every row in its canonical spelling with its line's end, by primary key."""
        by = [self.clause.c[name] for name in self.key] or list(self.clause.c)
        if connection.dialect.name == "postgresql":  # in the order of bytes, as SQLite has it
            statement = select(self.clause).order_by(
                *(collate(c, "C") if isinstance(c.type, String) else c for c in by)
            )
        else:
            statement = select(self.clause).order_by(*by)
        with connection.execute(statement, execution_options={"yield_per": BATCH}) as rows:
            for row in rows:
                yield canonical.line(row._asdict()) + b"\n"

    def count(self, connection: Connection) -> int:
        return connection.scalar(select(func.count()).select_from(self.clause)) or 0


def stored(connection: Connection) -> list[Stored]:
    """Every table of every plugin that was ever installed here, parents before children."""
    inspector = inspect(connection)
    ours = _ours(connection, inspector)
    in_order = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name in ours]
    return [_read(inspector, name) for name in in_order if name]


def revisions(connection: Connection) -> dict[str, str]:
    """The revision each plugin's tables are at, by plugin, as the database says."""
    found = {}
    for name in sorted(inspect(connection).get_table_names()):
        if name.endswith(VERSIONS):
            revision = connection.scalar(select(column("version_num")).select_from(table(name)))
            if revision:
                found[name.removesuffix(VERSIONS)] = str(revision)
    return found


def _ours(connection: Connection, inspector: Inspector) -> set[str]:
    names = set(inspector.get_table_names())
    prefixes = tuple(name.removesuffix(VERSIONS) + "_" for name in names if name.endswith(VERSIONS))
    if not prefixes:
        return set()
    found = {name for name in names if name.startswith(prefixes) and not name.endswith(VERSIONS)}
    if connection.dialect.name == "sqlite":  # a full-text index and its shadows are made anew from the rows
        listed = connection.execute(text("SELECT name, type FROM pragma_table_list")).all()
        found -= {name for name, kind in listed if kind in ("virtual", "shadow")}
    return found


def _read(inspector: Inspector, name: str) -> Stored:
    columns = inspector.get_columns(name)
    return Stored(
        name=name,
        clause=table(name, *(column(c["name"], _type(c)) for c in columns)),
        key=tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        foreign_keys=tuple(
            ForeignKey(
                name=key["name"] or "",
                table=name,
                columns=tuple(key["constrained_columns"]),
                parent=key["referred_table"],
                parent_columns=tuple(key["referred_columns"]),
            )
            for key in inspector.get_foreign_keys(name)
        ),
    )


def _type(found: Any) -> Any:
    """The column's type. Where a column of JSON may be empty, nothing is kept as NULL and not as the text 'null'."""
    kind = found["type"]
    if isinstance(kind, JSON) and found["nullable"]:
        kind.none_as_null = True
    return kind
