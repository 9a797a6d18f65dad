"""Small kinds for the tests of the teaching, and courses made of them."""

from typing import Any

from courses import enrolment, progress
from courses.contract import (
    MARKED,
    OPENED,
    PASSED,
    SIGNED,
    SUBMITTED,
    ActivityType,
    At,
    CourseType,
    Outcome,
    Step,
)
from courses.models import Activity, ActivityRevision, Course, CourseVersion, Enrolment
from lms.contract import N_, NOTHING, Page, Plugin
from lms.people.models import Person
from lms.work import Work


class Sheet(ActivityType):
    """Something to read."""

    key = "sheet"
    title = N_("Blatt")
    completion = (MARKED, OPENED)

    def show(self, at: At) -> Page:
        return Page(template="sheet.html", values={"body": at.settings.get("body", "")})


class Exam(ActivityType):
    """Right or wrong: `answer` must be the settings' `key`; two attempts unless the settings say otherwise."""

    key = "exam"
    title = N_("Prüfung")
    completion = (PASSED, SUBMITTED, SIGNED)
    version = 2

    def show(self, at: At) -> Page:
        return Page(
            template="sheet.html",
            values={"body": f"{at.settings.get('question')} {dict(at.state)} {at.attempt}"},
        )

    def save(self, at: At, data: Any) -> dict[str, Any]:
        return {**at.state, "draft": data.get("answer")}

    def submit(self, at: At, data: Any) -> Outcome:
        right = data.get("answer") == at.settings.get("key", "right")
        return Outcome(
            done=right, score=float(right), state={"answer": data.get("answer")}, feedback="gelesen"
        )

    def attempts(self, settings: Any) -> int | None:
        return settings.get("attempts", 2)

    def upgrade(self, settings: dict[str, Any], version: int) -> dict[str, Any]:
        return {"question": "Frage", **settings}


class Broken(ActivityType):
    """Raises whatever it is asked."""

    key = "broken"
    title = N_("Kaputt")
    completion = (MARKED, SUBMITTED)

    def show(self, at: At) -> Page:
        raise RuntimeError("show")

    def submit(self, at: At, data: Any) -> Outcome:
        raise RuntimeError("submit")


class Strict(CourseType):
    """One step after the other."""

    key = "in_line"
    title = N_("Der Reihe nach")

    def gate(self, settings: Any, steps: Any, progress: Any, step: Step) -> str:
        for earlier in steps:
            if earlier.id == step.id:
                return ""
            if progress.state(earlier.id) not in ("done", "waived"):
                return f"Erst „{earlier.title}“ fertig machen."
        return ""


class Free(CourseType):
    """Any step at any time."""

    key = "free"
    title = N_("Frei")


def register(registry: Any) -> None:
    """Let a registry know these kinds, once."""
    if "testkinds" not in registry.plugins:
        registry.add(
            Plugin(
                name="testkinds",
                package="tests.courses.testkinds",
                title="Testarten",
                requires=("courses",),
                provides=(Sheet(), Exam(), Broken(), Strict(), Free()),
                personal_data=NOTHING,
            )
        )


def course(work: Work, *steps: tuple[str, str], type: str = "free", **values: Any) -> Course:
    """A published course with these steps, each (type, completion)."""
    made = Course(
        type=type,
        title=values.pop("title", "Holzverbindungen"),
        sort_key=values.pop("sort_key", "holzverbindungen"),
        state="published",
        created_at=work.now,
        **values,
    )
    work.session.add(made)
    work.session.flush()
    for kind, completion in steps or (("sheet", MARKED), ("exam", PASSED)):
        add_step(work, made, kind, completion)
    publish(work, made)
    return made


def add_step(work: Work, course: Course, kind: str, completion: str = MARKED, **settings: Any) -> Activity:
    """One more step in the draft."""
    count = work.session.query(Activity).filter_by(course_id=course.id).count()
    made = Activity(
        course_id=course.id,
        position=count,
        type=kind,
        title=f"Schritt {count + 1}",
        settings=settings,
        completion=completion,
    )
    work.session.add(made)
    work.session.flush()
    return made


def activities(work: Work, course: Course) -> list[Activity]:
    found = work.session.query(Activity).filter_by(course_id=course.id, removed_at=None)
    return list(found.order_by(Activity.position))


def publish(work: Work, course: Course) -> CourseVersion:
    """Freeze the draft as the version learners see."""
    outline = []
    for activity in activities(work, course):
        if work.session.get(ActivityRevision, (activity.id, activity.revision)) is None:
            work.session.add(
                ActivityRevision(
                    activity_id=activity.id,
                    revision=activity.revision,
                    title=activity.title,
                    type=activity.type,
                    settings=dict(activity.settings),
                    type_version=1,
                )
            )
        outline.append(
            {
                "id": activity.id,
                "type": activity.type,
                "title": activity.title,
                "section": "Grundlagen",
                "completion": activity.completion,
                "required": activity.required,
                "minutes": 10,
                "revision": activity.revision,
            }
        )
    number = work.session.query(CourseVersion).filter_by(course_id=course.id).count() + 1
    version = CourseVersion(
        course_id=course.id, number=number, outline=outline, settings={}, published_at=work.now
    )
    work.session.add(version)
    work.session.flush()
    course.version_id = version.id
    work.session.flush()
    work.session.expire(course, ["version"])
    return version


def enrolled(work: Work, course: Course, someone: Person, **values: Any) -> Enrolment:
    """The person's enrolment in the course."""
    made = work.session.get_one(
        Enrolment, enrolment.enter(work, course, someone.id, source="trainer", **values)
    )
    progress.refresh(work, made)
    work.session.flush()
    return made
