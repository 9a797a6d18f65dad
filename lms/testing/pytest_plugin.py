"""The pytest plugin shipped with the house: fixtures for plugin authors, and `--lms-plugin NAME` for the kit.

pytest --pyargs lms.testing --lms-plugin flashcards
"""

import pytest

from lms import registry
from lms.testing.fixtures import app, client, house, own_house, session_app, session_house, work

__all__ = ["app", "client", "house", "own_house", "session_app", "session_house", "work"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--lms-plugin", action="append", default=[], help="the plugin the kit checks (default: all)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each check of the kit once per chosen plugin."""
    if "plugin_name" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--lms-plugin") or list(registry.load().plugins)
        metafunc.parametrize("plugin_name", chosen, scope="session")
