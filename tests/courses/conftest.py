"""The teaching's tests use small kinds of their own."""

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader

from lms.house import House
from lms.work import Work
from tests.courses import kinds


@pytest.fixture
def house(house: House) -> House:
    kinds.register(house.registry)
    return house


@pytest.fixture
def app(app: Flask, house: House) -> Flask:
    """The app, knowing the templates of the test kinds."""
    loader = app.jinja_env.loader
    if isinstance(loader, ChoiceLoader) and not any(
        isinstance(part, PackageLoader) and part.package_name == "tests.courses.testkinds"
        for part in loader.loaders
    ):
        loader.loaders = [*loader.loaders, PackageLoader("tests.courses.testkinds")]
    return app


@pytest.fixture
def work(house: House, work: Work) -> Work:
    return work
