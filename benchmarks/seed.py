"""A large academy: 100 courses, one of them with 50 activities and 1,000 learners, half of it done."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from courses import progress
from courses.models import Activity, ActivityRevision, Course, CourseVersion, Enrolment, Fact
from lms.people import signing_in
from lms.people.models import Assignment, Person
from lms.work import Work

PASSWORD = "schnelles-Werkzeug-8"
LEARNERS = 1000
COURSES = 100
PAGES = 48  # and two quizzes
PARAGRAPH = "<p>Ein Schwalbenschwanz hält, weil er sich in eine Richtung nicht ziehen lässt. " * 12 + "</p>"


def question(n: int) -> dict[str, Any]:
    """A single-choice question whose second option is right."""
    options = [{"id": f"q{n}o{i}", "text": f"Antwort {i}", "correct": i == 1} for i in range(4)]
    return {
        "id": f"q{n}",
        "type": "single",
        "prompt": f"Frage {n}: Welche Schräge nimmst du bei Eiche?",
        "options": options,
        "explanation": "Eiche ist Hartholz.",
        "points": 1,
        "lesson": "",
    }


QUIZ = {"questions": [question(n) for n in range(10)], "pass_percent": 60, "attempts": 0, "shuffle": False}


def fill(
    work: Work, *, learners: int = LEARNERS, courses: int = COURSES, pages: int = PAGES
) -> dict[str, int]:
    """Write the academy into an empty database; ids of the large course, one lesson and one quiz of it."""
    big = make_course(work, 0, pages=pages, quizzes=2)
    for n in range(1, courses):
        make_course(work, n, pages=3, quizzes=0)
    people = add_people(work, learners)
    enrol(work, big, people)
    steps = work.session.get_one(CourseVersion, big.version_id).outline
    open_page = next(s["id"] for s in steps[len(steps) // 2 :] if s["type"] == "page")
    quiz = next(s["id"] for s in reversed(steps) if s["type"] == "quiz")
    return {"course": big.id, "lesson": open_page, "quiz": quiz}


def make_course(work: Work, n: int, *, pages: int, quizzes: int) -> Course:
    """A published course with so many pages and quizzes."""
    course = Course(
        type="online_module",
        title=f"Kurs {n:03d}",
        sort_key=f"kurs {n:03d}",
        state="published",
        created_at=work.now,
        settings={"order": "free"},
        objectives=["Zinken einteilen", "Schrägen wählen"],
    )
    work.session.add(course)
    work.session.flush()
    outline = []
    for position in range(pages + quizzes):
        kind = "page" if position < pages else "quiz"
        settings = {"body": PARAGRAPH * 3} if kind == "page" else QUIZ
        completion = "marked" if kind == "page" else "passed"
        title = f"Lektion {position + 1}" if kind == "page" else f"Quiz {position + 1}"
        activity = Activity(
            course_id=course.id,
            position=position,
            type=kind,
            title=title,
            settings=settings,
            completion=completion,
            minutes=10,
        )
        work.session.add(activity)
        work.session.flush()
        work.session.add(
            ActivityRevision(
                activity_id=activity.id, revision=1, title=title, type=kind, settings=settings, type_version=1
            )
        )
        outline.append(
            {
                "id": activity.id,
                "type": kind,
                "title": title,
                "section": f"Teil {position // 10 + 1}",
                "completion": completion,
                "required": True,
                "minutes": 10,
                "revision": 1,
            }
        )
    version = CourseVersion(
        course_id=course.id, number=1, outline=outline, settings=course.settings, published_at=work.now
    )
    work.session.add(version)
    work.session.flush()
    course.version_id = version.id
    work.session.flush()
    return course


def add_people(work: Work, learners: int) -> list[int]:
    """Apprentices learner0, learner1 ... and the trainer 'trainer'; all with the same password."""
    password = signing_in.hasher.hash(PASSWORD)
    rows = [
        {
            "given_name": "Lena",
            "family_name": f"Muster {n:04d}",
            "sort_key": f"muster {n:04d} lena",
            "username": f"learner{n}",
            "password_hash": password,
            "created_at": work.now,
        }
        for n in range(learners)
    ]
    rows.append({**rows[0], "family_name": "Lorenz", "sort_key": "lorenz", "username": "trainer"})
    ids = list(work.session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows))
    roles = ["apprentice"] * learners + ["academy_trainer"]
    work.session.execute(
        insert(Assignment), [{"person_id": i, "role": r} for i, r in zip(ids, roles, strict=True)]
    )
    return ids[:-1]


def enrol(work: Work, course: Course, people: list[int]) -> None:
    """Everybody in the course; the first half of its steps opened and done."""
    steps = [s["id"] for s in work.session.get_one(CourseVersion, course.version_id).outline]
    half = steps[: len(steps) // 2]
    enrolments = [
        {
            "person_id": person,
            "course_id": course.id,
            "enrolled_at": work.now - timedelta(days=30),
            "version_id": course.version_id,
            "states": {str(step): "done" for step in half},
            "done": len(half),
            "total": len(steps),
            "last_activity_id": half[-1],
            "last_step_at": work.now - timedelta(days=person % 20),
        }
        for person in people
    ]
    statement = insert(Enrolment).returning(Enrolment.id, sort_by_parameter_order=True)
    ids = list(work.session.scalars(statement, enrolments))
    for start in range(0, len(ids), 100):
        work.session.execute(
            insert(Fact),
            [
                {
                    "key": f"{kind}:{enrolment}:{step}",
                    "person_id": person,
                    "enrolment_id": enrolment,
                    "subject": f"activity:{step}",
                    "kind": kind,
                    "at": work.now - timedelta(days=20),
                    "received_at": work.now,
                }
                for enrolment, person in list(zip(ids, people, strict=True))[start : start + 100]
                for step in half
                for kind in ("opened", "done")
            ],
        )
    progress.rebuild(work, work.session.get_one(Enrolment, ids[0]))
