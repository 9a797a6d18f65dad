"""Who is in a course: join, enrol, end."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select
from sqlalchemy.dialects import postgresql, sqlite
from wtforms import DateField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.validators import Optional as Blank

from courses import progress
from courses.contract import Enrolled
from courses.models import Course, Enrolment
from lms.contract import N_, Command, Done
from lms.errors import Conflict, Denied, Missing
from lms.forms import BaseForm, IdField, small_id
from lms.people.models import Membership, Organisation, Person

if TYPE_CHECKING:
    from lms.work import Work


class JoinForm(BaseForm):
    """Which course to join."""

    course = IdField(validators=[InputRequired()])


class EnrolForm(BaseForm):
    """Whom to enrol, and by when they should be through."""

    course = IdField(validators=[InputRequired()])
    people = SelectMultipleField(
        N_("Personen"),
        coerce=small_id,
        validate_choice=False,
        validators=[InputRequired(N_("Wählen Sie mindestens eine Person."))],
    )
    deadline = DateField(N_("Fertig bis"), validators=[Blank()])


class EndForm(BaseForm):
    """Which enrolment to end."""

    enrolment = IdField(validators=[InputRequired()])


def join(work: "Work", form: JoinForm) -> Done:
    """Enrol oneself. Doing it twice changes nothing. Raises Denied where only trainers enrol."""
    work.require("course.join")
    person_id = work.actor.person_id
    if person_id is None:
        raise Denied("course.join")
    course = work.get("course.view", Course, form.course.data)
    if not course.self_enrol and not is_in(work, course.id, person_id):
        raise Denied("course.join")
    enrolment_id = enter(work, course, person_id, source="self")
    return Done(subject=f"enrolment:{enrolment_id}", values={"course": course.id})


def enrol(work: "Work", form: EnrolForm) -> Done:
    """Enrol people the actor may see. Those who are in already stay as they are, but for the deadline."""
    course = work.get("course.enrol", Course, form.course.data)
    wanted = set(form.people.data or ())
    people = work.session.scalars(
        work.allowed("people.view", Person).where(Person.id.in_(wanted), Person.active)
    ).all()
    if len(people) != len(wanted):
        raise Missing("people.view")
    for person in people:
        enter(work, course, person.id, source="trainer", deadline=form.deadline.data)
    return Done(subject=f"course:{course.id}", values={"people": len(people)})


def end(work: "Work", form: EndForm) -> Done:
    """Take somebody out of a course. What she did stays in the ledger, and she may come back to it."""
    enrolment = work.get("enrolment.view", Enrolment, form.enrolment.data)
    work.get("course.enrol", Course, enrolment.course_id)
    enrolment.state = "ended"
    return Done(subject=f"enrolment:{enrolment.id}", values={"course": enrolment.course_id})


COMMANDS = (
    Command(name="courses.join", form=JoinForm, run=join),
    Command(name="courses.enrol", form=EnrolForm, run=enrol),
    Command(name="courses.end_enrolment", form=EndForm, run=end),
)


def enter(work: "Work", course: Course, person_id: int, *, source: str, deadline: date | None = None) -> int:
    """The id of the person's enrolment in this course, made or revived. Asks no permission."""
    if course.state != "published" or course.version_id is None:
        raise Conflict(N_("Dieser Kurs ist nicht veröffentlicht."))
    dialect = sqlite if work.house.database.sqlite else postgresql
    new = work.session.scalar(
        dialect.insert(Enrolment)
        .values(
            course_id=course.id,
            person_id=person_id,
            state="active",
            source=source,
            enrolled_at=work.now,
            enrolled_by=work.actor.person_id,
            deadline=deadline,
            states={},
            tries={},
        )
        .on_conflict_do_nothing(index_elements=["course_id", "person_id"])
        .returning(Enrolment.id)
    )
    enrolment = work.session.scalars(
        select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.person_id == person_id)
    ).one()
    revived = enrolment.state != "active"
    enrolment.state = "active"
    if deadline is not None:
        enrolment.deadline = deadline
    if new is not None or revived:
        progress.refresh(work, enrolment)
        work.session.flush()
        work.publish(Enrolled(enrolment.id, person_id, course.id))
    return enrolment.id


def is_in(work: "Work", course_id: int, person_id: int) -> bool:
    """Whether the person has an active enrolment in the course."""
    statement = select(Enrolment.id).where(
        Enrolment.course_id == course_id, Enrolment.person_id == person_id, Enrolment.state == "active"
    )
    return work.session.scalar(statement) is not None


def participants(work: "Work", course_id: int) -> tuple[Course, Sequence[Row[Any]]]:
    """The course, and (Enrolment, Person) of everybody active in it, by name."""
    course = work.get("course.enrol", Course, course_id)
    rows = work.session.execute(
        work.allowed("enrolment.view", Enrolment)
        .add_columns(Person)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.course_id == course_id, Enrolment.state == "active")
        .order_by(Person.sort_key, Person.id)
    ).all()
    return course, rows


CANDIDATES = 200


def candidates(work: "Work", course_id: int, text: str = "") -> Sequence[Row[Any]]:
    """(Person, organisation's name) of those who could be enrolled: apprentices and others within reach, not yet in."""
    inside = select(Enrolment.person_id).where(Enrolment.course_id == course_id, Enrolment.state == "active")
    organisation = (
        select(Organisation.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == Person.id)
        .order_by(Organisation.sort_key)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        work.allowed("people.view", Person)
        .add_columns(organisation)
        .where(Person.active, Person.id.not_in(inside))
    )
    for word in text.split()[:5]:
        name = Person.given_name + " " + Person.family_name
        statement = statement.where(name.icontains(word, autoescape=True))
    return work.session.execute(statement.order_by(Person.sort_key, Person.id).limit(CANDIDATES)).all()
