"""Numbers about people in which nobody can be recognised: groups under five are never told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.people.models import Assignment, Organisation, Person

if TYPE_CHECKING:
    from lms.work import Work

SMALLEST = 5  # people a group must have to be shown
LEARNERS = ("apprentice", "participant")


@dataclass(frozen=True)
class Totals:
    """What the management sees of the people within its scope."""

    learners: int | None  # None: too few to say
    trades: dict[str, int]  # key of the trade -> learners, biggest first
    others: int  # learners of trades too small to show, together
    companies: int


def tellable(count: int) -> int | None:
    """The number, or None where it stands for so few people that they could be recognised."""
    return None if 0 < count < SMALLEST else count


def grouped(counts: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """The groups that may be shown, biggest first, and how many people are in all others together.

    The others are never few either: where they would be, the smallest group that could be shown joins them, so that
    nobody finds them by subtracting.
    """
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [pair for pair in ordered if pair[1] >= SMALLEST]
    others = sum(counts.values()) - sum(count for _, count in shown)
    while shown and 0 < others < SMALLEST:
        others += shown.pop()[1]
    return dict(shown), others if others >= SMALLEST else 0


def totals(work: "Work") -> Totals | None:
    """The numbers of the start page for those who see numbers only, None for everybody else."""
    if not sees_totals_only(work):
        return None
    rows = work.session.execute(
        select(Person.trade, func.count(func.distinct(Person.id)))
        .join(Assignment, Assignment.person_id == Person.id)
        .where(Person.active, Assignment.role.in_(LEARNERS), work.reach("totals.view", Person.id))
        .group_by(Person.trade)
    )
    counts = dict(rows.all())
    trades, others = grouped(counts)
    return Totals(
        learners=tellable(sum(counts.values())),
        trades=trades,
        others=others,
        companies=_companies(work),
    )


def sees_totals_only(work: "Work") -> bool:
    """Whether the actor sees numbers about people, but no list of them."""
    return bool(work.scopes("totals.view")) and not work.scopes("people.list")


def _companies(work: "Work") -> int:
    held = work.scopes("totals.view")
    statement = select(func.count(Organisation.id)).where(Organisation.kind == "training_company")
    if not held.everywhere:
        statement = statement.where(
            Organisation.id.in_(held.of("organisation")) | Organisation.site_id.in_(held.of("site"))
        )
    return work.session.scalar(statement) or 0
