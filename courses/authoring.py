"""Create and edit courses: description, sections, activities and their order. All of it is draft until published."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courses.contract import ActivityType, CourseType
from courses.forms import (
    SETTINGS,
    ActivityForm,
    AddActivityForm,
    CourseForm,
    CreateCourseForm,
    RemoveActivityForm,
)
from courses.models import Activity, Course, Section
from lms.contract import N_, Command, Done
from lms.errors import Conflict, Invalid, Missing, Stale
from lms.forms import BaseForm, Posted
from lms.people.names import folded

if TYPE_CHECKING:
    from lms.work import Work

STALE = N_("Jemand hat inzwischen gespeichert.")
STALE_OUTLINE = N_("Jemand hat die Gliederung inzwischen geändert. So sieht sie jetzt aus.")
FOREIGN = N_("Das gehört nicht zu diesem Kurs.")
DESCRIPTION = (
    "title",
    "subtitle",
    "description",
    "trade",
    "level",
    "language",
    "drawing",
    "listed",
    "self_enrol",
)


def create_course(work: "Work", form: CreateCourseForm) -> Done:
    """A new, empty draft with one section."""
    work.require("course.create")
    kind = work.kind(CourseType, form.type.data)
    if kind is None:
        raise Invalid(N_("Bitte einen Kurstyp auswählen."), field="type")
    course = Course(
        type=kind.key,
        title=form.title.data,
        sort_key=folded(form.title.data),
        settings=kind.Settings().values(),
        site_id=_own_site(work),
        created_at=work.now,
        created_by=work.actor.person_id,
    )
    course.sections.append(Section(position=1, title=work._("Abschnitt %(number)s", number=1)))
    work.session.add(course)
    work.session.flush()
    return Done(subject=f"course:{course.id}", values={"course": course.id})


def _own_site(work: "Work") -> int | None:
    """The site of somebody who may edit only there: she must be able to open what she made."""
    held = work.scopes("course.edit")
    return None if held.everywhere else min(held.of("site"), default=None)


def editable(work: "Work", course_id: int | None) -> Course:
    """The course, locked for writing, if the actor may edit it."""
    course = work.get("course.edit", Course, course_id or 0)
    work.session.refresh(course, with_for_update=True)
    return course


def save_course(work: "Work", form: CourseForm) -> Done:
    """Store the description and the settings of the course's type. Raises Stale."""
    course = editable(work, form.course.data)
    if course.revision != form.revision.data:
        raise Stale(STALE, theirs=described(course), mine=form.values())
    settings = checked_settings(work.kind(CourseType, course.type), form.settings.data, course.settings)
    for name in DESCRIPTION:
        setattr(course, name, form[name].data)
    course.sort_key = folded(course.title)
    course.minutes = form.minutes.data or 0
    course.objectives = [line.strip() for line in form.objectives.data.splitlines() if line.strip()]
    course.settings = settings
    course.revision += 1
    work.session.flush()
    return Done(subject=f"course:{course.id}", values={"revision": course.revision})


def described(course: Course) -> dict[str, Any]:
    """The description as the form shows it."""
    return {
        **{name: getattr(course, name) for name in DESCRIPTION},
        "minutes": course.minutes,
        "objectives": "\n".join(course.objectives),
    }


def settings_form(kind: CourseType | ActivityType, posted: Mapping[str, list[str]]) -> BaseForm:
    """The type's own form, filled from the posted fields `settings-…`."""
    return kind.Settings(Posted(posted), prefix=SETTINGS)


def checked_settings(
    kind: CourseType | ActivityType | None, posted: Mapping[str, list[str]], present: dict[str, Any]
) -> dict[str, Any]:
    """The posted settings, validated by the type. Those of a type that is not there stay as they are."""
    if kind is None:
        return present
    form = settings_form(kind, posted)
    if not form.validate():
        raise Invalid(N_("Bitte sehen Sie die markierten Felder noch einmal an."))
    return form.values()


def add_activity(work: "Work", form: AddActivityForm) -> Done:
    """A new activity of a type that fits the course, with the type's default settings."""
    course = editable(work, form.course.data)
    kind = work.kind(ActivityType, form.type.data)
    if kind is None or not _fits(work, course, kind):
        raise Invalid(N_("Diese Art gibt es in diesem Kurs nicht."))
    section = _own_section(work, course, form.section.data)
    activity = Activity(
        course_id=course.id,
        section_id=section.id,
        position=last_position(section.activities) + 1,
        type=kind.key,
        title=work._(kind.title),
        settings=kind.Settings().values(),
        type_version=kind.version,
        completion=kind.completion[0],
    )
    work.session.add(activity)
    return outlined(work, course, activity=activity)


