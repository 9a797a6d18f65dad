"""What tests of the workbench share: a course with two sections, and commands as a form would send them."""

from typing import Any

from courses.models import Activity, Course
from lms import commands
from lms.contract import Done
from lms.work import Work

BODY = "<p>Erst der Stecker, dann das Blatt.</p>"


def send(work: Work, name: str, key: str = "", **values: Any) -> Done:
    """Run a command with these values, as a posted form would."""
    command = work.house.registry.commands[name]
    form = command.form.of(values)
    assert form.validate(), form.errors
    return commands.run(work, command, form, key)


def new_course(work: Work, title: str = "Handmaschinen") -> Course:
    """An empty draft with its first section."""
    done = send(work, "courses.create_course", type="online_module", title=title)
    return work.session.get_one(Course, done.values["course"])


def new_page(work: Work, course: Course, title: str = "Prüfen", body: str = BODY, **values: Any) -> Activity:
    """A lesson at the end of the course."""
    done = send(work, "courses.add_activity", course=course.id, type="page")
    activity = work.session.get_one(Activity, done.values["activity"])
    save_page(work, activity, title=title, body=body, **values)
    return activity


def save_page(work: Work, activity: Activity, *, body: str = BODY, **values: Any) -> Done:
    """The lesson as the editor would send it."""
    sent = {
        "revision": activity.revision,
        "title": activity.title,
        "minutes": activity.minutes,
        "required": activity.required,
        "completion": activity.completion,
        "settings-body": body,
        **values,
    }
    return send(work, "courses.save_activity", activity=activity.id, **sent)


def describe(work: Work, course: Course, **values: Any) -> Done:
    """The course's description as the form would send it."""
    sent = {
        "revision": course.revision,
        "title": course.title,
        "level": "",
        "trade": "",
        "language": "de",
        "drawing": "d-plan",
        "minutes": "0",
        "settings-order": "free",
        **values,
    }
    return send(work, "courses.save_course", course=course.id, **sent)


def titles(course: Course) -> list[list[str]]:
    """The titles in the draft's outline, section by section."""
    return [[activity.title for activity in section.activities] for section in course.sections]
