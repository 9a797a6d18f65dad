"""Signing in and out: nobody is told who has an account, nobody can guess for long, nobody keeps an old cookie."""

import re

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit import AuditLine
from lms.people import signing_in
from lms.people.models import SignIn
from lms.testing.fixtures import PASSWORD, person
from lms.work import Work
from tests.lms.browsing import enter, post, with_password


def masked(text: str) -> str:
    """A page without what is random in every answer."""
    text = re.sub(r'(name="(?:csrf_token|_key|csrf-token)" (?:value|content))="[^"]*"', r"\1", text)
    return re.sub(r'(nonce)="[^"]*"', r"\1", text)


def test_a_person_signs_in_by_user_name_and_by_mail_however_it_is_written(
    work: Work, client: FlaskClient
) -> None:
    someone = person(
        work, "apprentice", username="fiona", email="Fiona@Example.org", email_key="fiona@example.org"
    )
    with_password(work, someone)

    for login in ("fiona", " FIONA ", "ﬁona", "fiona@example.org", "FIONA@EXAMPLE.ORG.", "fio\u200bna"):
        answer = enter(client, login)
        assert answer.status_code == 303, login
        assert answer.headers["Location"] == "/"
        post(client, "/sign-out")


def test_look_alikes_are_somebody_else(work: Work, client: FlaskClient) -> None:
    with_password(work, person(work, "apprentice", username="mike"))

    assert enter(client, "mıke").status_code == 422


def test_unknown_known_and_closed_accounts_get_the_same_answer(work: Work, client: FlaskClient) -> None:
    with_password(work, person(work, "apprentice", username="known"))
    with_password(work, person(work, "apprentice", username="closd", active=False))
    person(work, "apprentice", username="fresh")
    work.session.commit()

    answers = {
        login: enter(client, login, "falsch-falsch").get_data(as_text=True).replace(login, "LOGIN")
        for login in ("known", "nobdy", "closd", "fresh")
    }

    assert "Name oder Passwort stimmt nicht." in answers["known"]
    assert len({masked(text) for text in answers.values()}) == 1


def test_unknown_accounts_cost_the_same_time(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes: list[str] = []
    monkeypatch.setattr(signing_in, "_verify", lambda stored, password: bool(hashes.append(stored)))
    with_password(work, person(work, "apprentice", username="known"))

    for login in ("known", "unknown"):
        with pytest.raises(Exception, match="Passwort"):
            signing_in.sign_in(work.house, login, "falsch", "192.0.2.1", "Test")

    assert len(hashes) == 2


def test_twenty_wrong_passwords_are_throttled_and_the_owner_still_gets_in_elsewhere(
    work: Work, client: FlaskClient, app
) -> None:
    with_password(work, person(work, "apprentice", username="lena"))

    codes = [enter(client, "lena", f"falsch-{n}").status_code for n in range(20)]
    refused = enter(client, "lena", PASSWORD)
    other_browser = enter(app.test_client(), "lena", PASSWORD)
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.77"

    assert codes[:7] == [422] * 7
    assert codes[9:] == [429] * 11
    assert refused.status_code == other_browser.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60
    assert "Minuten" in refused.get_data(as_text=True)
    assert enter(elsewhere, "lena", PASSWORD).status_code == 303
    tries = work.session.scalars(select(AuditLine.action).where(AuditLine.action.startswith("sign_in"))).all()
    assert len(tries) == 23


def test_one_address_trying_many_accounts_is_throttled(work: Work, client: FlaskClient) -> None:
    codes = {
        enter(client, f"person{n}", "falsch").status_code for n in range(signing_in.FAILURES_PER_ADDRESS)
    }
    with_password(work, person(work, "apprentice", username="lena"))

    assert codes == {422}
    assert enter(client, "lena").status_code == 429


def test_the_cookie_is_new_after_signing_in_and_the_old_one_is_dead(work: Work, client: FlaskClient) -> None:
    someone = with_password(work, person(work, "apprentice", username="lena"))
    client.set_cookie("lehrwerk", "chosen-by-an-attacker")
    enter(client, "lena")
    first = client.get_cookie("lehrwerk").value
    with client.session_transaction() as session:
        token = session["_user_id"]

    post(client, "/sign-out")  # and the same browser signs in once more
    enter(client, "lena")

    assert first != "chosen-by-an-attacker"
    assert client.get_cookie("lehrwerk").value != first
    assert signing_in.actor_of(work, token) is None
    assert work.session.query(SignIn).filter_by(person_id=someone.id).count() == 1


def test_signing_in_over_another_sign_in_ends_that_one(work: Work, client: FlaskClient) -> None:
    one = with_password(work, person(work, "apprentice", username="one"))
    with_password(work, person(work, "apprentice", username="two"))
    enter(client, "one")

    answer = post(client, "/sign-in", login="two", password=PASSWORD)

    assert answer.status_code == 303
    assert work.session.query(SignIn).filter_by(person_id=one.id).count() == 0


def test_after_signing_out_the_cookie_is_worth_nothing(work: Work, client: FlaskClient) -> None:
    with_password(work, person(work, "apprentice", username="lena"))
    enter(client, "lena")
    cookie = client.get_cookie("lehrwerk").value
    page = client.get("/account")

    answer = post(client, "/sign-out")
    client.set_cookie("lehrwerk", cookie)

    assert page.headers["Cache-Control"] == "private, no-store"
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.test",
        "/\\evil.test",
        "https:evil.test",
        "/\tevil.test",
        "\\\\evil",
        "javascript:alert(1)",
        "https://good@evil",
        "／／evil.test",
        "/a\r\nSet-Cookie: x=1",
        "",
    ],
)
def test_next_leads_nowhere_else(work: Work, client: FlaskClient, target: str) -> None:
    with_password(work, person(work, "apprentice", username="lena"))

    assert enter(client, "lena", next=target).headers["Location"] == "/"


def test_next_leads_back_to_the_page_that_was_wanted(work: Work, client: FlaskClient) -> None:
    with_password(work, person(work, "apprentice", username="lena"))
    wanted = client.get("/account?x=1").headers["Location"]

    assert wanted == "/sign-in?next=/account?x%3D1"
    assert 'name="next" value="/account?x=1"' in client.get(wanted).get_data(as_text=True)
    assert enter(client, "lena", next="/account?x=1").headers["Location"] == "/account?x=1"


def test_foreign_hosts_tokens_and_origins_are_refused(work: Work, client: FlaskClient) -> None:
    with_password(work, person(work, "apprentice", username="lena"))
    form = {"login": "lena", "password": PASSWORD}

    assert client.get("/sign-in", headers={"Host": "evil.test"}).status_code == 400
    assert client.get("/sign-in", headers={"X-Forwarded-Host": "evil.test"}).status_code == 200
    assert client.post("/sign-in", data=form).status_code in (400, 403)
    assert client.post("/sign-in?csrf_token=x", data=form).status_code in (400, 403)
    stolen = client.post(
        "/sign-in", data={**form, "csrf_token": "x"}, headers={"Origin": "https://evil.test"}
    )
    assert stolen.status_code == 403
    assert work.session.query(SignIn).count() == 0


def test_odd_input_is_a_form_with_errors(client: FlaskClient) -> None:
    for form in ({}, {"login": "x" * 30_000, "password": "y"}, {"login": "a\x00b", "password": "z" * 30_000}):
        assert post(client, "/sign-in", **form).status_code == 422


def test_passwords_are_hashed_as_owasp_advises() -> None:
    made = PasswordHasher(**signing_in.ARGON2ID).hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