def _own_section(work: "Work", course: Course, section_id: int | None) -> Section:
    """The section of this course with this id; the last one (made if there is none) where no id is given."""
    if section_id is None:
        if not course.sections:
            course.sections.append(Section(position=1, title=work._("Abschnitt %(number)s", number=1)))
            work.session.flush()
        return course.sections[-1]
    section = next((s for s in course.sections if s.id == section_id), None)
    if section is None:
        raise Invalid(FOREIGN)
    return section


def _fits(work: "Work", course: Course, kind: ActivityType) -> bool:
    course_type = work.kind(CourseType, course.type)
    return course_type is None or course_type.activity_types is None or kind.key in course_type.activity_types


def fitting_types(work: "Work", course: Course) -> list[ActivityType]:
    """The activity types an author may add to this course."""
    return [kind for kind in work.house.registry.kinds(ActivityType).values() if _fits(work, course, kind)]


def drafted(work: "Work", activity_id: int | None) -> Activity:
    """The activity of a draft, before anybody asked who may edit it. Raises Missing for removed ones."""
    activity = work.session.get(Activity, activity_id or 0)
    if activity is None or activity.removed_at is not None:
        work.asked.add("course.edit")
        raise Missing("course.edit")
    return activity


def editable_activity(work: "Work", activity_id: int | None) -> tuple[Course, Activity]:
    """The activity of a draft and its course, locked for writing, if the actor may edit it."""
    activity = drafted(work, activity_id)
    course = editable(work, activity.course_id)
    work.session.refresh(activity)
    return course, activity


def save_activity(work: "Work", form: ActivityForm) -> Done:
    """Store an activity's frame and its type's settings. Raises Stale with both versions."""
    _, activity = editable_activity(work, form.activity.data)
    kind = work.kind(ActivityType, activity.type)
    if activity.revision != form.revision.data:
        raise Stale(STALE, theirs=framed(activity), mine=form.values())
    if kind is not None and form.completion.data not in kind.completion:
        raise Invalid(N_("So kann diese Art nicht fertig werden."), field="completion")
    settings = checked_settings(kind, form.settings.data, activity.settings)
    activity.title = form.title.data
    activity.minutes = form.minutes.data or 0
    activity.required = form.required.data
    activity.completion = form.completion.data
    activity.settings = settings
    if kind is not None:
        activity.type_version = kind.version
    activity.revision += 1
    work.session.flush()
    return Done(subject=f"activity:{activity.id}", values={"revision": activity.revision})


def framed(activity: Activity) -> dict[str, Any]:
    """The activity as its form shows it."""
    return {
        "title": activity.title,
        "minutes": activity.minutes,
        "required": activity.required,
        "completion": activity.completion,
        "settings": activity.settings,
    }


def remove_activity(work: "Work", form: RemoveActivityForm) -> Done:
    """Take an activity out of the draft. It stays online until the next version, and its facts stay for good."""
    course, activity = editable_activity(work, form.activity.data)
    fresh(course, form.revision.data)
    activity.removed_at = work.now
    return outlined(work, course, activity=activity)


def fresh(course: Course, revision: int | None) -> None:
    if course.outline_revision != revision:
        raise Conflict(STALE_OUTLINE)


def outlined(work: "Work", course: Course, **made: Any) -> Done:
    """Raise the outline's revision and say what was touched."""
    course.outline_revision += 1
    work.session.flush()
    work.session.expire(course, ["sections"])
    values = {name: thing.id for name, thing in made.items()}
    return Done(subject=f"course:{course.id}", values={"revision": course.outline_revision, **values})


def last_position(things: list[Any]) -> int:
    return max((thing.position for thing in things), default=0)


COMMANDS = (
    Command(name="courses.create_course", form=CreateCourseForm, run=create_course),
    Command(name="courses.save_course", form=CourseForm, run=save_course),
    Command(name="courses.add_activity", form=AddActivityForm, run=add_activity),
    Command(name="courses.save_activity", form=ActivityForm, run=save_activity),
    Command(name="courses.autosave_activity", form=ActivityForm, run=save_activity, audited=False),
    Command(name="courses.remove_activity", form=RemoveActivityForm, run=remove_activity),
)
