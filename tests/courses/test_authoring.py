"""The workbench's rules: drafts, order, stale saves, and who may do it."""

import pytest

from courses import authoring
from courses.models import Activity
from lms.contract import Held
from lms.errors import Conflict, Denied, Invalid, Missing, Stale
from lms.testing.fixtures import person, work_as
from lms.work import Work
from tests.courses.authors import BODY, describe, new_course, new_page, save_page, send, titles


def test_a_new_course_is_a_draft_with_one_section(work: Work) -> None:
    course = new_course(work, "  Äste sägen ")
    assert (course.title, course.sort_key, course.state) == ("Äste sägen", "aeste saegen", "draft")
    assert [section.title for section in course.sections] == ["Abschnitt 1"]
    assert course.settings == {"order": "free"}


def test_an_unknown_course_type_is_refused(work: Work) -> None:
    with pytest.raises(Invalid):
        send(work, "courses.create_course", type="séance", title="Kurs")


def test_the_description_is_cleaned_and_objectives_come_one_per_line(work: Work) -> None:
    course = new_course(work)
    describe(
        work,
        course,
        title="Neu",
        description='<p onclick="x()">Gut</p>',
        objectives="Prüfen\n\n  Sägen  ",
        minutes="45",
        trade="tischler",
        listed="y",
        **{"settings-order": "in_order"},
    )
    assert course.description == "<p>Gut</p>"
    assert course.objectives == ["Prüfen", "Sägen"]
    assert (course.minutes, course.trade, course.listed, course.self_enrol) == (45, "tischler", True, False)
    assert course.settings == {"order": "in_order"}
    assert course.revision == 2


def test_a_stale_description_shows_both_versions_and_changes_nothing(work: Work) -> None:
    course = new_course(work)
    describe(work, course, title="Ihre")
    with pytest.raises(Stale) as stale:
        describe(work, course, title="Meine", revision=1)
    assert (stale.value.theirs["title"], stale.value.mine["title"]) == ("Ihre", "Meine")
    assert course.title == "Ihre"


def test_values_no_field_names_are_ignored(work: Work) -> None:
    course = new_course(work)
    before = (course.id, course.state, course.version_id, course.type, course.created_by, course.library_id)
    describe(
        work,
        course,
        title="Neu",
        state="published",
        version_id="7",
        type="other",
        created_by="9",
        library_id="x",
        id="99",
        **{"settings-order": "free", "settings-role": "administrator"},
    )
    assert (
        course.id,
        course.state,
        course.version_id,
        course.type,
        course.created_by,
        course.library_id,
    ) == before
    assert course.settings == {"order": "free"}


def test_a_lesson_keeps_what_its_type_asks_for_cleaned(work: Work) -> None:
    lesson = new_page(work, new_course(work), body='<h2 onclick="x()">Los</h2><iframe src="//evil"></iframe>')
    assert lesson.settings == {"body": "<h2>Los</h2>"}
    assert (lesson.revision, lesson.completion) == (2, "marked")


def test_a_stale_lesson_loses_neither_version(work: Work) -> None:
    lesson = new_page(work, new_course(work))
    save_page(work, lesson, body="<p>Ihre</p>", revision=2)
    with pytest.raises(Stale) as stale:
        save_page(work, lesson, body="<p>Meine</p>", revision=2)
    assert stale.value.theirs["settings"] == {"body": "<p>Ihre</p>"}
    assert stale.value.mine["settings"] == {"settings-body": ["<p>Meine</p>"]}
    assert lesson.settings == {"body": "<p>Ihre</p>"}


def test_settings_the_type_refuses_change_nothing(work: Work) -> None:
    lesson = new_page(work, new_course(work))
    with pytest.raises(Invalid):
        save_page(work, lesson, title="Anders", body="")
    assert lesson.settings == {"body": BODY}
    assert lesson.title == "Prüfen"


def test_completion_must_be_one_the_type_allows(work: Work) -> None:
    lesson = new_page(work, new_course(work))
    with pytest.raises(Invalid):
        save_page(work, lesson, completion="passed")


def test_settings_of_a_type_that_is_missing_stay(work: Work) -> None:
    lesson = new_page(work, new_course(work))
    lesson.type = "hologram"
    work.session.flush()
    save_page(work, lesson, title="Umbenannt", body="<p>weg</p>")
    assert lesson.title == "Umbenannt"
    assert lesson.settings == {"body": BODY}


def test_order_within_and_across_sections(work: Work) -> None:
    course = new_course(work)
    a, b, c = (new_page(work, course, title) for title in "ABC")
    second = send(work, "courses.add_section", course=course.id, title="Zwei").values["section"]
    first = course.sections[0].id
    order = {"course": course.id, "list": str(first), "item": [str(c.id), str(a.id), str(b.id)]}
    send(work, "courses.reorder", **order, revision=course.outline_revision)
    assert titles(course) == [["C", "A", "B"], []]
    moved = {"course": course.id, "list": str(second), "item": [str(a.id)]}
    send(work, "courses.reorder", **moved, revision=course.outline_revision)
    assert titles(course) == [["C", "B"], ["A"]]
    swapped = {"course": course.id, "list": "sections", "item": [str(second), str(first)]}
    send(work, "courses.reorder", **swapped, revision=course.outline_revision)
    assert titles(course) == [["A"], ["C", "B"]]


