"""The database: declarative base, engine, sessions, and the habits SQLite needs to be trusted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool


class UTCDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC. SQLite drops zones, so naive values are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSONType = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of every table. A table's name begins with the name of the plugin it belongs to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: JSONType, list[Any]: JSONType}


class Database:
    """Sessions for reading and for writing on one database.

    On SQLite a writing session begins IMMEDIATE and waits on one lock per process; a reading one cannot write.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self.writer = _sqlite_engine(url, immediate=True) if self.sqlite else _postgres_engine(url)
        self.reader = _sqlite_engine(url, immediate=False) if self.sqlite else self.writer
        self._lock = threading.Lock()
        self._bound: Connection | None = None

    @contextmanager
    def session(self, *, readonly: bool = False) -> Iterator[Session]:
        """A session in one transaction: the caller commits; whatever is not committed is rolled back."""
        if self._bound is not None:
            session = Session(
                self._bound, join_transaction_mode="create_savepoint", info={"readonly": readonly}
            )
            with session:
                yield session
        elif readonly:
            engine = self.reader if self.sqlite else self.reader.execution_options(postgresql_readonly=True)
            with Session(engine, info={"readonly": True}) as session:
                yield session
        elif self.sqlite:
            with self._lock, Session(self.writer) as session:
                yield session
        else:
            with Session(self.writer) as session:
                yield session

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A reading connection that sees everything as of one moment, however long it reads."""
        with self.session(readonly=True) as session:
            if self.sqlite or self._bound is not None:
                yield session.connection()
            else:
                yield session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

    @contextmanager
    def bound_to(self, connection: Connection) -> Iterator[None]:
        """Let every session join this connection's transaction as a savepoint (for tests)."""
        self._bound = connection
        try:
            yield
        finally:
            self._bound = None

    def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


@event.listens_for(Session, "before_flush")
def _refuse_writes(session: Session, *_: Any) -> None:
    if session.info.get("readonly") and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a reading request tried to write; use work.after(...)")


def _sqlite_engine(url: str, *, immediate: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": 20, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves, else savepoints do not isolate
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=20000",
            f"query_only={0 if immediate else 1}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgres_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=24, pool_timeout=10)
