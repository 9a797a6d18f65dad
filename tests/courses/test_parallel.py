"""What many threads do at once happens once. On a database of its own, with real commits."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from courses import answering, enrolment
from courses.contract import PASSED
from courses.models import ActivityState, Enrolment, Fact
from lms import commands
from lms.contract import Actor, Held, system
from lms.house import House
from lms.testing.fixtures import person
from lms.work import Work
from tests.courses import kinds

MANY = 20


def at_once(act: Callable[[int], None]) -> list[BaseException]:
    """Let `act` run in many threads that start together; what they raised."""
    barrier, raised = threading.Barrier(MANY), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            act(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def count(work: Work, model: type[Any], *where: Any) -> int | None:
    return work.session.scalar(select(func.count()).select_from(model).where(*where))


def test_twenty_submits_are_one_try_and_twenty_retries_one_attempt(own_house: House) -> None:
    kinds.register(own_house.registry)
    with own_house.work(system("test")) as work:
        lena = person(work, "apprentice")
        course = kinds.course(work, ("exam", PASSED))
        activity_id, course_id, person_id = kinds.activities(work, course)[0].id, course.id, lena.id
    actor = Actor(kind="person", person_id=person_id, held=(Held("apprentice"),))

    def run(name: str, form: answering.AnswerForm | enrolment.JoinForm, key: str) -> None:
        assert form.validate()
        with own_house.work(actor) as work:
            commands.run(work, own_house.registry.commands[name], form, key)

    def answer(name: str, number: int, text: str) -> None:
        posted = MultiDict({"activity": str(activity_id), "answer": text})
        run(name, answering.AnswerForm(posted), f"{name}-{text}-{number}")

    assert not at_once(
        lambda number: run(
            "courses.join", enrolment.JoinForm(MultiDict({"course": str(course_id)})), f"join-{number}"
        )
    )
    assert not at_once(lambda number: answer("courses.submit", number, "wrong"))
    assert not at_once(lambda number: answer("courses.retry", number, ""))
    assert not at_once(lambda number: answer("courses.submit", number, "right"))

    with own_house.work(system("test"), readonly=True) as work:
        assert count(work, Enrolment) == 1
        assert count(work, Fact, Fact.kind == "tried") == 2
        assert count(work, Fact, Fact.kind == "done") == 1
        assert count(work, Fact, Fact.kind == "completed") == 1
        assert count(work, ActivityState) == 2
