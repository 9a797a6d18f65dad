"""The courses of the demo academy, and what its apprentices did in them over the last weeks.

Everything goes through the rule functions learners use, only at moments in the past, so that facts, progress and
certificates fit together. Attempts at a quiz are played by the quiz plugin (see `tries`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from courses import answering, enrolment, exchange, learning
from courses.answering import MARK, AnswerForm
from courses.contract import MARKED, PASSED
from courses.models import Activity, Course, Enrolment, Section
from lms.contract import Actor, Held
from lms.people.models import Assignment, Person
from lms.seeding import sign_in_of

if TYPE_CHECKING:
    from lms.work import Work

SAWS, RULES, SURVEY = "handmaschinen-tischler", "fuenf-sicherheitsregeln", "digitales-aufmass"
ALL = 99
EVENING = 16  # the hour, UTC, at which made-up learners work
OF_TRADE = {"tischler": SAWS, "elektroniker_eg": RULES, "zimmerer": SURVEY}


@dataclass(frozen=True)
class Story:
    """What somebody did in a course: when she joined, how many lessons she read, how she fared in the quiz.

    One lesson every `pace` days from the day after joining; one attempt a day after the last lesson. `quiz` holds
    the share of right answers of each attempt.
    """

    person: str
    course: str
    joined: int  # days ago
    lessons: int = 0
    quiz: tuple[float, ...] = ()
    pace: int = 1
    deadline: int | None = None  # days from today; set by the trainer who enrolled her

    def reading(self, lessons: Sequence[Activity]) -> Iterator[tuple[Activity, int]]:
        """The lessons she read, each with how many days ago it was."""
        for n, lesson in enumerate(lessons[: self.lessons]):
            yield lesson, max(0, self.joined - 1 - n * self.pace)


STORIES = (
    Story("lena", SAWS, 6, 2, pace=3),
    Story("lena", SURVEY, 1),
    Story("mehmet", SAWS, 30, ALL, (0.6, 1.0), pace=2),
    Story("mehmet", SURVEY, 8, 3, pace=2),
    Story("sofia", SAWS, 18, 2),  # silent for 16 days
    Story("paul", SAWS, 14, ALL, (0.3, 0.4, 0.5)),  # failed three times
    Story("aylin", SAWS, 41, ALL, (1.0,), pace=2),
    Story("aylin", SURVEY, 20, ALL, (0.9,)),
    Story("jonas", SURVEY, 5, 1, deadline=9),
    Story("finn", SURVEY, 26, ALL, (0.5, 0.9), pace=2),
    Story("minh", SURVEY, 3, deadline=11),
    Story("amira", SURVEY, 13, ALL, pace=1),  # has yet to try the quiz
    Story("emil", RULES, 9, 3, pace=2),
    Story("noor", RULES, 22, ALL, (1.0,), pace=2),
    Story("clara", RULES, 12, 1, deadline=2),
    Story("dariusz", RULES, 40, ALL, (0.9,), pace=3),
    Story("dariusz", SURVEY, 7, 2, pace=2),
    Story("hannes", RULES, 11, ALL, (0.4, 1.0)),
    Story("peter", SURVEY, 10, 2, pace=3),
)


def seed(work: "Work", profile: str) -> Mapping[str, Any]:
    """Publish the library, leave one draft on the workbench, and let people learn."""
    author = acting(work, "katrin", work.now - timedelta(days=70))
    courses = {
        file.library_id: file
        for file in (exchange.load_course_file(author, path) for path in exchange.library())
    }
    draft = _draft(acting(work, "katrin", work.now - timedelta(days=2)), courses[SAWS])
    for story in stories(work, profile):
        _play(work, story, courses[story.course])
    return {"urls": _urls(work, courses[SAWS], draft)}


def stories(work: "Work", profile: str) -> Iterator[Story]:
    """All stories; in acceptance, everybody without one has joined the course of her trade."""
    yield from STORIES
    if profile == "acceptance":
        told = {story.person for story in STORIES}
        others = select(Person).where(Person.trade != "", Person.username.not_in(told)).order_by(Person.id)
        for number, person in enumerate(work.session.scalars(others).all()):
            yield Story(person.username or "", OF_TRADE[person.trade], 2 + 2 * number, number % 4)


def tries(work: "Work", profile: str) -> Iterator[tuple["Work", Activity, float]]:
    """Every attempt the stories tell of: the learner's Work at that moment, the quiz, the share of right answers."""
    for story in stories(work, profile):
        course = work.session.scalars(select(Course).where(Course.library_id == story.course)).one()
        last = min((days_ago for _, days_ago in story.reading(_steps(course, MARKED))), default=story.joined)
        for quiz in _steps(course, PASSED):
            for number, share in enumerate(story.quiz):
                yield acting(work, story.person, _moment(work, last - number, late=1)), quiz, share


