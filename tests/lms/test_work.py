"""Work, permissions and commands: the promises every rule function relies on."""

import pytest
from sqlalchemy import select

from lms import commands
from lms.audit import AuditLine
from lms.commands import CommandRecord
from lms.contract import Command, Done, Held
from lms.errors import Conflict, Denied, Missing
from lms.forms import BaseForm
from lms.people.models import Person
from lms.testing.fixtures import organisation, person, work_as
from lms.work import Work


def test_a_company_trainer_reaches_her_own_company_only(work: Work) -> None:
    ours, theirs = organisation(work, "Böhme"), organisation(work, "Arndt")
    lena = person(work, "apprentice", organisation=ours)
    stranger = person(work, "apprentice", organisation=theirs)
    trainer = work_as(work, person(work, Held("company_trainer", "organisation", ours.id), organisation=ours))

    listed = trainer.session.scalars(trainer.allowed("people.view", Person)).all()

    assert lena in listed
    assert stranger not in listed
    assert trainer.get("people.view", Person, lena.id) is lena
    with pytest.raises(Missing):
        trainer.get("people.view", Person, stranger.id)


def test_visible_but_not_allowed_is_denied_and_invisible_is_missing(work: Work) -> None:
    ours = organisation(work)
    lena = person(work, "apprentice", organisation=ours)
    trainer = work_as(work, person(work, Held("company_trainer", "organisation", ours.id), organisation=ours))
    stranger = work_as(work, person(work, "apprentice"))

    with pytest.raises(Denied):
        trainer.require("people.edit", lena)
    with pytest.raises(Missing):
        stranger.require("people.edit", lena)


class NameForm(BaseForm):
    pass


def test_a_repeated_key_has_one_effect_and_one_audit_line(work: Work) -> None:
    calls = []

    def act(work: Work, form: BaseForm) -> Done:
        calls.append(1)
        return Done(subject="thing:1", values={"answer": 42})

    command = Command(name="test.act", form=NameForm, run=act)
    first = commands.run(work, command, NameForm(), "key-1")
    second = commands.run(work, command, NameForm(), "key-1")

    assert calls == [1]
    assert first.values == second.values == {"answer": 42}
    assert len(work.session.scalars(select(AuditLine).where(AuditLine.action == "test.act")).all()) == 1
    assert work.session.scalars(select(CommandRecord)).one().subject == "thing:1"


def test_the_same_key_for_something_else_is_a_conflict(work: Work) -> None:
    commands.once(work, "test.act", "key-1", {"a": 1}, Done)
    with pytest.raises(Conflict):
        commands.once(work, "test.act", "key-1", {"a": 2}, Done)


def test_a_reading_work_cannot_write(work: Work) -> None:
    reading = Work(work.house, work.actor, readonly=True)
    reading.session.add(Person(given_name="A", family_name="B", sort_key="b", created_at=work.now))
    with pytest.raises(RuntimeError, match="reading request"):
        reading.session.flush()
    reading.close()
