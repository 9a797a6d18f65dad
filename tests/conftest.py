"""Fixtures for the whole suite: those plugin authors get come from lms.testing.pytest_plugin; browser and PostgreSQL here."""

import pytest

from lms.testing.browser import browser, desktop, phone, pytest_collection_modifyitems
from lms.testing.postgres import fresh_postgres_url, postgres_server, postgres_url

__all__ = [
    "browser",
    "desktop",
    "fresh_postgres_url",
    "phone",
    "postgres_server",
    "postgres_url",
    "pytest_collection_modifyitems",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-policy", action="store_true", help="write tests/house/policy.json anew")
