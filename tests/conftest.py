"""Fixtures for the whole suite are the ones plugin authors get."""

from lms.testing.browser import browser, desktop, phone, pytest_collection_modifyitems
from lms.testing.fixtures import app, client, house, session_app, session_house, work
from lms.testing.postgres import postgres_server, postgres_url

__all__ = [
    "app",
    "browser",
    "client",
    "house",
    "session_app",
    "session_house",
    "work",
    "desktop",
    "phone",
    "postgres_server",
    "postgres_url",
    "pytest_collection_modifyitems",
]
