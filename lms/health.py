"""Whether this installation may be used: tables and first data there, database, queue and disk in order."""

import shutil
from pathlib import Path

import structlog
from sqlalchemy import text

from lms import jobs, seeding
from lms.contract import system
from lms.house import House

log = structlog.get_logger()
RESERVE = 200 * 1024 * 1024  # bytes that must be free


def started(house: House) -> bool:
    """Whether migrations and seeding are through."""
    try:
        with house.work(system("health"), readonly=True) as work:
            return seeding.ready(work)
    except Exception:
        log.exception("health_check_failed")
        return False


def readiness(house: House) -> dict[str, str]:
    """'ok' or what is wrong, for database, queue and disk."""
    return {"database": _database(house), "queue": _queue(house), "disk": _disk(house.config.home)}


def versions(house: House) -> dict[str, str]:
    """The versions an operator asks for: of the database, and of every plugin."""
    question = "SELECT sqlite_version()" if house.database.sqlite else "SHOW server_version"
    with house.work(system("health"), readonly=True) as work:
        database = str(work.session.scalar(text(question)))
    return {
        "database": database,
        **{plugin.name: plugin.version for plugin in house.registry.plugins.values()},
    }


def _database(house: House) -> str:
    try:
        with house.work(system("health"), readonly=True) as work:
            work.session.scalar(text("SELECT 1"))
    except Exception:
        log.exception("database_unavailable")
        return "unavailable"
    return "ok"


def _queue(house: House) -> str:
    try:
        with house.work(system("health"), readonly=True) as work:
            waiting = jobs.overdue(work)
    except Exception:
        return "unavailable"
    return f"{waiting} overdue" if waiting else "ok"


def _disk(home: Path) -> str:
    try:
        if shutil.disk_usage(home).free < RESERVE:
            return "full"
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return error.strerror or "unavailable"
    return "ok"
