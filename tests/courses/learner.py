"""Somebody who learns, for tests."""

from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from courses import answering, learning
from courses.models import Activity, ActivityState, Course, Enrolment, Fact
from lms.people.models import Person
from lms.testing.fixtures import person, work_as
from lms.work import Work
from tests.courses import kinds


class Learner:
    """Somebody in a course, and what she does."""

    def __init__(self, work: Work, course: Course) -> None:
        self.person: Person = person(work, "apprentice")
        self.enrolment: Enrolment = kinds.enrolled(work, course, self.person)
        self.work = work_as(work, self.person)
        self.steps: list[Activity] = kinds.activities(work, course)

    def open(self, index: int, **args: str) -> learning.Lesson:
        lesson = learning.open_activity(self.work, self.steps[index].id, args)
        assert lesson is not None
        waiting, self.work.follow_ups = self.work.follow_ups, []
        for run, arguments in waiting:
            run(self.work, *arguments)
        return lesson

    def send(self, index: int, run: Any = answering.submit, **posted: Any) -> dict[str, Any]:
        form = answering.AnswerForm(MultiDict({"activity": str(self.steps[index].id), **posted}))
        assert form.validate(), form.errors
        return dict(run(self.work, form).values)

    def facts(self, kind: str) -> list[Fact]:
        self.work.session.flush()
        statement = select(Fact).where(Fact.enrolment_id == self.enrolment.id, Fact.kind == kind)
        return list(self.work.session.scalars(statement.order_by(Fact.id)))

    def attempts(self, index: int) -> list[ActivityState]:
        statement = select(ActivityState).where(
            ActivityState.enrolment_id == self.enrolment.id, ActivityState.activity_id == self.steps[index].id
        )
        return list(self.work.session.scalars(statement.order_by(ActivityState.attempt)))
