"""Fixtures for the whole suite: those plugin authors get come from lms.testing.pytest_plugin; browser and PostgreSQL here."""

import pytest
from argon2 import PasswordHasher

from lms.people import signing_in
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


# Hashing is made to be slow; tests sign in hundreds of times. What production does is in tests/lms/test_signing_in.py.
signing_in.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
signing_in._nobody = signing_in.hasher.hash("nobody")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-policy", action="store_true", help="write tests/house/policy.json anew")
