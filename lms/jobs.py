"""Jobs: work for later. The outbox row is the truth; the queue only carries its number."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base

if TYPE_CHECKING:
    from lms.work import Work


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


def enqueue(work: "Work", name: str, *, key: str | None, delay: float, arguments: dict[str, Any]) -> None:
    """Add a job to the outbox within this work's transaction."""
    if name not in work.house.registry.jobs:
        raise LookupError(f"no plugin brings a job '{name}'")
    if key is not None and work.session.scalar(select(OutboxJob.id).where(OutboxJob.key == key)):
        return
    job = OutboxJob(
        name=name,
        arguments=arguments,
        key=key,
        run_at=work.now + timedelta(seconds=delay),
        created_at=work.now,
        locale=work.locale,
    )
    work.session.add(job)
    work.session.flush()
    work.queued.append(job.id)
