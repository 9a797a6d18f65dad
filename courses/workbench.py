"""What the workbench shows: an author's courses, one course with its draft, one activity of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from wtforms import BooleanField, Field, SelectField

from courses import attempts, authoring, publishing
from courses.contract import ActivityType, CourseType
from courses.forms import SETTINGS, ActivityForm, CourseForm
from courses.models import Activity, Course, CourseVersion, Enrolment, Section
from courses.publishing import Problem
from lms.contract import N_
from lms.errors import Missing
from lms.forms import BaseForm
from lms.people.names import folded

if TYPE_CHECKING:
    from lms.work import Work

PER_PAGE = 50
FRAME = ("course", "activity", "revision", "settings")  # fields of a form that say nothing about the content
OUTLINE = selectinload(Course.sections).selectinload(Section.activities)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A page of the courses somebody may edit."""

    rows: list[tuple[Course, int]]  # with the number of people in it
    total: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A course as its author sees it."""

    course: Course
    kind: CourseType | None
    version: CourseVersion | None  # what is online
    changed: bool  # the draft holds what is not online
    problems: list[Problem]
    types: dict[str, list[ActivityType]]  # to add, by category
    people: int

    @property
    def activities(self) -> list[Activity]:
        """The activities of the draft, in order."""
        return publishing.draft(self.course)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """An activity as its author sees it, within its course."""

    desk: Desk
    activity: Activity
    kind: ActivityType | None
    problems: list[str]

    def neighbour(self, step: int) -> Activity | None:
        """The activity before (-1) or after (1) this one in the draft."""
        place = self.desk.activities.index(self.activity) + step
        return self.desk.activities[place] if 0 <= place < len(self.desk.activities) else None


def shelf(work: "Work", text: str = "", number: int = 1) -> Shelf:
    """The courses the actor may edit whose title holds this text, newest drafts by title."""
    work.require("course.edit")
    allowed = work.allowed("course.edit", Course)
    if text:
        allowed = allowed.where(Course.sort_key.contains(folded(text), autoescape=True))
    total = work.session.scalar(select(func.count()).select_from(allowed.subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(number, 1), pages)
    courses = work.session.scalars(
        allowed.options(joinedload(Course.version))
        .order_by(Course.sort_key, Course.id)
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    ).all()
    people = _people(work, [course.id for course in courses])
    rows = [(course, people.get(course.id, 0)) for course in courses]
    return Shelf(rows=rows, total=total, page=number, pages=pages)


def _people(work: "Work", course_ids: list[int]) -> dict[int, int]:
    """How many people are in each of these courses."""
    statement = (
        select(Enrolment.course_id, func.count())
        .where(Enrolment.course_id.in_(course_ids), Enrolment.state == "active")
        .group_by(Enrolment.course_id)
    )
    return dict(work.session.execute(statement).all())


def desk(work: "Work", course_id: int) -> Desk:
    """The course with its draft. Raises Missing or Denied."""
    course = work.get("course.edit", Course, course_id, OUTLINE, joinedload(Course.version))
    types = authoring.fitting_types(work, course)
    by_category: dict[str, list[ActivityType]] = {}
    for kind in types:
        by_category.setdefault(kind.category, []).append(kind)
    return Desk(
        course=course,
        kind=work.kind(CourseType, course.type),
        version=course.version,
        changed=publishing.changed(course, course.version),
        problems=publishing.problems(work, course),
        types=by_category,
        people=_people(work, [course.id]).get(course.id, 0),
    )


def bench(work: "Work", activity_id: int) -> Bench:
    """The activity within its course. Raises Missing for removed ones and for those of other people's courses."""
    around = desk(work, authoring.drafted(work, activity_id).course_id)
    activity = next((activity for activity in around.activities if activity.id == activity_id), None)
    if activity is None:  # its section is gone: nothing to stand on
        raise Missing("course.edit")
    return Bench(
        desk=around,
        activity=activity,
        kind=work.kind(ActivityType, activity.type),
        problems=[p.text for p in around.problems if p.activity is activity],
    )


def course_of_section(work: "Work", section_id: int) -> int:
    """The id of the course this section belongs to, if the actor may edit it. Raises Missing."""
    statement = work.allowed("course.edit", Course).join(Section).where(Section.id == section_id)
    course = work.session.scalars(statement).one_or_none()
    if course is None:
        raise Missing("course.edit")
    return course.id


def course_types(work: "Work") -> list[CourseType]:
    """The course types a new course can be of. Asks for the right to make one."""
    work.require("course.create")
    return list(work.house.registry.kinds(CourseType).values())


def course_form(course: Course) -> CourseForm:
    """The description form, filled with what is stored."""
    return CourseForm(data={**authoring.described(course), "course": course.id, "revision": course.revision})


def activity_form(activity: Activity) -> ActivityForm:
    """The activity's frame, filled with what is stored."""
    values = {**authoring.framed(activity), "activity": activity.id, "revision": activity.revision}
    return ActivityForm(data=values)


def settings_forms(
    kind: ActivityType | CourseType | None, thing: Activity | Course, sent: BaseForm | None
) -> tuple[BaseForm | None, BaseForm | None]:
    """The type's own form as the author sent it (checked), or else as stored; and as stored. None without the type."""
    if kind is None:
        return None, None
    settings = dict(thing.settings)
    if isinstance(kind, ActivityType) and isinstance(thing, Activity):
        settings = attempts.current_settings(kind, settings, thing.type_version)
    stored = kind.Settings(data=settings, prefix=SETTINGS)
    if sent is None:
        return stored, stored
    shown = authoring.settings_form(kind, sent["settings"].data)
    shown.validate()
    return shown, stored


def told(stored: BaseForm | None, sent: BaseForm | None) -> list[tuple[str, str]]:
    """(German label, text) of what is stored otherwise than it was sent, for reading side by side."""
    if stored is None or sent is None:
        return []
    return [
        (str(field.label.text), _text(field))
        for field, other in zip(stored, sent, strict=True)
        if field.short_name not in FRAME and field.data != other.data
    ]


def refreshed(form: BaseForm, revision: int) -> None:
    """Let the form be sent again, now that its author has seen what is stored."""
    form["revision"].data, form["revision"].raw_data = revision, None


def _text(field: Field) -> str:
    """The field's value as one would read it aloud."""
    if isinstance(field, BooleanField):
        return N_("Ja") if field.data else N_("Nein")
    if isinstance(field, SelectField):
        return next((str(label) for value, label, chosen, _ in field.iter_choices() if chosen), "")
    return str(field._value())
