"""Publishing: what blocks it, what it freezes, and that learners only see what is online."""

import pytest
from sqlalchemy import select

from courses import learning, publishing
from courses.models import ActivityRevision, Course, CourseVersion, Enrolment
from lms.errors import Conflict, Invalid
from lms.jobs import OutboxJob
from lms.testing.fixtures import person, work_as
from lms.work import Work
from tests.courses import kinds
from tests.courses.authors import BODY, new_course, new_page, save_page, send


def blocking(work: Work, course: Course) -> list[str]:
    work.session.flush()
    work.session.expire_all()
    return [str(problem.text) for problem in publishing.problems(work, course)]


def version_of(work: Work, course: Course) -> CourseVersion:
    assert course.version_id is not None
    return work.session.get_one(CourseVersion, course.version_id)


def test_an_empty_course_cannot_go_online(work: Work) -> None:
    course = new_course(work)
    assert blocking(work, course) == ["Der Kurs hat noch keine Lektion."]
    with pytest.raises(Invalid):
        send(work, "courses.publish", course=course.id)
    assert (course.state, course.version_id) == ("draft", None)


def test_what_blocks_is_named_with_its_lesson(work: Work) -> None:
    course = new_course(work)
    lesson = new_page(work, course, body='<p>Siehe</p><img src="/files/1/a.png">', required=False)
    new_page(work, course, required=False)
    found = publishing.problems(work, course)
    assert [(str(p.text), p.activity) for p in found] == [
        ("Mindestens eine Lektion muss zum Abschluss gehören.", None),
        ("Einem Bild fehlt die Beschreibung.", lesson),
    ]


def test_an_empty_quiz_blocks(work: Work) -> None:
    course = new_course(work)
    send(work, "courses.add_activity", course=course.id, type="quiz")
    assert "Das Quiz hat noch keine Fragen." in blocking(work, course)


def test_a_picture_without_words_in_the_description_blocks(work: Work) -> None:
    course = new_course(work)
    new_page(work, course)
    course.description = '<img src="/files/1/a.png" alt=" ">'
    assert len(blocking(work, course)) == 1


def test_publishing_freezes_outline_and_content(work: Work) -> None:
    course = new_course(work)
    lesson = new_page(work, course, minutes=15)
    send(work, "courses.publish", course=course.id)
    version = version_of(work, course)
    assert (course.state, version.number, version.settings) == ("published", 1, {"order": "free"})
    assert version.outline == [
        {
            "id": lesson.id,
            "type": "page",
            "title": "Prüfen",
            "section": "Abschnitt 1",
            "completion": "marked",
            "required": True,
            "minutes": 15,
            "revision": lesson.revision,
        }
    ]
    frozen = work.session.get_one(ActivityRevision, (lesson.id, lesson.revision))
    assert (frozen.title, frozen.settings) == ("Prüfen", {"body": BODY})


def test_a_second_version_freezes_only_what_changed(work: Work) -> None:
    course = new_course(work)
    new_page(work, course, "Bleibt")
    lesson = new_page(work, course)
    send(work, "courses.publish", course=course.id)
    assert not publishing.changed(course, version_of(work, course))
    save_page(work, lesson, body="<p>Neu</p>")
    assert publishing.changed(course, version_of(work, course))
    send(work, "courses.publish", course=course.id)
    assert version_of(work, course).number == 2
    assert len(work.session.scalars(select(ActivityRevision)).all()) == 3


def test_learners_see_the_old_version_until_the_next_is_published(work: Work) -> None:
    course = new_course(work)
    lesson = new_page(work, course, body="<p>Alt</p>")
    send(work, "courses.publish", course=course.id)
    lena = person(work, "apprentice")
    kinds.enrolled(work, course, lena)

    def body() -> str:
        opened = learning.open_activity(work_as(work, lena), lesson.id, {})
        assert opened is not None and opened.page is not None
        return str(opened.page.values["body"])

    save_page(work, lesson, title="Anders", body="<p>Neu</p>")
    new_page(work, course, "Noch eine")
    assert body() == "<p>Alt</p>"
    send(work, "courses.publish", course=course.id)
    assert body() == "<p>Neu</p>"


def test_a_removed_lesson_stays_online_until_published(work: Work) -> None:
    course = new_course(work)
    lesson = new_page(work, course)
    new_page(work, course, "Bleibt")
    send(work, "courses.publish", course=course.id)
    send(work, "courses.remove_activity", activity=lesson.id, revision=course.outline_revision)
    assert version_of(work, course).outline[0]["id"] == lesson.id
    send(work, "courses.publish", course=course.id)
    assert lesson.id not in [step["id"] for step in version_of(work, course).outline]


def test_people_are_counted_anew_at_once_or_by_a_job(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    course = new_course(work)
    new_page(work, course)
    send(work, "courses.publish", course=course.id)
    enrolment = kinds.enrolled(work, course, person(work, "apprentice"))
    new_page(work, course, "Zweite")
    send(work, "courses.publish", course=course.id)
    assert work.session.get_one(Enrolment, enrolment.id).total == 2

    monkeypatch.setattr(publishing, "AT_ONCE", 0)
    new_page(work, course, "Dritte")
    send(work, "courses.publish", course=course.id)
    job = work.session.scalars(select(OutboxJob).where(OutboxJob.name == "courses.refresh")).one()
    assert job.arguments == {"course_id": course.id}
    assert work.session.get_one(Enrolment, enrolment.id).total == 2


def test_an_archived_course_comes_back_by_publishing(work: Work) -> None:
    course = new_course(work)
    new_page(work, course)
    with pytest.raises(Conflict):
        send(work, "courses.archive", course=course.id)
    send(work, "courses.publish", course=course.id)
    send(work, "courses.archive", course=course.id)
    assert course.state == "archived"
    send(work, "courses.publish", course=course.id)
    assert (course.state, version_of(work, course).number) == ("published", 2)


def test_a_lesson_whose_plugin_is_gone_blocks_only_while_it_was_never_online(work: Work) -> None:
    course = new_course(work)
    lesson = new_page(work, course)
    send(work, "courses.publish", course=course.id)
    lesson.type = "hologram"
    work.session.flush()
    assert blocking(work, course) == []
    save_page(work, lesson, title="Umbenannt")
    assert blocking(work, course) == ["Das Plugin für diese Art von Lektion fehlt gerade."]
