"""The kit, run by `pytest --pyargs lms.testing --lms-plugin NAME`: one test per check and plugin."""

import os

import pytest
from flask import Flask

from lms.house import House
from lms.testing import conformance
from lms.work import Work


def test_starts_alone_with_what_it_requires(plugin_name: str) -> None:
    conformance.starts_alone(plugin_name)


def test_its_tables_bear_its_name(plugin_name: str, house: House) -> None:
    conformance.tables_are_prefixed(conformance.known(house.registry, plugin_name))


def test_its_migrations_go_up_down_and_up(plugin_name: str) -> None:
    conformance.migrates(plugin_name)


@pytest.mark.skipif(
    "LMS_KIT_POSTGRES" not in os.environ, reason="LMS_KIT_POSTGRES names no empty PostgreSQL database"
)
def test_its_migrations_go_up_down_and_up_on_postgresql(plugin_name: str) -> None:
    conformance.migrates(plugin_name, os.environ["LMS_KIT_POSTGRES"])


def test_its_kinds_keep_their_contract(plugin_name: str, house: House) -> None:
    conformance.kinds_keep_their_contract(conformance.known(house.registry, plugin_name))


def test_its_pages_render_and_let_no_script_out(plugin_name: str, app: Flask, house: House) -> None:
    conformance.pages_render(conformance.known(house.registry, plugin_name), app)


def test_its_permissions_work_as_list_and_as_check(plugin_name: str, work: Work) -> None:
    conformance.permissions_work(conformance.known(work.house.registry, plugin_name), work)


def test_its_routes_ask_a_permission(plugin_name: str, app: Flask, house: House) -> None:
    conformance.routes_ask(conformance.known(house.registry, plugin_name), app)


def test_its_commands_cope_with_hostile_posts(plugin_name: str, house: House) -> None:
    conformance.commands_cope(conformance.known(house.registry, plugin_name))


def test_its_rules_know_no_flask_and_do_not_commit(plugin_name: str, house: House) -> None:
    conformance.rules_stay_pure(conformance.known(house.registry, plugin_name))


def test_it_hands_out_and_forgets_personal_data(plugin_name: str, work: Work) -> None:
    conformance.keeps_personal_data(conformance.known(work.house.registry, plugin_name), work)


def test_it_speaks_both_languages(plugin_name: str, house: House) -> None:
    conformance.speaks_both_languages(conformance.known(house.registry, plugin_name))
