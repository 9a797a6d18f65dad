"""Course files: the three we ship become courses; a bad one says where and why."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from courses import coursefile, exchange
from courses.coursefile import CourseFileError
from courses.models import Activity, Course, CourseVersion
from lms.errors import Denied
from lms.testing.fixtures import person, work_as
from lms.work import Work
from tests.courses.authors import titles


@pytest.mark.parametrize("path", exchange.library(), ids=lambda path: path.stem)
def test_a_library_course_goes_online_with_all_its_content(work: Work, path: Path) -> None:
    file = coursefile.read(path)
    course = exchange.load_course_file(work, path)
    version = work.session.get_one(CourseVersion, course.version_id)
    lessons, quiz, sources = titles(course)

    assert course.state == "published" and version.number == 1
    assert lessons == [lesson.title for lesson in file.lessons]
    assert (len(quiz), sources) == (1, ["Quellen"])
    assert course.objectives == list(file.objectives)
    assert sum(step["minutes"] for step in version.outline) == file.minutes == course.minutes
    assert [step["required"] for step in version.outline] == [True] * (len(file.lessons) + 1) + [False]


def test_every_word_of_the_lessons_and_sources_carries_over(work: Work) -> None:
    for path in exchange.library():
        file = coursefile.read(path)
        course = exchange.load_course_file(work, path)
        words = " ".join(
            str(activity.settings.get("body", ""))
            for section in course.sections
            for activity in section.activities
        ).replace("&amp;", "&")
        for lesson in file.lessons:
            for block in lesson.content:
                for text in (block.body, *block.items):
                    assert text in words
        for source in file.sources:
            assert source["fact"] in words and source["ref"] in words
        assert file.review in words


def test_the_quiz_knows_its_questions_and_pass_mark(work: Work) -> None:
    course = exchange.load_course_file(work, exchange.LIBRARY / "fuenf_sicherheitsregeln.yaml")
    quiz = course.sections[1].activities[0]
    assert (quiz.type, quiz.completion, quiz.settings["pass_percent"]) == ("quiz", "passed", 100)
    assert len(quiz.settings["questions"]) == 8


def test_loading_twice_gives_the_same_course(work: Work) -> None:
    path = exchange.library()[0]
    first = exchange.load_course_file(work, path)
    assert exchange.load_course_file(work, path) is first
    assert work.session.scalar(select(func.count()).select_from(Course)) == 1


def test_only_authors_may_load(work: Work) -> None:
    with pytest.raises(Denied):
        exchange.load_course_file(work_as(work, person(work, "apprentice")), exchange.library()[0])


BAD = """schema: sample_course/1
id: krumm
lessons:
- id: l1
  title: ''
  minutes: -3
  content:
  - type: video
  - 5
- id: l1
  title: Zwei
  content:
  - type: list
    items: [1]
trade: 7
"""


def test_every_problem_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "krumm.yaml"
    path.write_text(BAD)
    with pytest.raises(CourseFileError) as refused:
        coursefile.read(path)
    assert refused.value.problems == [
        "Zeile 5: „title“ fehlt",
        "Zeile 6: „minutes“ muss eine Zahl von 0 bis 6000 sein",
        "Zeile 8: „video“ ist keine Art von Inhalt",
        "Zeile 9: in „content“ wird ein Eintrag mit Feldern erwartet",
        "Zeile 14: „items“ darf nur Texte enthalten",
        "Zeile 3: die Kennung „l1“ steht zweimal",
        "Zeile 1: „title“ fehlt",
        "Zeile 15: „trade“ muss ein Text sein",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a: &x [1]\nb: *x\n",
        "- " * 5000,
        "a: 1\na: 2\n",
        "\x00",
        "",
        "5",
        "x: !!python/name:os.system\n",
    ],
)
def test_hostile_files_are_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "boese.yaml"
    path.write_text(text)
    with pytest.raises(CourseFileError):
        coursefile.read(path)


def test_a_file_with_an_impossible_quiz_leaves_nothing_online(work: Work, tmp_path: Path) -> None:
    text = (exchange.LIBRARY / "digitales_aufmass.yaml").read_text()
    path = tmp_path / "aufmass.yaml"
    path.write_text(text.replace("type: numeric", "type: telepathy", 1))
    with pytest.raises(CourseFileError, match="Zeile 121"):
        exchange.load_course_file(work, path)
    assert work.session.scalar(select(func.count()).select_from(CourseVersion)) == 0


def test_markup_in_a_course_file_is_only_text(work: Work, tmp_path: Path) -> None:
    text = (exchange.LIBRARY / "digitales_aufmass.yaml").read_text()
    path = tmp_path / "aufmass.yaml"
    path.write_text(
        text.replace("body: Eine gute Skizze", "body: <script>alert(1)</script><b>Eine</b> gute Skizze")
    )
    course = exchange.load_course_file(work, path)
    bodies = [
        a.settings.get("body", "")
        for a in work.session.scalars(select(Activity).filter_by(course_id=course.id))
    ]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;Eine" in body for body in bodies)
