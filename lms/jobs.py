"""Jobs: work for later. The outbox row is the truth; the queue only carries its number (see lms.queue)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Index, Text, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.contract import Job, system
from lms.db import Base

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from lms.house import House
    from lms.work import Work

log = structlog.get_logger()
TRIES = 5
BACK_OFF = 10.0  # seconds before the second try; four times as long before each further one
KEEP_DONE = timedelta(days=14)
LATE = timedelta(minutes=10)  # due for this long: the worker is away or cannot keep up
SLOTS = {"minute": "%Y-%m-%dT%H:%M", "hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d"}


class OutboxJob(Base):
    """A job, committed with the change that needs it."""

    __tablename__ = "lms_outbox_job"
    __table_args__ = (Index("ix_lms_outbox_job_due", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(Text, unique=True)  # the same work is queued only once
    state: Mapped[str] = mapped_column(Text, default="queued")  # queued | done | dead
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]  # claimed by a worker until then
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    locale: Mapped[str] = mapped_column(Text, default="de")


@dataclass(frozen=True)
class Claimed:
    """A job this worker may run until its lease ends."""

    id: int
    name: str
    arguments: dict[str, Any]
    locale: str
    tries: int
    lease_until: datetime


class LeaseLost(Exception):
    """The run took longer than its lease, and another worker has taken the job over."""


def enqueue(work: "Work", name: str, *, key: str | None, delay: float, arguments: dict[str, Any]) -> None:
    """Add a job to the outbox within this work's transaction; a known key is left alone."""
    if name not in work.house.registry.jobs:
        raise LookupError(f"no plugin brings a job '{name}'")
    dialect = sqlite if work.house.database.sqlite else postgresql
    statement = (
        dialect.insert(OutboxJob)
        .values(
            name=name,
            arguments=arguments,
            key=key,
            run_at=clock.now() + timedelta(seconds=delay),
            created_at=work.now,
            locale=work.locale,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OutboxJob.id)
    )
    made = work.session.scalar(statement)
    if made is not None and delay <= 0:
        work.queued.append(made)


def run(house: "House", id: int) -> bool:
    """Run one job of the outbox; False if it is done, not due yet, or in another worker's hands.

    The job's effect and its mark "done" commit together. A failure is counted and tried again later.
    """
    claimed = _claim(house, id)
    if claimed is None:
        return False
    job = house.registry.jobs.get(claimed.name)
    try:
        if job is None:
            raise LookupError(f"no active plugin brings a job '{claimed.name}'")
        if claimed.tries > TRIES:
            raise TimeoutError("every run of this job was cut off in the middle")
        _carry_out(house, job, claimed)
    except Exception as error:
        log.exception("job_failed", job=claimed.name, id=id, tries=claimed.tries)
        _count_failure(house, claimed, error)
        if house.registry.strict:
            raise
    return True


def _claim(house: "House", id: int) -> Claimed | None:
    """Take the job for the length of its lease, in a transaction of its own."""
    now = clock.now()
    with house.work(system("jobs")) as work:
        wanted = work.session.scalar(select(OutboxJob.name).where(OutboxJob.id == id, _due(now)))
        job = house.registry.jobs.get(wanted or "")
        lease_until = now + timedelta(seconds=job.lease if job else Job.lease)
        row = work.session.execute(
            update(OutboxJob)
            .where(OutboxJob.id == id, _due(now))
            .values(lease_until=lease_until, tries=OutboxJob.tries + 1)
            .returning(OutboxJob.name, OutboxJob.arguments, OutboxJob.locale, OutboxJob.tries)
        ).one_or_none()
        if row is None:
            return None
        name, arguments, locale, tries = row
        return Claimed(id, name, arguments, locale, tries, lease_until)


def _due(now: datetime) -> "ColumnElement[bool]":
    return (
        (OutboxJob.state == "queued")
        & (OutboxJob.run_at <= now)
        & or_(OutboxJob.lease_until.is_(None), OutboxJob.lease_until <= now)
    )


def _carry_out(house: "House", job: Job, claimed: Claimed) -> None:
    with house.work(system("jobs")) as work:
        work.locale = claimed.locale
        job.run(work, **claimed.arguments)
        done = work.session.execute(
            update(OutboxJob)
            .where(OutboxJob.id == claimed.id, OutboxJob.lease_until == claimed.lease_until)
            # What a job was told may be personal (a mail, say): it is not kept longer than needed.
            .values(state="done", lease_until=None, arguments={}, last_error="")
            .returning(OutboxJob.id)
        ).one_or_none()
        if done is None:
            raise LeaseLost(f"job {claimed.id} took longer than its lease of {job.lease} seconds")


def _count_failure(house: "House", claimed: Claimed, error: Exception) -> None:
    dead = claimed.tries >= TRIES
    wait = timedelta(seconds=BACK_OFF * 4 ** (claimed.tries - 1))
    with house.work(system("jobs")) as work:
        work.session.execute(
            update(OutboxJob)
            .where(OutboxJob.id == claimed.id, OutboxJob.lease_until == claimed.lease_until)
            .values(
                state="dead" if dead else "queued",
                run_at=clock.now() + wait,
                lease_until=None,
                last_error=f"{type(error).__name__}: {error}"[:2000],
            )
        )


def due(house: "House", limit: int = 200) -> Sequence[int]:
    """The jobs that could run now, oldest first: new ones, those waiting out a back-off, those of dead workers."""
    with house.work(system("jobs"), readonly=True) as work:
        statement = select(OutboxJob.id).where(_due(work.now)).order_by(OutboxJob.run_at).limit(limit)
        return work.session.scalars(statement).all()


def overdue(work: "Work") -> int:
    """How many jobs have been due for more than ten minutes."""
    late = OutboxJob.run_at < clock.now() - LATE
    return work.session.scalar(select(func.count()).where(OutboxJob.state == "queued", late)) or 0


def queue_periodic(house: "House", known: dict[str, str]) -> None:
    """Queue each periodic job once per minute, hour or day, however many workers ask for it.

    `known` remembers what this process has queued already, so that it need not ask the database every time.
    """
    local = clock.local(clock.now())
    slots = {job.name: local.strftime(SLOTS[job.every]) for job in house.registry.jobs.values() if job.every}
    missing = {name: slot for name, slot in slots.items() if known.get(name) != slot}
    if missing:
        with house.work(system("jobs")) as work:
            for name, slot in missing.items():
                work.enqueue(name, key=f"every:{name}:{slot}")
        known.update(missing)


def retry(work: "Work", id: int) -> bool:
    """Let a dead or waiting job run now, with all its tries ahead; False if there is no such job."""
    row = work.session.get(OutboxJob, id)
    if row is None or row.state == "done":
        return False
    row.state, row.tries, row.run_at, row.lease_until = "queued", 0, work.now, None
    work.queued.append(id)
    return True


def redeliver(work: "Work", plugin: str, event: str, values: dict[str, Any]) -> None:
    """Job: tell a listener of an event it failed on (its row is written by the registry)."""
    found = work.house.registry.listener(plugin, event)
    if found is None:
        raise LookupError(f"'{plugin}' does not listen to {event} any more")
    kind, listener = found
    listener(work, kind(**values))


def forget_done(work: "Work") -> None:
    """Job: remove the rows of jobs that were done two weeks ago."""
    work.session.execute(
        delete(OutboxJob).where(OutboxJob.state == "done", OutboxJob.run_at < work.now - KEEP_DONE)
    )
