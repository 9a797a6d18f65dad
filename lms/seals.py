"""The audit log's chain: every line is sealed with the hash of itself and of all lines before it.

Lines are written unsealed in the transaction of the change itself (a chain there would make all writers wait for each
other); a job seals them a little later. Once a day the newest seal is written down outside the database, so that
not even somebody who may change every table can cut the end off or write history anew without being found out.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, ForeignKey, Row, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import canonical, clock
from lms.audit import AuditLine
from lms.db import Base

if TYPE_CHECKING:
    from lms.work import Work

FIRST = hashlib.sha256(b"lehrwerk audit log").hexdigest()  # what the first line is chained to
BATCH = 2000  # lines per run
LATE = 10_000  # ids: a line this far behind the newest sealed one cannot come from a slow transaction
LINE = AuditLine.__table__


class AuditSeal(Base):
    """One link of the chain. Its number counts without gaps; lines are sealed in the order they were found."""

    __tablename__ = "lms_audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(ForeignKey("lms_audit_line.id"), unique=True)
    hash: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Anchor:
    """A seal as it was written down outside the database. A restore begins a new series of them."""

    at: str
    event: str  # anchored | restored
    number: int
    line: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What became of the chain: the first thing that is wrong ('' if nothing is), and how much was looked at."""

    fault: str
    sealed: int
    waiting: int = 0  # lines not sealed yet


def seal(work: "Work") -> None:
    """Job: chain the lines that were written since the last run, in the order of their ids."""
    newest = _newest(work.session.connection())
    number, link, line_id = newest if newest else (0, FIRST, 0)
    statement = (
        select(LINE)
        .outerjoin(AuditSeal, AuditSeal.line_id == LINE.c.id)
        .where(AuditSeal.line_id.is_(None), LINE.c.id > line_id - LATE)
        .order_by(LINE.c.id)
        .limit(BATCH)
    )
    for line in work.session.execute(statement):
        number, link = number + 1, _link(link, line)
        work.session.add(AuditSeal(number=number, line_id=line.id, hash=link))
    work.session.flush()


def anchor(work: "Work") -> None:
    """Job: write the newest seal down outside the database, unless it stands there already."""
    home, newest = work.house.config.home, _newest(work.session.connection())
    known = list(_anchors(home))
    if newest and (not known or known[-1].number != newest[0]):
        _append(home, "anchored", newest)


def note_restored(home: Path, connection: Connection) -> None:
    """Write down that a backup was restored: what was anchored before speaks of another history."""
    newest = _newest(connection)
    if newest or anchors_file(home).exists():
        _append(home, "restored", newest or (0, FIRST, 0))


def verify(work: "Work") -> Verdict:
    """Compute the whole chain anew and compare it with the seals and with what was written down outside."""
    work.require("audit.view")
    try:
        anchored = {entry.number: entry for entry in _since_restore(work.house.config.home)}
    except ValueError as error:
        return Verdict(str(error), 0)
    anchored.pop(0, None)  # a restored backup without any sealed line
    number, link = 0, FIRST
    seals = select(AuditSeal.number, AuditSeal.line_id, AuditSeal.hash, *LINE.c)
    seals = seals.outerjoin(LINE, LINE.c.id == AuditSeal.line_id).order_by(AuditSeal.number)
    with work.session.execute(seals, execution_options={"yield_per": 1000}) as rows:
        for row in rows:
            number += 1
            link, fault = _judge(row, number, link, anchored.pop(number, None))
            if fault:
                return Verdict(fault, number - 1)
    for entry in anchored.values():
        return Verdict(
            f"line {entry.line} is gone: the log ends before it, but it was sealed (number {entry.number}) on {entry.at}",
            number,
        )
    return _judge_unsealed(work, number)


def _judge(row: Row[Any], number: int, link: str, anchored: Anchor | None) -> tuple[str, str]:
    """The chain's next link, and what is wrong with this seal, if anything."""
    if row.number != number:
        return link, f"a sealed line before line {row.line_id} is gone: seal {number} is missing"
    if row.id is None:
        return link, f"line {row.line_id} is gone"
    link = _link(link, row)
    if row.hash != link:
        return link, f"line {row.line_id} was changed or stands in another place"
    if anchored is not None and anchored.hash != link:
        return (
            link,
            f"line {row.line_id} is another one than was sealed on {anchored.at}: the chain was written anew",
        )
    return link, ""


def _judge_unsealed(work: "Work", sealed: int) -> Verdict:
    statement = (
        select(LINE.c.id)
        .outerjoin(AuditSeal, AuditSeal.line_id == LINE.c.id)
        .where(AuditSeal.line_id.is_(None))
        .order_by(LINE.c.id)
    )
    waiting = work.session.scalars(statement).all()
    newest = _newest(work.session.connection())
    if waiting and newest and waiting[0] <= newest[2] - LATE:
        return Verdict(f"line {waiting[0]} was slipped in or has lost its seal", sealed, len(waiting))
    return Verdict("", sealed, len(waiting))


def _newest(connection: Connection) -> tuple[int, str, int] | None:
    """Number, hash and line of the newest seal."""
    statement = select(AuditSeal.number, AuditSeal.hash, AuditSeal.line_id).order_by(AuditSeal.number.desc())
    row = connection.execute(statement.limit(1)).one_or_none()
    return (row.number, row.hash, row.line_id) if row else None


def _link(before: str, line: Row[Any]) -> str:
    spelt = canonical.line({column.name: line._mapping[column] for column in LINE.c})
    return hashlib.sha256(before.encode("ascii") + b"\n" + spelt).hexdigest()


def anchors_file(home: Path) -> Path:
    """Where seals are written down outside the database, one JSON object a line; only ever added to."""
    return home / "keys" / "audit-heads.log"


def _append(home: Path, event: str, newest: tuple[int, str, int]) -> None:
    number, link, line_id = newest
    at = clock.now().isoformat(timespec="seconds")
    entry = Anchor(at=at, event=event, number=number, line=line_id, hash=link)
    file = anchors_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, json.dumps(asdict(entry)).encode("ascii") + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def _anchors(home: Path) -> Iterator[Anchor]:
    file = anchors_file(home)
    for count, text in enumerate(file.read_text("utf-8").splitlines() if file.exists() else (), start=1):
        try:
            yield Anchor(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{file}, line {count} cannot be read: was it changed?") from error


def _since_restore(home: Path) -> list[Anchor]:
    """What was written down since the last restore, itself included."""
    found = list(_anchors(home))
    restored = [index for index, entry in enumerate(found) if entry.event == "restored"]
    return found[restored[-1] :] if restored else found
