"""What is wrong with this installation, all at once: for `flask lms doctor`."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from lms import jobs, migrate
from lms.audit import AuditLine
from lms.config import PROJECT
from lms.contract import system
from lms.health import RESERVE
from lms.jobs import OutboxJob
from lms.people import legal

if TYPE_CHECKING:
    from lms.house import House
    from lms.work import Work

SAFE_SQLITE = (3, 44, 6)  # older ones have a rare race between processes when the WAL is reset
BUILT = PROJECT / "lms" / "static" / "dist"


@dataclass(frozen=True)
class Finding:
    """Something to put right: a problem stops people from working, a warning may do so one day."""

    level: str  # problem | warning
    text: str


def problem(text: str) -> Finding:
    return Finding("problem", text)


def warning(text: str) -> Finding:
    return Finding("warning", text)


def examine(house: "House") -> list[Finding]:
    """Everything that is wrong, the problems first; empty if all is well."""
    found = [*_plugins(house), *_built(), *_disk(house), *_settings(house), *_database(house)]
    return sorted(found, key=lambda finding: finding.level)


def _plugins(house: "House") -> Iterator[Finding]:
    for bad in house.registry.quarantine:
        yield problem(f"Plugin '{bad.name}' is kept out: {bad.reason}")
    for name in house.registry.off:
        yield warning(f"Plugin '{name}' is switched off (LMS_PLUGINS_OFF).")


def _built() -> Iterator[Finding]:
    if not (BUILT / "manifest.json").is_file():
        yield problem("The front end is not built: run `make assets`.")
    if not any((BUILT / "fonts-pdf").glob("*.ttf")):
        yield problem("The fonts for PDF files are missing: run `make assets`.")


def _disk(house: "House") -> Iterator[Finding]:
    home = house.config.home
    if not os.access(home, os.W_OK):
        yield problem(f"{home} cannot be written to: mend its owner or rights.")
    free = shutil.disk_usage(home).free
    if free < RESERVE:
        yield problem(f"Only {free // 1024**2} MiB are free on the disk of {home}: make room.")


def _settings(house: "House") -> Iterator[Finding]:
    config = house.config
    if os.environ.get("LMS_TIME_OFFSET"):
        yield warning("LMS_TIME_OFFSET moves the clock: unset it, unless this is a test.")
    if config.production and config.mail == "file":
        yield warning("Mails are only written to files: set LMS_MAIL=smtp://user:password@host:587.")
    if house.database.sqlite and sqlite3.sqlite_version_info < SAFE_SQLITE:
        wanted = ".".join(map(str, SAFE_SQLITE))
        yield warning(
            f"SQLite {sqlite3.sqlite_version} is older than {wanted} and may, rarely, damage a database that several "
            "processes write to: use a newer Python build or PostgreSQL for daily work."
        )


def _database(house: "House") -> Iterator[Finding]:
    try:
        pending = migrate.pending(house.registry, house.database)
        if pending:
            yield problem(f"Tables are not up to date ({', '.join(pending)}): run `flask lms db upgrade`.")
            return
        with house.work(system("doctor"), readonly=True) as work:
            yield from _jobs(work)
            yield from _clock(work)
            yield from _texts(work)
    except SQLAlchemyError as error:
        yield problem(f"The database does not answer: {str(error).splitlines()[0]}")


def _jobs(work: "Work") -> Iterator[Finding]:
    dead = work.session.scalar(select(func.count()).where(OutboxJob.state == "dead"))
    if dead:
        yield problem(f"{dead} jobs failed for good: `flask lms jobs list --state dead` says why.")
    late = jobs.overdue(work)
    if late:
        yield problem(
            f"{late} jobs have been due for more than ten minutes: is `python -m lms.worker` running?"
        )


def _texts(work: "Work") -> Iterator[Finding]:
    missing = legal.unreviewed(work)
    if missing:
        text = f"Public texts nobody has reviewed yet ({', '.join(missing)}): see /admin/pages."
        yield problem(text) if work.house.config.production else warning(text)


def _clock(work: "Work") -> Iterator[Finding]:
    newest = work.session.scalar(select(func.max(AuditLine.at)))
    if newest and newest > work.now + timedelta(minutes=5):
        yield problem(
            f"The clock says {work.now:%Y-%m-%d %H:%M} UTC, but there are entries from {newest:%Y-%m-%d}."
        )
