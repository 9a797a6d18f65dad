"""Progress: what is stored is what the ledger says, whatever happened and in whatever order."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from courses import answering, facts, progress
from courses.contract import MARKED, OPENED, PASSED, CourseCompleted
from courses.models import Course, CourseVersion, Enrolment, Fact
from lms.errors import Conflict, Missing
from lms.testing.fixtures import person, work_as
from lms.work import Work
from tests.courses import kinds
from tests.courses.learner import Learner

FIGURES = ("version_id", "states", "tries", "stuck", "done", "total", "completed_at")
INDEX = st.integers(0, 3)
EVENTS = st.one_of(
    st.tuples(st.just("open"), INDEX),
    st.tuples(st.just("mark"), INDEX),
    st.tuples(st.just("right"), INDEX),
    st.tuples(st.just("wrong"), INDEX),
    st.tuples(st.just("retry"), INDEX),
    st.tuples(st.just("waive"), INDEX),
    st.tuples(st.just("revoke"), st.integers(0, 30)),
    st.tuples(st.just("publish"), st.sampled_from(["sheet", "exam", "optional", "drop"])),
)


def figures(enrolment: Enrolment) -> dict[str, Any]:
    return {name: getattr(enrolment, name) for name in FIGURES}


class Story:
    """A course, somebody in it, and a trainer; `tell` lets one thing happen."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.course = kinds.course(work, ("sheet", OPENED), ("sheet", MARKED), ("exam", PASSED))
        self.lena = Learner(work, self.course)
        self.trainer = work_as(work, person(work, "academy_trainer"))

    def tell(self, what: str, which: Any) -> None:
        if what == "publish":
            return self.publish(which)
        if what == "revoke":
            return self.revoke(which)
        steps = kinds.activities(self.work, self.course)
        self.lena.steps = steps
        index = which % len(steps)
        try:
            if what == "open":
                self.lena.open(index)
            elif what == "retry":
                self.lena.send(index, run=answering.retry)
            elif what == "waive":
                self.waive(steps[index].id)
            else:
                self.lena.send(index, **({"mark": "1"} if what == "mark" else {"answer": what}))
        except (Conflict, Missing):
            pass

    def waive(self, step_id: int) -> None:
        enrolment = self.lena.enrolment
        facts.append(
            self.trainer,
            key=f"waived:{enrolment.id}:{step_id}",
            person_id=enrolment.person_id,
            enrolment_id=enrolment.id,
            subject=f"activity:{step_id}",
            kind="waived",
        )
        progress.refresh(self.trainer, enrolment)

    def revoke(self, which: int) -> None:
        self.work.session.flush()
        found = self.work.session.scalars(
            facts.standing(self.work).where(Fact.enrolment_id == self.lena.enrolment.id).order_by(Fact.id)
        ).all()
        if found:
            facts.revoke(self.trainer, found[which % len(found)], "Irrtum")

    def publish(self, change: str) -> None:
        steps = kinds.activities(self.work, self.course)
        if change == "drop" and len(steps) > 1:
            steps[-1].removed_at = self.work.now
        elif change == "optional":
            steps[0].required = not steps[0].required
        elif change != "drop":
            kinds.add_step(self.work, self.course, change, PASSED if change == "exam" else MARKED)
        self.work.session.flush()
        kinds.publish(self.work, self.course)
        progress.refresh_course(self.work, self.course.id)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(EVENTS, max_size=25))
def test_rebuilt_progress_is_the_stored_one(work: Work, history: list[tuple[str, Any]]) -> None:
    story = Story(work)
    for what, which in history:
        story.tell(what, which)
    enrolment = story.lena.enrolment
    work.session.flush()
    work.session.refresh(enrolment)
    stored = figures(enrolment)

    for name, empty in (("states", {}), ("tries", {}), ("stuck", False), ("done", 0), ("total", 0)):
        setattr(enrolment, name, empty)
    enrolment.completed_at = enrolment.version_id = None
    progress.rebuild(work, enrolment)
    work.session.flush()
    work.session.refresh(enrolment)

    assert figures(enrolment) == stored


def test_a_new_lesson_takes_no_completion_away(work: Work) -> None:
    course = kinds.course(work, ("sheet", MARKED))
    lena = Learner(work, course)
    lena.send(0, mark="1")
    completed_at = lena.enrolment.completed_at
    kinds.add_step(work, course, "sheet")
    kinds.publish(work, course)
    progress.refresh_course(work, course.id)
    progress.rebuild(work, lena.enrolment)

    assert lena.enrolment.completed_at == completed_at is not None
    assert (lena.enrolment.done, lena.enrolment.total) == (1, 2)
    assert len(lena.facts("completed")) == 1


def test_completion_is_announced_once(work: Work, monkeypatch: Any) -> None:
    heard: list[object] = []
    monkeypatch.setattr(work.house.registry, "publish", lambda work, event: heard.append(event))
    lena = Learner(work, kinds.course(work, ("sheet", MARKED)))
    lena.send(0, mark="1")
    lena.send(0, mark="1")
    progress.refresh(work, lena.enrolment)
    assert [type(event) for event in heard].count(CourseCompleted) == 1


def test_a_large_course_is_recounted_in_batches(work: Work, monkeypatch: Any) -> None:
    monkeypatch.setattr(progress, "BATCH", 2)
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(Work, "enqueue", lambda self, job, **values: queued.append(values))
    course = kinds.course(work)
    people = [kinds.enrolled(work, course, person(work, "apprentice")) for _ in range(3)]
    version = kinds.publish(work, course)

    progress.refresh_course(work, course.id)
    assert queued == [{"course_id": course.id}]
    progress.refresh_course(work, course.id)
    work.session.flush()
    assert {one.version_id for one in people} == {version.id}


def test_a_version_knows_how_much_it_holds(work: Work) -> None:
    course: Course = kinds.course(work)
    version = work.session.scalars(select(CourseVersion).where(CourseVersion.course_id == course.id)).one()
    assert (version.lessons, version.minutes) == (2, 20)


def test_three_failed_tries_count_as_stuck_until_it_is_done(work: Work) -> None:
    course = kinds.course(work, ("exam", PASSED))
    kinds.activities(work, course)[0].settings = {"attempts": None}
    kinds.activities(work, course)[0].revision = 2
    kinds.publish(work, course)
    lena = Learner(work, course)
    for _ in range(3):
        lena.send(0, answer="wrong")
        lena.send(0, run=answering.retry)
    assert lena.enrolment.stuck
    lena.send(0, answer="right")
    assert not lena.enrolment.stuck
    assert lena.enrolment.tries == {str(lena.steps[0].id): 4}
