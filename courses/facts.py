"""The ledger: append, read, revoke. Everything plugins need to know of each other stands here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from courses.contract import FactRevoked, StepFact
from courses.models import Fact

if TYPE_CHECKING:
    from lms.work import Work

STEP_KINDS = ("opened", "tried", "done", "graded", "signed", "waived")


def append(
    work: "Work",
    *,
    key: str,
    person_id: int,
    subject: str,
    kind: str,
    enrolment_id: int | None = None,
    at: datetime | None = None,
    day: date | None = None,
    minutes: int = 0,
    title: str = "",
    score: float | None = None,
    state: dict[str, Any] | None = None,
    self_reported: bool = False,
    revokes: int | None = None,
) -> int | None:
    """The id of the new fact, or None if one with this key exists: the same thing happens only once."""
    dialect = sqlite if work.house.database.sqlite else postgresql
    statement = (
        dialect.insert(Fact)
        .values(
            key=key,
            person_id=person_id,
            enrolment_id=enrolment_id,
            subject=subject,
            kind=kind,
            day=day,
            minutes=minutes,
            title=title,
            score=score,
            state=state or {},
            self_reported=self_reported,
            revokes=revokes,
            at=at or work.now,
            received_at=work.now,
            by=work.actor.person_id,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Fact.id)
    )
    return work.session.scalar(statement)


def standing(work: "Work") -> Any:
    """SELECT of facts that have not been revoked (and are no revocations themselves)."""
    revocation = aliased(Fact)
    revoked = select(revocation.id).where(revocation.revokes == Fact.id).exists()
    return select(Fact).where(Fact.kind != "revoked", ~revoked)


def of_steps(work: "Work", enrolment_id: int) -> Sequence[StepFact]:
    """The standing facts about the steps of one enrolment, oldest first."""
    rows = work.session.scalars(
        standing(work)
        .where(Fact.enrolment_id == enrolment_id, Fact.kind.in_(STEP_KINDS))
        .order_by(Fact.at, Fact.id)
    )
    return [step_fact(row) for row in rows if row.subject.startswith("activity:")]


def step_fact(fact: Fact) -> StepFact:
    """The fact as course types read it."""
    return StepFact(step_id=int(fact.subject.partition(":")[2]), kind=fact.kind, score=fact.score, at=fact.at)


def revoke(work: "Work", fact: Fact, reason: str) -> None:
    """Take a fact back, by a named person and for a reason. The fact itself stays."""
    append(
        work,
        key=f"revoked:{fact.id}",
        person_id=fact.person_id,
        subject=fact.subject,
        kind="revoked",
        enrolment_id=fact.enrolment_id,
        title=reason,
        revokes=fact.id,
    )
    work.publish(FactRevoked(fact_id=fact.id, person_id=fact.person_id, kind=fact.kind, subject=fact.subject))