def _steps(course: Course, completion: str) -> list[Activity]:
    """The required steps of the course that are finished in this way."""
    steps = [activity for section in course.sections for activity in section.activities]
    return [step for step in steps if step.required and step.completion == completion]


def acting(work: "Work", username: str, at: datetime) -> "Work":
    """The Work of one of the demo's people at a moment in the past, within this transaction."""
    person = work.session.scalars(select(Person).where(Person.username == username)).one()
    held = work.session.execute(
        select(Assignment.role, Assignment.scope_kind, Assignment.scope_id).where(
            Assignment.person_id == person.id
        )
    )
    actor = Actor(
        kind="person",
        person_id=person.id,
        name=person.name,
        locale=person.locale,
        held=tuple(Held(*row) for row in held),
    )
    return work.acting(actor, at)


def _moment(work: "Work", days_ago: int, *, late: int = 0) -> datetime:
    """An evening so many days ago; for today, a moment ago."""
    evening = work.now.replace(hour=EVENING, minute=10, second=0, microsecond=0) - timedelta(days=days_ago)
    return min(evening + timedelta(hours=late), work.now - timedelta(minutes=5 - late))


def _play(work: "Work", story: Story, course: Course) -> None:
    learner = acting(work, story.person, _moment(work, story.joined))
    assert learner.actor.person_id is not None
    trainer = acting(work, "katrin", learner.now)
    deadline = work.today + timedelta(days=story.deadline) if story.deadline else None
    joining, source = (trainer, "trainer") if deadline else (learner, "self")
    enrolment.enter(joining, course, learner.actor.person_id, source=source, deadline=deadline)
    for activity, days_ago in story.reading(_steps(course, MARKED)):
        reader = acting(work, story.person, _moment(work, days_ago))
        learning.opened(reader, activity.id, activity.revision)
        answering.submit(reader, AnswerForm.of({"activity": str(activity.id), MARK: "1"}))


def _draft(author: "Work", like: Course) -> Course:
    """A course that is still being written, for the workbench."""
    course = Course(
        type=like.type,
        title="Oberflächen: ölen und wachsen",
        sort_key="oberflaechen: oelen und wachsen",
        subtitle="Holz schützen, ohne es zu verstecken",
        trade="tischler",
        level="Grundlagen",
        settings=dict(like.settings),
        created_at=author.now,
        created_by=author.actor.person_id,
    )
    section = Section(course=course, position=1, title="Lektionen")
    author.session.add_all([course, section])
    author.session.flush()
    author.session.add(
        Activity(
            course_id=course.id,
            section_id=section.id,
            position=1,
            type="page",
            title="Öl, Wachs oder Lack",
            settings={"body": "<p>Öl dringt ein, Wachs liegt auf, Lack schließt ab. Womit beginnst du?</p>"},
            minutes=10,
        )
    )
    author.session.flush()
    return course


def _urls(work: "Work", course: Course, draft: Course) -> dict[str, Any]:
    """Addresses to try: Lena's next lesson and quiz, and the trainer's pages."""
    people = {person.username: sign_in_of(person) for person in work.session.scalars(select(Person))}
    lena, katrin = people["lena"], people["katrin"]
    theirs = select(Enrolment).join(Person, Person.id == Enrolment.person_id).where(Person.username == "lena")
    done = work.session.scalars(theirs.where(Enrolment.course_id == course.id)).one().states
    lesson, quiz = (
        next(step.id for step in _steps(course, way) if done.get(str(step.id)) != "done")
        for way in (MARKED, PASSED)
    )
    return {
        "course": {"url": f"/courses/{course.id}", "user": lena},
        "lesson": {"url": f"/learn/{lesson}", "user": lena},
        "quiz": {"url": f"/learn/{quiz}", "user": lena},
        "course_unpublished": {"url": f"/courses/{draft.id}", "user": katrin},
        "teach_course": {"url": f"/teach/courses/{course.id}", "user": katrin},
        "matrix": {"url": f"/teach/courses/{course.id}/progress", "user": katrin},
    }
