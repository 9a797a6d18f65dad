"""Sections of a draft, and the order of everything in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from courses.authoring import FOREIGN, editable, fresh, last_position, outlined
from courses.forms import AddSectionForm, MoveForm, OrderForm, RenameSectionForm, SectionForm
from courses.models import Course, Section
from lms.contract import N_, Command, Done
from lms.errors import Invalid, Missing

if TYPE_CHECKING:
    from lms.work import Work


def add_section(work: "Work", form: AddSectionForm) -> Done:
    """A new section at the end."""
    course = editable(work, form.course.data)
    section = Section(course_id=course.id, title=form.title.data, position=last_position(course.sections) + 1)
    work.session.add(section)
    return outlined(work, course, section=section)


def rename_section(work: "Work", form: RenameSectionForm) -> Done:
    """Another name for a section."""
    course, section = _section(work, form.section.data)
    fresh(course, form.revision.data)
    section.title = form.title.data
    return outlined(work, course, section=section)


def remove_section(work: "Work", form: SectionForm) -> Done:
    """Take a section out of the draft. Its activities move to the section before it, or after it."""
    course, section = _section(work, form.section.data)
    fresh(course, form.revision.data)
    if len(course.sections) < 2:
        raise Invalid(N_("Ein Kurs braucht mindestens einen Abschnitt."))
    place = course.sections.index(section)
    heir = course.sections[place - 1 if place else 1]
    moved = list(section.activities)
    ordered = [*heir.activities, *moved] if place else [*moved, *heir.activities]
    for activity in moved:
        activity.section_id = heir.id
    for position, activity in enumerate(ordered, 1):
        activity.position = position
    work.session.flush()
    work.session.expire(section, ["activities"])
    course.sections.remove(section)
    return outlined(work, course)


def _section(work: "Work", section_id: int | None) -> tuple[Course, Section]:
    section = work.session.get(Section, section_id or 0)
    if section is None:
        work.asked.add("course.edit")
        raise Missing("course.edit")
    return editable(work, section.course_id), section


def reorder(work: "Work", form: OrderForm) -> Done:
    """Put one list in the sent order. Activities may come from other sections of the same course."""
    course = editable(work, form.course.data)
    fresh(course, form.revision.data)
    if form.list.data == "sections":
        _put_sections(course, form.item.data)
    else:
        _put_activities(work, course, form.list.data, form.item.data)
    return outlined(work, course)


def _put_sections(course: Course, ids: list[int]) -> None:
    sections = {section.id: section for section in course.sections}
    _only_own(ids, sections)
    ordered = [*(sections[i] for i in ids), *(s for s in course.sections if s.id not in ids)]
    for position, section in enumerate(ordered, 1):
        section.position = position


def _put_activities(work: "Work", course: Course, section_id: str, ids: list[int]) -> None:
    target = next((s for s in course.sections if str(s.id) == section_id), None)
    if target is None:
        raise Invalid(FOREIGN)
    activities = {activity.id: activity for section in course.sections for activity in section.activities}
    _only_own(ids, activities)
    ordered = [*(activities[i] for i in ids), *(a for a in target.activities if a.id not in ids)]
    for position, activity in enumerate(ordered, 1):
        activity.section_id, activity.position = target.id, position


def _only_own(ids: list[int], own: Mapping[int, object]) -> None:
    if len(set(ids)) != len(ids) or not set(ids) <= set(own):
        raise Invalid(FOREIGN)


def move(work: "Work", form: MoveForm) -> Done:
    """One section or activity a place up or down; an activity at the edge goes on to the next section."""
    course = editable(work, form.course.data)
    fresh(course, form.revision.data)
    step = -1 if form.to.data == "up" else 1
    if form.activity.data:
        _move_activity(work, course, form.activity.data, step)
    else:
        ids = [section.id for section in course.sections]
        section_id = form.section.data or 0
        _only_own([section_id], dict.fromkeys(ids))
        _put_sections(course, _shifted(ids, section_id, step))
    return outlined(work, course)


def _move_activity(work: "Work", course: Course, activity_id: int, step: int) -> None:
    sections = course.sections
    home = next((s for s in sections if any(a.id == activity_id for a in s.activities)), None)
    if home is None:
        raise Invalid(FOREIGN)
    ids = [activity.id for activity in home.activities]
    edge = ids[0] if step < 0 else ids[-1]
    neighbour = sections.index(home) + step
    if activity_id != edge:
        _put_activities(work, course, str(home.id), _shifted(ids, activity_id, step))
    elif 0 <= neighbour < len(sections):
        there = [activity.id for activity in sections[neighbour].activities]
        ordered = [*there, activity_id] if step < 0 else [activity_id, *there]
        _put_activities(work, course, str(sections[neighbour].id), ordered)


def _shifted(ids: list[int], which: int, step: int) -> list[int]:
    """The ids with one of them a place further, as far as there is one."""
    place = ids.index(which)
    other = place + step
    if 0 <= other < len(ids):
        ids[place], ids[other] = ids[other], ids[place]
    return ids


COMMANDS = (
    Command(name="courses.add_section", form=AddSectionForm, run=add_section),
    Command(name="courses.rename_section", form=RenameSectionForm, run=rename_section),
    Command(name="courses.remove_section", form=SectionForm, run=remove_section),
    Command(name="courses.reorder", form=OrderForm, run=reorder),
    Command(name="courses.move", form=MoveForm, run=move),
)
