"""Courses from files: a course file becomes a published course, once."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from sqlalchemy import select

from courses import coursefile, publishing
from courses.contract import MARKED, OPENED, ActivityType, CourseType
from courses.coursefile import Block, CourseFile, CourseFileError, Lesson
from courses.forms import DRAWINGS, TargetForm
from courses.models import Activity, Course, Section
from lms.html import clean
from lms.people.names import folded
from lms.people.trades import TRADES

if TYPE_CHECKING:
    from lms.work import Work

LIBRARY = Path(__file__).parent / "library"
DRAWING_OF = {
    "tischler": "d-dovetail",
    "zimmerer": "d-roof",
    "elektroniker_eg": "d-circuit",
    "anlagenmechaniker_shk": "d-pipe",
    "maler_lackierer": "d-brush",
}


def library() -> list[Path]:
    """The course files we ship, in order."""
    return sorted(LIBRARY.glob("*.yaml"))


def load_course_file(work: "Work", path: Path) -> Course:
    """The published course of this file; the one loaded before, if there is one with its id.

    Raises CourseFileError with every problem of the file and its line.
    """
    work.require("course.create")
    file = coursefile.read(path)
    known = work.session.scalars(select(Course).where(Course.library_id == file.id)).one_or_none()
    if known is not None:
        return known
    try:
        course = _build(work, file)
    except ValueError as error:
        raise CourseFileError(path, [str(error)]) from None
    blocking = publishing.problems(work, course)
    if blocking:
        raise CourseFileError(path, [f"{p.activity.title if p.activity else ''}: {p.text}" for p in blocking])
    publishing.publish(work, TargetForm.of({"course": course.id}))
    work.audit("courses.load_course_file", f"course:{course.id}")
    return course


def _build(work: "Work", file: CourseFile) -> Course:
    """The draft of the course. Raises ValueError where it asks for what we do not have."""
    kind = work.kind(CourseType, file.type)
    if kind is None:
        raise ValueError(f"die Kursart „{file.type}“ gibt es nicht")
    if file.trade and file.trade not in TRADES:
        raise ValueError(f"den Beruf „{file.trade}“ gibt es nicht")
    course = Course(
        library_id=file.id,
        type=kind.key,
        title=file.title,
        sort_key=folded(file.title),
        subtitle=file.subtitle,
        description=_description(file),
        objectives=list(file.objectives),
        trade=file.trade,
        level=file.level,
        language=file.language,
        drawing=file.drawing if file.drawing in DRAWINGS else DRAWING_OF.get(file.trade, "d-plan"),
        minutes=file.minutes,
        curriculum_refs=list(file.curriculum_refs),
        settings=kind.Settings().values(),
        created_at=work.now,
        created_by=work.actor.person_id,
    )
    work.session.add(course)
    work.session.flush()
    lessons = _lessons(work, course, file)
    if file.quiz is not None:
        _quiz(work, course, file, lessons)
    if file.sources or file.review:
        _sources(work, course, file)
    work.session.flush()
    work.session.expire(course, ["sections"])
    return course


def _lessons(work: "Work", course: Course, file: CourseFile) -> dict[str, Activity]:
    section = _section(work, course, 1, "Lektionen")
    made = {}
    for lesson in file.lessons:
        made[lesson.id] = _add(
            work, section, "page", lesson.title, {"body": _lesson_html(lesson)}, minutes=lesson.minutes
        )
    return made


def _quiz(work: "Work", course: Course, file: CourseFile, lessons: dict[str, Activity]) -> None:
    """The quiz at the end. It is told which activity each lesson became, so that it can point back."""
    places = {name: {"id": activity.id, "title": activity.title} for name, activity in lessons.items()}
    section = _section(work, course, 2, "Quiz")
    try:
        _add(
            work,
            section,
            "quiz",
            str((file.quiz or {}).get("title") or "Quiz"),
            {**(file.quiz or {}), "lessons": places},
        )
    except ValueError as error:
        raise ValueError(f"Zeile {file.quiz_line}: {error}") from None


def _sources(work: "Work", course: Course, file: CourseFile) -> None:
    section = _section(work, course, 3, "Quellen")
    _add(work, section, "page", "Quellen", {"body": _sources_html(file)}, required=False, completion=OPENED)


def _section(work: "Work", course: Course, position: int, title: str) -> Section:
    section = Section(course_id=course.id, position=position, title=title)
    work.session.add(section)
    work.session.flush()
    return section


def _add(
    work: "Work",
    section: Section,
    type: str,
    title: str,
    entry: dict[str, Any],
    *,
    minutes: int = 0,
    required: bool = True,
    completion: str = "",
) -> Activity:
    kind = work.kind(ActivityType, type)
    if kind is None:
        raise ValueError(f"die Art „{type}“ gibt es nicht; ist ihr Plugin aus?")
    position = len(section.activities) + 1
    activity = Activity(
        course_id=section.course_id,
        section_id=section.id,
        position=position,
        type=kind.key,
        title=title,
        settings=kind.from_file(entry),
        type_version=kind.version,
        completion=completion or (MARKED if MARKED in kind.completion else kind.completion[0]),
        required=required,
        minutes=minutes,
    )
    section.activities.append(activity)
    work.session.add(activity)
    work.session.flush()
    return activity


# -- HTML -----------------------------------------------------------------------------------------------------------


def _description(file: CourseFile) -> str:
    parts = [Markup("<p>Für: %s</p>") % file.audience] if file.audience else []
    if file.prerequisites:
        parts += [Markup("<h3>Das brauchst du vorher</h3>"), _items("ul", file.prerequisites)]
    return str(clean(Markup("").join(parts)))


def _lesson_html(lesson: Lesson) -> str:
    parts = [Markup("<p><strong>Ziel:</strong> %s</p>") % lesson.objective] if lesson.objective else []
    parts += [_block_html(block) for block in lesson.content]
    return str(clean(Markup("").join(parts)))


def _block_html(block: Block) -> Markup:
    if block.type == "text":
        return Markup("<p>%s</p>") % block.body
    if block.type == "warning":
        return Markup('<aside class="notice wait"><p><strong>Achtung:</strong> %s</p></aside>') % block.body
    if block.type == "task":
        return Markup('<aside class="notice"><p><strong>Aufgabe:</strong> %s</p></aside>') % block.body
    heading = Markup("<h2>%s</h2>") % block.body if block.body else Markup("")
    return heading + _items("ol" if block.type == "steps" else "ul", block.items)


def _items(tag: str, items: Iterable[str]) -> Markup:
    rows = Markup("").join(Markup("<li>%s</li>") % item for item in items)
    return Markup(f"<{tag}>") + rows + Markup(f"</{tag}>")  # noqa: S704 - ul or ol


def _sources_html(file: CourseFile) -> str:
    parts = [_items("ul", (_source(source) for source in file.sources))] if file.sources else []
    if file.digcomp:
        parts += [Markup("<h2>Digitale Kompetenz (DigComp 3.0)</h2>"), _items("ul", file.digcomp)]
    if file.review:
        parts.append(
            Markup('<aside class="notice wait"><p><strong>Vor dem Einsatz prüfen:</strong> %s</p></aside>')
            % file.review
        )
    return str(clean(Markup("").join(parts)))


def _source(source: Any) -> Markup:
    text = Markup("%s: %s") % (source["fact"], source["ref"])
    return text + Markup(" (%s)") % source["status"] if source["status"] else text
