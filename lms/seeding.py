"""Seeding: fill an empty installation once, plugin by plugin, and say who may sign in.

A marker in the database says whether it was done, so that a second start keeps the data. Everything is one
transaction: a start that is interrupted leaves nothing half.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms import migrate
from lms.contract import system
from lms.people import legal
from lms.people.models import Person
from lms.settings import Setting

if TYPE_CHECKING:
    from lms.house import House
    from lms.work import Work

PROFILES = ("demo", "acceptance", "none")
FILLING, DONE = "filling", "done"
MARKER = "lms:seeding"  # no plugin can be called that
PASSWORD = "lehrwerk-demo"  # noqa: S105 - of everybody in the demo academy; production refuses it


class SeedingRefused(Exception):
    """This installation cannot be filled; the text says why and what to do."""


def seed(house: "House", profile: str) -> bool:
    """Fill the database with this profile, unless that was done before (then False). Tables must be up to date.

    Raises SeedingRefused in production, for a database with people in it, and for another profile than before.
    """
    if _refuse_unfit(house, profile):
        return False
    with house.work(system("seed")) as work:
        work.session.merge(Setting(plugin=MARKER, values={"profile": profile, "state": FILLING}))
    with house.work(system("seed")) as work:
        found: dict[str, Any] = {"users": {}, "urls": {}}
        legal.ensure_legal_pages(work)
        if profile != "none":
            for plugin in house.registry.plugins.values():
                if plugin.seed is not None:
                    _gather(found, plugin.seed(work, profile) or {})
            _complete(work, found)
        work.session.merge(Setting(plugin=MARKER, values={"profile": profile, "state": DONE}))
        work.audit("seeded", profile=profile)
    house.settings.forget()
    if profile != "none":
        write_report(house, found)
    return True


def ready(work: "Work") -> bool:
    """Whether tables are up to date and no seeding is under way, so that visitors may come in."""
    house = work.house
    if not house.ready:
        pending = migrate.pending(house.registry, house.database)
        house.ready = not pending and _marker(work).get("state", DONE) == DONE
    return house.ready


def profile_of(work: "Work") -> str | None:
    """The profile this installation was filled with, or None if it was not yet."""
    marker = _marker(work)
    return marker["profile"] if marker.get("state") == DONE else None


def report(house: "House") -> dict[str, Any] | None:
    """Who may sign in and which addresses to try, as seed.json has it; None where nothing was made up."""
    file = _report_file(house)
    if not file.is_file():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {**found, "base_url": house.config.base_url}


def write_report(house: "House", found: Mapping[str, Any]) -> None:
    """Write seed.json, whole or not at all, readable by its owner only."""
    file = _report_file(house)
    draft = file.with_suffix(".part")
    draft.unlink(missing_ok=True)
    text = json.dumps({**found, "base_url": house.config.base_url}, ensure_ascii=False, indent=1)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(file)


def sign_in_of(person: Person) -> dict[str, str]:
    """A made-up person's way in, as seed.json lists it."""
    return {"name": person.name, "email": person.email or "", "password": PASSWORD}


def _report_file(house: "House") -> Path:
    return house.config.home / "seed.json"


def _refuse_unfit(house: "House", profile: str) -> bool:
    """Whether this profile is in already; raises SeedingRefused where it must not go in."""
    if profile not in PROFILES:
        raise SeedingRefused(f"There is no profile '{profile}'; use {', '.join(PROFILES)}.")
    with house.work(system("seed"), readonly=True) as work:
        before = profile_of(work)
        people = work.session.scalar(select(Person.id).limit(1)) is not None
    if before == profile:
        return True
    if before is not None:
        raise SeedingRefused(
            f"This installation was filled with '{before}'. For '{profile}', name an empty folder: LMS_HOME=..."
        )
    if profile != "none" and house.config.production:
        raise SeedingRefused(f"'{profile}' makes accounts with a known password; production refuses that.")
    if profile != "none" and people:
        raise SeedingRefused("There are people in this database already. Name an empty folder: LMS_HOME=...")
    return False


def _marker(work: "Work") -> dict[str, Any]:
    row = work.session.get(Setting, MARKER)
    return row.values if row else {}


def _gather(report: dict[str, Any], added: Mapping[str, Any]) -> None:
    for role, people in added.get("users", {}).items():
        report["users"].setdefault(role, []).extend(people)
    report["urls"].update(added.get("urls", {}))


def _complete(work: "Work", report: dict[str, Any]) -> None:
    """Ask what could only be known in the end; an address for anybody is given to the first apprentice."""
    first = {"user": report["users"]["apprentice"][0]}
    urls = {name: url(work) if callable(url) else url for name, url in report["urls"].items()}
    report["urls"] = {name: {**first, **url} for name, url in urls.items()}