@pytest.mark.parametrize("items", [["foreign"], ["own", "foreign"], ["own", "own"], ["removed"]])
def test_an_order_with_things_of_elsewhere_is_refused(work: Work, items: list[str]) -> None:
    course, other = new_course(work), new_course(work, "Fremd")
    ids = {
        "own": new_page(work, course).id,
        "foreign": new_page(work, other).id,
        "removed": new_page(work, course, "Weg").id,
    }
    send(work, "courses.remove_activity", activity=ids["removed"], revision=course.outline_revision)
    with pytest.raises(Invalid):
        send(
            work,
            "courses.reorder",
            course=course.id,
            revision=course.outline_revision,
            list=str(course.sections[0].id),
            item=[str(ids[name]) for name in items],
        )
    assert work.session.get_one(Activity, ids["foreign"]).section_id == other.sections[0].id


def test_another_courses_section_is_no_place_to_put_things(work: Work) -> None:
    course, other = new_course(work), new_course(work, "Fremd")
    lesson = new_page(work, course)
    order = {"course": course.id, "list": str(other.sections[0].id), "item": [str(lesson.id)]}
    with pytest.raises(Invalid):
        send(work, "courses.reorder", **order, revision=course.outline_revision)
    with pytest.raises(Invalid):
        send(work, "courses.add_activity", course=course.id, section=other.sections[0].id, type="page")


def test_an_order_seen_before_somebody_changed_it_is_stale(work: Work) -> None:
    course = new_course(work)
    lesson = new_page(work, course)
    seen = course.outline_revision
    new_page(work, course, "Neu")
    order = {"course": course.id, "list": str(course.sections[0].id), "item": [str(lesson.id)]}
    with pytest.raises(Conflict):
        send(work, "courses.reorder", **order, revision=seen)


def test_buttons_move_a_place_and_on_into_the_next_section(work: Work) -> None:
    course = new_course(work)
    a, b = new_page(work, course, "A"), new_page(work, course, "B")
    send(work, "courses.add_section", course=course.id, title="Zwei")

    def press(to: str, **what: int) -> list[list[str]]:
        send(work, "courses.move", course=course.id, revision=course.outline_revision, to=to, **what)
        return titles(course)

    assert press("up", activity=b.id) == [["B", "A"], []]
    assert press("down", activity=a.id) == [["B"], ["A"]]
    assert press("down", activity=a.id) == [["B"], ["A"]]
    assert press("up", activity=a.id) == [["B", "A"], []]
    assert press("down", section=course.sections[0].id) == [[], ["B", "A"]]


def test_a_removed_sections_lessons_move_next_door(work: Work) -> None:
    course = new_course(work)
    new_page(work, course, "A")
    second = send(work, "courses.add_section", course=course.id, title="Zwei").values["section"]
    new_page(work, course, "B")
    send(work, "courses.remove_section", section=second, revision=course.outline_revision)
    assert titles(course) == [["A", "B"]]
    with pytest.raises(Invalid):
        send(work, "courses.remove_section", section=course.sections[0].id, revision=course.outline_revision)


def test_a_repeated_key_adds_one_lesson(work: Work) -> None:
    course = new_course(work)
    for _ in range(2):
        send(work, "courses.add_activity", "key-1", course=course.id, type="page")
    assert [len(section.activities) for section in course.sections] == [1]


def test_only_authors_of_the_course_may_edit(work: Work) -> None:
    ours, theirs = new_course(work), new_course(work, "Fremd")
    lesson = new_page(work, theirs)
    apprentice = work_as(work, person(work, "apprentice"))
    author = work_as(work, person(work, Held("academy_trainer", "course", ours.id)))

    send(author, "courses.add_section", course=ours.id, title="Neu")
    for stranger in (apprentice, author):
        with pytest.raises(Missing):
            send(stranger, "courses.add_section", course=theirs.id, title="Neu")
        with pytest.raises(Missing):
            save_page(stranger, lesson)
    with pytest.raises(Denied):
        send(apprentice, "courses.create_course", type="online_module", title="Meiner")


def test_a_type_that_does_not_fit_the_course_cannot_be_added(work: Work) -> None:
    with pytest.raises(Invalid):
        send(work, "courses.add_activity", course=new_course(work).id, type="hologram")


def test_settings_forms_read_prefixed_fields_only(work: Work) -> None:
    kind = authoring.fitting_types(work, new_course(work))[0]
    form = authoring.settings_form(kind, {"settings-body": ["<p>a</p>"], "body": ["<p>b</p>"]})
    assert form.values() == {"body": "<p>a</p>"}
