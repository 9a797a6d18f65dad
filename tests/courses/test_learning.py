"""Opening, saving, submitting, trying again: what happens, and that it happens once."""

import pytest
from sqlalchemy import func, select

from courses import answering, facts, learning
from courses.contract import MARKED, OPENED, PASSED, SUBMITTED
from courses.models import Fact
from lms.errors import Conflict, Missing
from lms.testing.fixtures import person, work_as
from lms.work import Work
from tests.courses import kinds
from tests.courses.learner import Learner


def test_opening_leaves_one_fact_and_the_place_to_go_on(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.open(0)
    lena.open(0)

    assert len(lena.facts("opened")) == 1
    assert lena.enrolment.last_activity_id == lena.steps[0].id
    assert lena.enrolment.last_step_at is not None
    assert lena.enrolment.states == {str(lena.steps[0].id): "opened"}


def test_opening_again_at_once_leaves_nothing_to_do(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.open(0)
    learning.open_activity(lena.work, lena.steps[0].id, {})
    assert lena.work.follow_ups == []


def test_a_step_to_be_seen_is_done_by_opening_it(work: Work) -> None:
    lena = Learner(work, kinds.course(work, ("sheet", OPENED)))
    lena.open(0)
    assert len(lena.facts("done")) == 1
    assert lena.enrolment.completed_at is not None


def test_marking_finishes_a_step_once_and_says_she_said_so(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    first = lena.send(0, mark="1")
    lena.send(0, mark="1")

    assert [fact.self_reported for fact in lena.facts("done")] == [True]
    assert first["next"] == lena.steps[1].id
    assert not lena.attempts(0)


def test_marking_does_not_finish_an_exam(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.send(1, mark="1")
    assert not lena.facts("done")


def test_a_closed_attempt_answers_with_its_outcome_and_has_no_second_effect(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.open(1)
    first = lena.send(1, answer="wrong")
    second = lena.send(1, answer="right")

    assert first["done"] is second["done"] is False
    assert len(lena.facts("tried")) == 1
    assert lena.attempts(1)[0].state == {"answer": "wrong"}


def test_retry_opens_one_attempt_and_only_while_some_are_left(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.open(1)
    lena.send(1, run=answering.retry)
    assert [a.attempt for a in lena.attempts(1)] == [1]
    lena.send(1, answer="wrong")
    lena.send(1, run=answering.retry)
    lena.send(1, run=answering.retry)
    assert [a.attempt for a in lena.attempts(1)] == [1, 2]
    lena.send(1, answer="right")
    with pytest.raises(Conflict):
        lena.send(1, run=answering.retry)
    assert lena.enrolment.states[str(lena.steps[1].id)] == "done"


def test_an_answer_meant_for_an_earlier_attempt_does_not_reach_the_open_one(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.send(1, answer="wrong")
    lena.send(1, run=answering.retry)
    told = lena.send(1, answer="right", attempt="1")

    assert told["done"] is False
    assert lena.attempts(1)[1].closed_at is None
    with pytest.raises(Conflict):
        lena.send(1, answer="right", attempt="3")


def test_an_open_attempt_keeps_the_content_it_was_begun_with(work: Work) -> None:
    made = kinds.course(work, ("exam", PASSED))
    lena = Learner(work, made)
    lena.open(0)
    lena.steps[0].settings, lena.steps[0].revision = {"key": "new"}, 2
    kinds.publish(work, made)

    assert lena.send(0, answer="right")["done"] is True

    tom = Learner(work, made)
    tom.open(0)
    assert tom.send(0, answer="right")["done"] is False


def test_an_attempt_without_work_moves_to_the_new_content_when_it_is_opened_again(work: Work) -> None:
    made = kinds.course(work, ("exam", PASSED))
    lena = Learner(work, made)
    lena.open(0)
    lena.steps[0].settings, lena.steps[0].revision = {"key": "new", "question": "Neu?"}, 2
    kinds.publish(work, made)

    lesson = lena.open(0)
    assert lesson.page is not None
    assert "Neu?" in lesson.page.values["body"]
    assert lena.send(0, answer="new")["done"] is True


def test_settings_of_an_older_version_are_brought_up_to_date(work: Work) -> None:
    lesson = Learner(work, kinds.course(work, ("exam", PASSED))).open(0)
    assert lesson.at is not None
    assert lesson.at.settings["question"] == "Frage"


def test_saving_keeps_work_and_place_and_a_closed_attempt_stays(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    revision = lena.send(1, run=answering.save, answer="half", place="7")["revision"]
    lena.send(1, run=answering.save, place="9")
    lesson = lena.open(1)

    assert lesson.at is not None
    assert lesson.at.state == {"draft": "half"}
    assert lesson.scroll == 9
    assert lena.send(1, run=answering.save, answer="more")["revision"] > revision
    lena.send(1, answer="right")
    lena.send(1, run=answering.save, answer="late")
    assert lena.attempts(1)[0].state == {"answer": "right"}
    assert len(lena.facts("tried")) == 1


def test_saving_what_no_database_can_hold_is_tidied(work: Work) -> None:
    lena = Learner(work, kinds.course(work))
    lena.send(1, run=answering.save, answer="a\x00b\ud800")
    assert lena.attempts(1)[0].state == {"draft": "ab?"}


def test_handing_in_is_enough_where_the_author_says_so(work: Work) -> None:
    lena = Learner(work, kinds.course(work, ("exam", SUBMITTED)))
    lena.send(0, answer="wrong")
    assert len(lena.facts("done")) == 1


def test_what_was_revoked_can_be_done_again(work: Work) -> None:
    lena = Learner(work, kinds.course(work, ("exam", PASSED), ("sheet", MARKED)))
    lena.send(1, mark="1")
    facts.revoke(work, lena.facts("done")[0], "irrtümlich")
    work.session.refresh(lena.enrolment)
    assert lena.enrolment.states == {}
    lena.send(1, mark="1")
    assert lena.enrolment.states == {str(lena.steps[1].id): "done"}
    assert len(lena.facts("done")) == 2


def test_a_closed_step_shows_its_reason_and_accepts_nothing(work: Work) -> None:
    lena = Learner(work, kinds.course(work, type="in_line"))
    lesson = lena.open(1)

    assert lesson.problem == "closed"
    assert lesson.page is None
    assert lesson.place.gate == "Erst „Schritt 1“ fertig machen."
    for run in (answering.submit, answering.save, answering.retry):
        with pytest.raises(Conflict):
            lena.send(1, run=run, answer="right")
    assert not lena.facts("opened")
    lena.send(0, mark="1")
    assert lena.open(1).page is not None


def test_strangers_and_those_who_left_see_nothing(work: Work) -> None:
    made = kinds.course(work, listed=False)
    lena = Learner(work, made)
    stranger = work_as(work, person(work, "apprentice"))

    assert learning.open_activity(stranger, lena.steps[0].id, {}) is None
    with pytest.raises(Missing):
        learning.course_of(stranger, lena.steps[0].id)
    lena.enrolment.state = "ended"
    with pytest.raises(Missing):
        lena.send(0, mark="1")


def test_a_step_that_was_taken_out_is_not_there(work: Work) -> None:
    made = kinds.course(work)
    lena = Learner(work, made)
    lena.steps[0].removed_at = work.now
    kinds.publish(work, made)
    with pytest.raises(Missing):
        lena.open(0)


def test_a_missing_kind_leaves_a_placeholder_and_the_data(work: Work) -> None:
    lena = Learner(work, kinds.course(work, ("gone", PASSED)))
    assert lena.open(0).problem == "missing"
    with pytest.raises(Conflict):
        lena.send(0, answer="x")
    assert not lena.attempts(0)


def test_a_failing_kind_is_boxed_and_changes_nothing(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work.house.registry, "strict", False)
    lena = Learner(work, kinds.course(work, ("broken", SUBMITTED)))
    assert lena.open(0).problem == "failed"
    with pytest.raises(Conflict):
        lena.send(0, answer="x")
    assert work.session.scalar(select(func.count()).select_from(Fact).where(Fact.kind == "tried")) == 0
