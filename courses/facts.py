"""The ledger: append, read, revoke. Everything plugins need to know of each other stands here."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from courses.contract import FactRevoked, StepFact
from courses.models import Fact

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from lms.work import Work

STEP = "activity:"  # what the subject of a fact about a step begins with
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


@cache
def not_revoked() -> "ColumnElement[bool]":
    """The clause 'this fact stands': it has not been revoked and is no revocation itself."""
    revocation = aliased(Fact)
    return and_(Fact.kind != "revoked", ~select(revocation.id).where(revocation.revokes == Fact.id).exists())


def standing(work: "Work") -> Select[Fact]:
    """SELECT of facts that have not been revoked (and are no revocations themselves)."""
    return select(Fact).where(not_revoked())


def of_steps(work: "Work", enrolment_id: int) -> list[StepFact]:
    """The standing facts about the steps of one enrolment, oldest first."""
    return of_enrolments(work, [enrolment_id]).get(enrolment_id, [])


def of_enrolments(work: "Work", ids: Sequence[int]) -> dict[int, list[StepFact]]:
    """The standing facts about steps by enrolment, oldest first. One statement."""
    rows = work.session.execute(_about_steps(), {"ids": list(ids)})
    found: dict[int, list[StepFact]] = {}
    for enrolment_id, subject, kind, score, at in rows:
        if enrolment_id is not None and subject.startswith(STEP):
            fact = StepFact(step_id=int(subject[len(STEP) :]), kind=kind, score=score, at=at)
            found.setdefault(enrolment_id, []).append(fact)
    return found


@cache
def _about_steps() -> Any:
    """Built once: every first opening of a lesson asks it."""
    return (
        select(Fact.enrolment_id, Fact.subject, Fact.kind, Fact.score, Fact.at)
        .where(
            Fact.enrolment_id.in_(bindparam("ids", expanding=True)), Fact.kind.in_(STEP_KINDS), not_revoked()
        )
        .order_by(Fact.at, Fact.id)
    )


def append_again(
    work: "Work", *, key: str, subject: str, kind: str, enrolment_id: int, **values: Any
) -> int | None:
    """Like `append`, but what was revoked may happen once more. None while an earlier one stands."""
    new = append(work, key=key, subject=subject, kind=kind, enrolment_id=enrolment_id, **values)
    if new is not None:
        return new
    same = (Fact.enrolment_id == enrolment_id, Fact.subject == subject, Fact.kind == kind)
    if work.session.scalar(select(Fact.id).where(*same, not_revoked()).limit(1)) is not None:
        return None
    before = work.session.scalar(select(func.count()).select_from(Fact).where(*same))
    return append(
        work, key=f"{key}:{before}", subject=subject, kind=kind, enrolment_id=enrolment_id, **values
    )


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
