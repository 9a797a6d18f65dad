"""Every check of the conformance kit refuses a plugin that breaks it, and a broken plugin never takes the site down."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from courses.contract import Enrolled
from lms import house as houses
from lms import migrate, registry
from lms.app import create_app
from lms.contract import system
from lms.house import House
from lms.jobs import OutboxJob
from lms.testing import conformance
from lms.testing.fixtures import test_config as config_in

BROKEN = "tests.house.broken_plugins"


@pytest.fixture
def house_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """A house on an empty database of its own that also finds one broken plugin."""
    found = list(registry._found())
    built: list[House] = []

    def build(name: str, *, strict: bool = False) -> House:
        monkeypatch.setattr(registry, "_found", lambda: iter([*found, (name, f"{BROKEN}.{name}")]))
        house = houses.build(config_in(tmp_path), strict=strict)
        built.append(house)
        return house

    yield build
    for house in built:
        house.database.dispose()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("wrong_api", "contract version 99"),
        ("raises_at_import", "broken on purpose"),
        ("missing_requires", "requires nowhere"),
        ("foreign_permission", "does not begin with 'foreign_permission.'"),
        ("foreign_table", "somebody_elses_thing"),
    ],
)
def test_a_plugin_that_cannot_come_in_is_quarantined_and_the_site_is_up(
    house_with: Callable[..., House], name: str, says: str
) -> None:
    house = house_with(name)
    migrate.upgrade(house.registry, house.database)
    app = create_app(house.config, house=house)

    assert name not in house.registry.plugins
    assert says in next(bad.reason for bad in house.registry.quarantine if bad.name == name)
    assert app.test_client().get("/sign-in").status_code == 200
    with pytest.raises(AssertionError, match="not active"):
        conformance.known(house.registry, name)


@pytest.mark.parametrize(
    ("name", "check", "says"),
    [
        ("show_no_page", conformance.kinds_keep_their_contract, "does not return a Page"),
        ("clause_missing", None, "has no clause"),
        ("flask_in_rules", conformance.rules_stay_pure, "imports flask"),
        ("command_raises", conformance.commands_cope, "nowhere"),
        ("german_only", conformance.speaks_both_languages, "without 'en'"),
    ],
)
def test_a_check_bites(
    house_with: Callable[..., House], name: str, check: Callable[..., None] | None, says: str
) -> None:
    house = house_with(name)
    plugin = conformance.known(house.registry, name)
    with pytest.raises((AssertionError, KeyError), match=says):
        if check is not None:
            check(plugin)
        else:
            migrate.upgrade(house.registry, house.database)
            with house.work(system("test")) as work:
                conformance.permissions_work(plugin, work)


def test_state_that_cannot_be_stored_is_noticed(house_with: Callable[..., House]) -> None:
    plugin = conformance.known(house_with("state_not_json").registry, "state_not_json")
    with pytest.raises(TypeError, match="not JSON serializable"):
        conformance.kinds_keep_their_contract(plugin)


def test_a_script_that_comes_out_is_noticed(house_with: Callable[..., House]) -> None:
    house = house_with("lets_script_out")
    migrate.upgrade(house.registry, house.database)
    app = create_app(house.config, house=house)
    with pytest.raises(AssertionError, match="<script>"):
        conformance.pages_render(conformance.known(house.registry, "lets_script_out"), app)


def test_a_route_that_asks_nothing_is_noticed_and_refused(house_with: Callable[..., House]) -> None:
    house = house_with("unasked_route")
    migrate.upgrade(house.registry, house.database)
    app = create_app(house.config, house=house)
    with pytest.raises(AssertionError, match="asks no permission"):
        conformance.routes_ask(conformance.known(house.registry, "unasked_route"), app)
    answer = app.test_client().get("/x/unasked_route/")
    assert "secrets" not in answer.get_data(as_text=True)
    assert answer.status_code in (302, 403)


def test_a_table_without_migration_and_silence_about_people_are_noticed(
    house_with: Callable[..., House],
) -> None:
    house = house_with("no_migration")
    migrate.upgrade(house.registry, house.database)
    assert any(
        "no_migration_thing" in str(difference)
        for difference in migrate.drift(house.registry, house.database)
    )
    with house.work(system("test")) as work, pytest.raises(AssertionError, match="declares none"):
        conformance.keeps_personal_data(conformance.known(house.registry, "no_migration"), work)


def test_a_listener_that_raises_loses_nothing(house_with: Callable[..., House]) -> None:
    house = house_with("listener_raises")
    migrate.upgrade(house.registry, house.database)
    with house.work(system("test")) as work:
        work.publish(Enrolled(enrolment_id=1, person_id=1, course_id=1))
    with house.work(system("test"), readonly=True) as work:
        waiting = work.session.scalars(select(OutboxJob)).one()
    assert waiting.name == "lms.redeliver"
    assert waiting.arguments["plugin"] == "listener_raises"
