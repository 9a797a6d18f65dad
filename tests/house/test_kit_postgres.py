"""The kit's migration check on PostgreSQL, whatever database the rest of the suite uses."""

from lms.testing import conformance


def test_migrations_go_up_down_and_up_on_postgresql(plugin_name: str, fresh_postgres_url: str) -> None:
    conformance.migrates(plugin_name, fresh_postgres_url)
