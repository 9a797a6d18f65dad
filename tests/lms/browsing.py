"""Acting as a browser without JavaScript: forms with their token, and signing in through the page."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.people import signing_in
from lms.people.models import Person
from lms.testing.fixtures import PASSWORD, csrf
from lms.work import Work

_hashed = signing_in.hash_password(PASSWORD)


def post(client: FlaskClient, path: str, *, at: str = "/contact", **data: Any) -> TestResponse:
    """Post a form, with the token of a page this browser has open."""
    return client.post(path, data={"csrf_token": csrf(client, at), **data})


def with_password(work: Work, someone: Person) -> Person:
    """The person, able to sign in with the password of all tests."""
    someone.password_hash = _hashed
    work.session.commit()
    return someone


def enter(client: FlaskClient, login: str, password: str = PASSWORD, **data: Any) -> TestResponse:
    """Fill in the sign-in page."""
    return post(client, "/sign-in", login=login, password=password, **data)
