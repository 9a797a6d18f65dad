"""Seeding: everything that is promised about a filled installation, in a database of its own."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from courses import progress
from courses.models import Enrolment
from lms import house as houses
from lms import migrate, seeding
from lms.app import create_app
from lms.contract import system
from lms.house import House
from lms.people import signing_in
from lms.people.models import Membership, Organisation, Person
from lms.seeding import SeedingRefused
from lms.testing.fixtures import sign_in, test_config
from lms.testing.postgres import database_url

ROLES = ("administrator", "office", "academy_trainer", "company_trainer", "apprentice", "observer")
URLS = ("course", "lesson", "quiz", "course_unpublished", "teach_course", "matrix", "verify_valid")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[House]:
    """An installation filled for acceptance; seeding is fast, but not so fast as to do it for every test."""
    if os.environ.get("LMS_TEST_DATABASE") == "postgres":
        with database_url(request.getfixturevalue("postgres_server")) as url:
            yield from _filled(test_config(tmp_path_factory.mktemp("filled"), url))
    else:
        yield from _filled(test_config(tmp_path_factory.mktemp("filled")))


def _filled(config: Any) -> Iterator[House]:
    house = houses.build(config, strict=True)
    migrate.upgrade(house.registry, house.database)
    assert seeding.seed(house, "acceptance")
    yield house
    house.database.dispose()


@pytest.fixture(scope="module")
def report(filled: House) -> dict[str, Any]:
    found = seeding.report(filled)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def site(filled: House) -> Flask:
    return create_app(filled.config, house=filled)


def find(house: House, email: str) -> Person:
    with house.work(system("test"), readonly=True) as work:
        return work.session.scalars(select(Person).where(Person.email == email)).one()


def test_every_role_is_there_and_may_sign_in(filled: House, report: dict[str, Any]) -> None:
    assert set(ROLES) <= set(report["users"])
    assert len(report["users"]["apprentice"]) >= 20
    assert report["users"]["apprentice"][0]["name"] == "Lena Hartwig"
    for people in report["users"].values():
        for who in people:
            found = find(filled, who["email"])
            assert found.name == who["name"] and found.active
    stored = {
        find(filled, who["email"]).password_hash for people in report["users"].values() for who in people
    }
    assert len(stored) == 1 and signing_in.proves(stored.pop(), report["users"]["apprentice"][3]["password"])


def test_apprentices_belong_to_two_companies(filled: House) -> None:
    with filled.work(system("test"), readonly=True) as work:
        companies = work.session.scalars(
            select(Organisation.name)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .join(Person, Person.id == Membership.person_id)
            .where(Person.trade != "")
            .distinct()
        ).all()
    assert len(companies) == 2


def test_seed_json_is_for_its_owner_only(filled: House) -> None:
    assert (filled.config.home / "seed.json").stat().st_mode & 0o077 == 0


def test_stored_progress_is_what_the_facts_say(filled: House) -> None:
    with filled.work(system("test")) as work:
        enrolments = work.session.scalars(select(Enrolment)).all()
        before = [(e.states, e.done, e.total, e.completed_at, e.last_step_at) for e in enrolments]
        for enrolment in enrolments:
            progress.rebuild(work, enrolment)
        assert [(e.states, e.done, e.total, e.completed_at, e.last_step_at) for e in enrolments] == before


def test_histories_are_believable(filled: House) -> None:
    with filled.work(system("test"), readonly=True) as work:
        rows = work.session.execute(
            select(Person.username, Enrolment).join(Enrolment, Enrolment.person_id == Person.id)
        ).all()
        told = {(name, e.course_id): e for name, e in rows}
        silent = [e for (name, _), e in told.items() if name == "sofia"]
        stuck = [name for (name, _), e in told.items() if e.stuck]
        done = [e for e in told.values() if e.completed_at]
        assert {(work.now - e.last_step_at).days for e in silent if e.last_step_at} <= {15, 16}
        assert stuck == ["paul"]
        assert len(done) >= 6 and all(e.completed_at and e.completed_at <= work.now for e in done)
        assert any(e.completed_at and e.completed_at < work.now - timedelta(days=7) for e in done)
        assert all(e.last_step_at is None or e.enrolled_at <= e.last_step_at for e in told.values())


@pytest.mark.parametrize("name", [*URLS, "other_company_apprentice"])
def test_every_address_opens_for_whom_it_is_named(
    filled: House, site: Flask, report: dict[str, Any], name: str
) -> None:
    entry = report["urls"][name]
    client = site.test_client()
    with filled.work(system("test")) as work:
        sign_in(
            client, work, work.session.scalars(select(Person).filter_by(email=entry["user"]["email"])).one()
        )
    assert client.get(entry["url"]).status_code == 200


def test_the_other_companys_apprentice_is_not_there_for_the_first_trainer(
    filled: House, site: Flask, report: dict[str, Any]
) -> None:
    client = site.test_client()
    with filled.work(system("test")) as work:
        email = report["users"]["company_trainer"][0]["email"]
        sign_in(client, work, work.session.scalars(select(Person).filter_by(email=email)).one())
    assert client.get(report["urls"]["other_company_apprentice"]["url"]).status_code == 404


def test_a_second_time_changes_nothing(filled: House) -> None:
    with filled.work(system("test"), readonly=True) as work:
        before = work.session.scalar(select(func.count(Person.id)))
    assert not seeding.seed(filled, "acceptance")
    with pytest.raises(SeedingRefused, match="LMS_HOME"):
        seeding.seed(filled, "demo")
    with filled.work(system("test"), readonly=True) as work:
        assert work.session.scalar(select(func.count(Person.id))) == before


def test_production_refuses_known_passwords(own_house: House) -> None:
    own_house.config = replace(own_house.config, environment="production")
    with pytest.raises(SeedingRefused, match="known password"):
        seeding.seed(own_house, "demo")
    assert seeding.seed(own_house, "none")


def test_an_interrupted_seeding_leaves_nothing_and_is_done_anew(
    own_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(own_house.registry.plugins["courses"], seed=lambda work, profile: 1 / 0)
    with monkeypatch.context() as patch:
        patch.setitem(own_house.registry.plugins, "courses", broken)
        with pytest.raises(ZeroDivisionError):
            seeding.seed(own_house, "demo")
    with own_house.work(system("test"), readonly=True) as work:
        assert work.session.scalar(select(func.count(Person.id))) == 0
        assert not seeding.ready(work), "visitors wait until it has been done"
    assert seeding.seed(own_house, "demo")
    with own_house.work(system("test"), readonly=True) as work:
        assert seeding.ready(work)
