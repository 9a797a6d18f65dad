"""Every bundled plugin passes the conformance kit, and its migrations run on the database of this session."""

import os

import pytest

from lms.testing import conformance
from lms.testing.test_conformance import (
    test_it_hands_out_and_forgets_personal_data,
    test_it_speaks_both_languages,
    test_its_commands_cope_with_hostile_posts,
    test_its_kinds_keep_their_contract,
    test_its_pages_render_and_let_no_script_out,
    test_its_permissions_work_as_list_and_as_check,
    test_its_routes_ask_a_permission,
    test_its_rules_know_no_flask_and_do_not_commit,
    test_its_tables_bear_its_name,
    test_starts_alone_with_what_it_requires,
)

__all__ = [
    "test_it_hands_out_and_forgets_personal_data",
    "test_it_speaks_both_languages",
    "test_its_commands_cope_with_hostile_posts",
    "test_its_kinds_keep_their_contract",
    "test_its_pages_render_and_let_no_script_out",
    "test_its_permissions_work_as_list_and_as_check",
    "test_its_routes_ask_a_permission",
    "test_its_rules_know_no_flask_and_do_not_commit",
    "test_its_tables_bear_its_name",
    "test_starts_alone_with_what_it_requires",
]


@pytest.mark.parametrize("plugin_with_tables", ["lms", "courses", "certificates"])
def test_its_migrations_go_up_down_and_up(plugin_with_tables: str, request: pytest.FixtureRequest) -> None:
    on_postgres = os.environ.get("LMS_TEST_DATABASE") == "postgres"
    conformance.migrates(
        plugin_with_tables, request.getfixturevalue("fresh_postgres_url") if on_postgres else None
    )
