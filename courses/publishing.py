"""Publish a draft: check it, freeze it as a version, count everybody in the course anew.

Learners only ever see frozen content: a `CourseVersion` holds the outline, an `ActivityRevision` each step's settings.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from courses import attempts, progress
from courses.authoring import editable
from courses.contract import ActivityType, CourseChanged, CourseType, Step
from courses.forms import TargetForm
from courses.models import Activity, ActivityRevision, Course, CourseVersion, Enrolment
from lms.contract import N_, Command, Done
from lms.errors import Conflict, Invalid

if TYPE_CHECKING:
    from lms.work import Work

AT_ONCE = 50  # people counted anew within the request; more are left to a job


@dataclass(frozen=True)
class Problem:
    """What keeps a draft from being published, and the activity where it is put right."""

    text: str  # German
    activity: Activity | None = None


def problems(work: "Work", course: Course) -> list[Problem]:
    """Everything that keeps this draft from being published; empty when it may go online."""
    found = []
    activities = draft(course)
    if not activities:
        found.append(Problem(N_("Der Kurs hat noch keine Lektion.")))
    elif not any(activity.required for activity in activities):
        found.append(Problem(N_("Mindestens eine Lektion muss zum Abschluss gehören.")))
    if work.kind(CourseType, course.type) is None:
        found.append(Problem(N_("Das Plugin für diese Art von Kurs fehlt gerade.")))
    if _undescribed({"description": course.description}):
        found.append(
            Problem(N_("In der Beschreibung fehlt einem Bild der Text für alle, die es nicht sehen."))
        )
    for activity in activities:
        found += [Problem(text, activity) for text in activity_problems(work, activity)]
    return found


def activity_problems(work: "Work", activity: Activity) -> list[str]:
    """What keeps this activity from being published, as German sentences."""
    kind = work.kind(ActivityType, activity.type)
    if kind is None:
        frozen = work.session.get(ActivityRevision, (activity.id, activity.revision))
        return [] if frozen else [N_("Das Plugin für diese Art von Lektion fehlt gerade.")]
    settings = attempts.current_settings(kind, activity.settings, activity.type_version)
    found = list(kind.problems(settings))
    if _undescribed(settings):
        found.append(N_("Einem Bild fehlt die Beschreibung."))
    return found


def draft(course: Course) -> list[Activity]:
    """The activities of the draft, in order."""
    return [activity for section in course.sections for activity in section.activities]


def outline(course: Course) -> list[dict[str, Any]]:
    """The draft's outline as a version would hold it."""
    return [
        asdict(step_of(activity, section.title))
        for section in course.sections
        for activity in section.activities
    ]


def step_of(activity: Activity, section: str) -> Step:
    """The step learners would see for this activity."""
    return Step(
        id=activity.id,
        type=activity.type,
        title=activity.title,
        section=section,
        completion=activity.completion,
        required=activity.required,
        minutes=activity.minutes,
        revision=activity.revision,
    )


def changed(course: Course, version: CourseVersion | None) -> bool:
    """Whether the draft holds anything that is not online."""
    return version is None or version.outline != outline(course) or version.settings != course.settings


def publish(work: "Work", form: TargetForm) -> Done:
    """Freeze the draft as the next version and put it online. Raises Invalid while something blocks it."""
    course = editable(work, form.course.data)
    if problems(work, course):
        raise Invalid(N_("So kann der Kurs noch nicht online gehen."))
    _freeze(work, course)
    version = CourseVersion(
        course_id=course.id,
        number=1 + (_newest_number(work, course) or 0),
        outline=outline(course),
        settings=course.settings,
        published_at=work.now,
        published_by=work.actor.person_id,
    )
    work.session.add(version)
    work.session.flush()
    course.version_id, course.state = version.id, "published"
    work.session.flush()
    _recount(work, course)
    work.publish(CourseChanged(course_id=course.id))
    return Done(subject=f"course:{course.id}", values={"version": version.number})


def _freeze(work: "Work", course: Course) -> None:
    """A revision for each activity whose present state has none yet."""
    activities = draft(course)
    rows = work.session.execute(
        select(ActivityRevision.activity_id, ActivityRevision.revision).where(
            ActivityRevision.activity_id.in_([activity.id for activity in activities])
        )
    )
    known = {(activity_id, revision) for activity_id, revision in rows}
    for activity in activities:
        if (activity.id, activity.revision) not in known:
            work.session.add(
                ActivityRevision(
                    activity_id=activity.id,
                    revision=activity.revision,
                    title=activity.title,
                    type=activity.type,
                    settings=activity.settings,
                    type_version=activity.type_version,
                )
            )


def _newest_number(work: "Work", course: Course) -> int | None:
    return work.session.scalar(
        select(func.max(CourseVersion.number)).where(CourseVersion.course_id == course.id)
    )


def _recount(work: "Work", course: Course) -> None:
    """Progress of everybody in the course against the new version: at once for few, as a job for many."""
    people = work.session.scalar(select(func.count()).where(Enrolment.course_id == course.id)) or 0
    if people > AT_ONCE:
        work.enqueue("courses.refresh", course_id=course.id)
    elif people:
        progress.refresh_course(work, course.id)


def archive(work: "Work", form: TargetForm) -> Done:
    """Take a course out of the catalogue; who is in it keeps it. Publishing brings it back."""
    course = editable(work, form.course.data)
    if course.state != "published":
        raise Conflict(N_("Nur ein Kurs, der online ist, lässt sich archivieren."))
    course.state = "archived"
    work.session.flush()
    work.publish(CourseChanged(course_id=course.id))
    return Done(subject=f"course:{course.id}")


COMMANDS = (
    Command(name="courses.publish", form=TargetForm, run=publish),
    Command(name="courses.archive", form=TargetForm, run=archive),
)


# -- pictures -------------------------------------------------------------------------------------------------------


def _undescribed(settings: Any) -> bool:
    """Whether any formatted text in these settings holds a picture without a description."""
    return any("<img" in text and _Pictures.lack_text(text) for text in _texts(settings))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


class _Pictures(HTMLParser):
    """Looks whether every picture says what can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.lacking = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.lacking |= tag == "img" and not (dict(attrs).get("alt") or "").strip()

    @classmethod
    def lack_text(cls, html: str) -> bool:
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser.lacking
