"""Fixtures for the whole suite are the ones plugin authors get."""

from lms.testing.fixtures import app, client, house, session_app, session_house, work

__all__ = ["app", "client", "house", "session_app", "session_house", "work"]
