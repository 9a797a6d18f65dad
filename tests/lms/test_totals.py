"""Who sees numbers only recognises nobody in them; who looks in as an observer reads what for and until when."""

from datetime import timedelta

from lms.contract import Held
from lms.people import totals
from lms.people.models import Assignment
from lms.people.overview import Visit, visits
from lms.testing.fixtures import organisation, person, work_as
from lms.work import Work


def test_small_groups_are_joined_and_never_stand_alone() -> None:
    assert totals.grouped({"a": 9, "b": 6, "c": 3, "d": 2}) == ({"a": 9, "b": 6}, 5)
    assert totals.grouped({"a": 9, "b": 6, "c": 2}) == ({"a": 9}, 8), "c would be found by subtracting"
    assert totals.grouped({"a": 9, "b": 6}) == ({"a": 9, "b": 6}, 0)
    assert totals.grouped({"a": 3}) == ({}, 0)


def test_the_management_sees_numbers_within_its_scope_only(work: Work) -> None:
    north, south = organisation(work, "Nord"), organisation(work, "Süd")
    for number in range(6):
        person(work, Held("apprentice", "organisation", north.id), organisation=north, trade="tischler")
        if number < 3:
            person(work, Held("apprentice", "organisation", south.id), organisation=south, trade="zimmerer")
    manager = work_as(work, person(work, Held("management", "organisation", north.id)))
    told = totals.totals(manager)
    assert told is not None
    assert (told.learners, told.trades, told.others, told.companies) == (6, {"tischler": 6}, 0, 1)
    everywhere = totals.totals(work_as(work, person(work, "management")))
    assert everywhere is not None
    assert (everywhere.learners, everywhere.trades, everywhere.others) == (9, {}, 9)
    assert totals.totals(work_as(work, person(work, "office"))) is None
    assert totals.totals(work_as(work, person(work, "apprentice"))) is None


def test_an_observer_reads_whom_her_visit_is_about_and_until_when(work: Work) -> None:
    guild = organisation(work, "Innung")
    visitor = person(work, Held("observer", "organisation", guild.id), organisation=guild)
    held = work.session.query(Assignment).filter_by(person_id=visitor.id).one()
    held.valid_until, held.purpose = work.today + timedelta(days=3), "Prüfung"
    work.session.flush()
    looking = work_as(work, visitor)
    assert visits(looking) == [Visit("Innung", held.valid_until, "Prüfung")]
    held.valid_until = work.today - timedelta(days=1)
    work.session.flush()
    assert visits(looking) == []
