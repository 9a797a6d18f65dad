"""What the teaching keeps about a person: hand it out, and forget it."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from courses.models import Course, Enrolment, Fact
from lms.contract import PersonalData

if TYPE_CHECKING:
    from lms.work import Work


def export(work: "Work", person_id: int) -> dict[str, Any]:
    """Enrolments and the whole ledger of the person as JSON."""
    enrolments = work.session.execute(
        select(Course.title, Enrolment)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(Enrolment.person_id == person_id)
    )
    ledger = work.session.scalars(select(Fact).where(Fact.person_id == person_id).order_by(Fact.at))
    return {
        "enrolments": [
            {"course": title, "since": e.enrolled_at.isoformat(), "done": e.done, "of": e.total}
            for title, e in enrolments
        ],
        "facts": [
            {"kind": f.kind, "subject": f.subject, "title": f.title, "score": f.score, "at": f.at.isoformat()}
            for f in ledger
        ],
    }


def erase(work: "Work", person_id: int) -> None:
    """Delete enrolments, attempts and facts of the person."""
    work.session.execute(
        update(Fact).where(Fact.person_id == person_id).values(revokes=None)
    )  # facts point at each other
    work.session.execute(delete(Fact).where(Fact.person_id == person_id))
    work.session.execute(delete(Enrolment).where(Enrolment.person_id == person_id))


PERSONAL_DATA = PersonalData(export=export, erase=erase)
