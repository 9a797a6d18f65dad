"""Permissions of the teaching."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, false, or_, select, true

from courses.models import Course, Enrolment
from lms.contract import N_, FileSubject, Permission, ScopeKind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from lms.work import Work


class CourseScope(ScopeKind):
    """The people enrolled in a course."""

    key = "course"
    title = N_("Kurs")

    def people(self, ids: frozenset[int]) -> Select[int]:
        return select(Enrolment.person_id).where(Enrolment.course_id.in_(ids), Enrolment.state == "active")

    def around(self, person_id: int) -> Select[int]:
        return select(Enrolment.course_id).where(
            Enrolment.person_id == person_id, Enrolment.state == "active"
        )

    def names(self, work: "Work", ids: frozenset[int]) -> Mapping[int, str]:
        rows = work.session.execute(select(Course.id, Course.title).where(Course.id.in_(ids)))
        return dict(rows.all())


class CourseFiles(FileSubject):
    """Files of courses: seen by those who see the course."""

    key = "course"
    title = N_("Dateien eines Kurses")

    def visible(self, work: "Work") -> Select[int]:
        return select(Course.id).where(sees_course(work))


class LessonFiles(FileSubject):
    """Pictures of a course's lessons, numbered like the course: seen by those who are in it and those who teach it."""

    key = "lesson"
    title = N_("Dateien der Lektionen")

    def visible(self, work: "Work") -> Select[int]:
        mine = select(Enrolment.course_id).where(learns(work))
        teaches = or_(within(work, "course.edit"), within(work, "course.progress"))
        return select(Course.id).where(or_(Course.id.in_(mine), teaches))


def within(work: "Work", permission: str) -> "ColumnElement[bool]":
    """Courses within the actor's scopes for this permission: all, those of a site, or single ones."""
    held = work.scopes(permission)
    if held.everywhere:
        return true()
    columns = (("course", Course.id), ("site", Course.site_id))
    parts = [column.in_(held.of(kind)) for kind, column in columns if held.of(kind)]
    return or_(*parts) if parts else false()


def sees_course(work: "Work") -> "ColumnElement[bool]":
    """Published ones that are listed or that she is in; drafts only for those who edit them."""
    mine = select(Enrolment.course_id).where(
        Enrolment.person_id == (work.actor.person_id or 0), Enrolment.state == "active"
    )
    online = and_(Course.state == "published", Course.version_id.is_not(None))
    archived = and_(Course.state == "archived", Course.id.in_(mine))
    return or_(and_(online, or_(Course.listed, Course.id.in_(mine))), archived, within(work, "course.edit"))


def learns(work: "Work") -> "ColumnElement[bool]":
    """Her own active enrolments."""
    return and_(Enrolment.person_id == (work.actor.person_id or 0), Enrolment.state == "active")


def sees_enrolment(work: "Work") -> "ColumnElement[bool]":
    """Her own, those in courses she teaches, and those of people within her scopes."""
    taught = select(Course.id).where(within(work, "course.progress"))
    return or_(
        Enrolment.person_id == (work.actor.person_id or 0),
        Enrolment.course_id.in_(taught),
        work.reach("enrolment.view", Enrolment.person_id),
    )


def assesses(work: "Work") -> "ColumnElement[bool]":
    """Enrolments in courses she teaches, but never her own."""
    taught = select(Course.id).where(within(work, "enrolment.assess"))
    return and_(Enrolment.course_id.in_(taught), Enrolment.person_id != (work.actor.person_id or 0))


PERMISSIONS = (
    Permission(name="course.view", title=N_("Kurse sehen"), on=Course, clause=sees_course),
    Permission(
        name="course.edit",
        title=N_("Kurse bearbeiten"),
        on=Course,
        clause=lambda work: within(work, "course.edit"),
        sees="course.view",
    ),
    Permission(name="course.create", title=N_("Kurse anlegen")),
    Permission(
        name="course.progress",
        title=N_("Lernstand eines Kurses sehen"),
        on=Course,
        clause=lambda work: within(work, "course.progress"),
        sees="course.view",
    ),
    Permission(
        name="course.enrol",
        title=N_("Personen in Kurse einschreiben"),
        on=Course,
        clause=lambda work: within(work, "course.enrol"),
        sees="course.view",
    ),
    Permission(name="course.join", title=N_("Sich selbst einschreiben")),
    Permission(name="enrolment.learn", title=N_("Lernen"), on=Enrolment, clause=learns),
    Permission(
        name="enrolment.view", title=N_("Lernstand einer Person sehen"), on=Enrolment, clause=sees_enrolment
    ),
    Permission(
        name="enrolment.assess", title=N_("Bewerten, abzeichnen, erlassen"), on=Enrolment, clause=assesses
    ),
)

LEARNER = ("course.join", "enrolment.learn")
GRANTS = {
    "apprentice": LEARNER,
    "participant": LEARNER,
    "company_trainer": (*LEARNER, "enrolment.view"),
    "academy_trainer": (
        *LEARNER,
        "course.edit",
        "course.create",
        "course.progress",
        "course.enrol",
        "enrolment.assess",
    ),
    "office": (*LEARNER, "course.progress", "course.enrol", "enrolment.view"),
    "administrator": (
        *LEARNER,
        "course.edit",
        "course.create",
        "course.progress",
        "course.enrol",
        "enrolment.view",
        "enrolment.assess",
    ),
}
