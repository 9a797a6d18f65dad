"""Section A of docs/security.md: accounts, sign-ins and their cookies."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.app import create_app
from lms.audit import AuditLine
from lms.people import signing_in
from lms.people.models import Assignment, Person, SignIn, Throttle
from lms.testing.fixtures import PASSWORD, csrf
from lms.work import Work
from tests.town import Town

NEW = "ein-neues-Passwort-7"


def enter(client: FlaskClient, login: str, password: str = PASSWORD, **data: str):
    """Fill in the sign-in page."""
    form = {"login": login, "password": password, "csrf_token": csrf(client, "/contact"), **data}
    return client.post("/sign-in", data=form)


def masked(text: str) -> str:
    """A page without what is random in every answer."""
    text = re.sub(r'(name="(?:csrf_token|_key|csrf-token)" (?:value|content))="[^"]*"', r"\1", text)
    return re.sub(r'nonce="[^"]*"', "nonce", text)


class TestA01Guessing:
    def test_every_worker_counts_and_every_spelling_counts_as_one(self, town: Town, town_work: Work) -> None:
        other_worker = create_app(town.house.config, house=town.house)
        spellings = ("colleague", "COLLEAGUE", " colleague ", "collea\u200bgue", "ＣＯＬＬＥＡＧＵＥ")
        codes = []
        for number in range(20):
            app = (town.app, other_worker)[number % 2]
            codes.append(enter(app.test_client(), spellings[number % 5], "falsch-falsch").status_code)

        assert codes[:8] == [422] * 8
        assert set(codes[10:]) == {429}
        assert enter(town.browser(), "colleague").status_code == 429
        assert town_work.session.scalar(select(func.max(Throttle.failures))) >= 8
        said = town_work.session.scalars(
            select(AuditLine.action).where(AuditLine.action.startswith("sign_in"))
        )
        assert len(said.all()) == 21

    def test_the_owner_gets_in_from_elsewhere(self, town: Town) -> None:
        for _ in range(20):
            enter(town.browser(), "colleague", "falsch-falsch")
        elsewhere = town.browser()
        elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.77"
        assert enter(elsewhere, "colleague").status_code == 303

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"])
    def test_nobody_names_an_address_of_her_own(self, town: Town, header: str) -> None:
        for number in range(12):
            client = town.browser()
            client.environ_base[f"HTTP_{header.upper().replace('-', '_')}"] = f"198.51.100.{number}"
            code = enter(client, "colleague", "falsch-falsch").status_code
        assert code == 429


class TestA04WhoHasAnAccount:
    def test_signing_in_says_the_same_of_everybody(self, town: Town, town_work: Work) -> None:
        town_work.session.get_one(Person, town.people["stranger"]).active = False
        town_work.session.commit()
        answers = [
            enter(town.browser(), login, "falsch-falsch")
            for login in ("colleague", "stranger", "newcomer", "nobody")
        ]

        for name, answer in zip(("colleague", "stranger", "newcomer", "nobody"), answers, strict=True):
            assert answer.status_code == 422
            assert sorted(answer.headers.keys()) == sorted(answers[0].headers.keys())
            assert masked(answer.text.replace(name, "LOGIN")) == masked(
                answers[0].text.replace("colleague", "LOGIN")
            )

    @pytest.mark.parametrize("path", ["invitation", "setup"])
    def test_links_that_never_were_are_all_alike(self, town: Town, path: str) -> None:
        tokens = (
            "A" * 43,
            "xyzzy",
            town.ids["code_colleague"],
            town.ids["setup" if path == "invitation" else "invitation"],
        )
        answers = [town.ask("visitor", "GET", f"/{path}/{token}") for token in tokens]
        assert {answer.status_code for answer in answers} == {404}
        pages = (answer.text.replace(token, "TOKEN") for token, answer in zip(tokens, answers, strict=True))
        assert len({masked(page) for page in pages}) == 1

    def test_inviting_does_not_tell_who_is_known_elsewhere(self, town: Town) -> None:
        """A company trainer invites with the address of somebody of another company, and with a new one."""
        seen = []
        for mail in ("stranger@example.org", "new-here@example.org"):
            form = {
                "given_name": "Neu",
                "family_name": "Ling",
                "email": mail,
                "role": "apprentice",
                "organisation": town.ids["north"],
                "locale": "de",
            }
            with town.undone():
                answer = town.post("company_trainer", "/people/invite", form)
            seen.append((answer.status_code, sorted(answer.headers.keys())))
        assert seen[0] == seen[1]
        assert seen[0][0] == 200


class TestA06Host:
    @pytest.mark.parametrize(
        "host", ["evil.test", "localhost.evil.test", "localhost@evil.test", "evil.test:80", "", "[::2]"]
    )
    def test_other_hosts_are_not_served(self, town: Town, host: str) -> None:
        answer = town.ask("visitor", "GET", "/sign-in", headers={"Host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text

    @pytest.mark.parametrize(
        "header", ["X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-URL", "X-Rewrite-URL"]
    )
    def test_headers_do_not_name_the_host(self, town: Town, header: str) -> None:
        answer = town.ask(
            "visitor", "GET", "/account", headers={header: "evil.test", "Forwarded": "host=evil.test"}
        )
        assert "evil" not in answer.headers["Location"]
        assert "evil" not in answer.text

    def test_an_invitation_leads_to_the_configured_address(self, town: Town) -> None:
        form = {"csrf_token": town.tokens["office"]}
        path = f"/people/{town.people['newcomer']}/link"
        answer = town.browser("office").post(path, data=form, headers={"X-Forwarded-Host": "evil.test"})
        assert f"{town.house.config.base_url}/invitation/" in answer.text
        assert "evil" not in answer.text


class TestA08Fixation:
    def test_a_cookie_chosen_before_is_not_the_one_after(self, town: Town) -> None:
        client = town.browser()
        client.set_cookie("lehrwerk", town.cookies["visitor"])
        enter(client, "colleague")
        after = client.get_cookie("lehrwerk")

        assert after is not None
        assert after.value != town.cookies["visitor"]
        attacker = town.browser()
        attacker.set_cookie("lehrwerk", town.cookies["visitor"])
        assert attacker.get("/account").status_code == 302

    def test_a_new_password_ends_every_cookie_there_was(self, town: Town) -> None:
        client = town.browser("colleague")
        form = {"current": PASSWORD, "password": NEW, "csrf_token": town.tokens["colleague"]}
        assert client.post("/account/password", data=form).status_code == 303

        assert client.get("/account").status_code == 200
        assert town.browser("colleague").get("/account").status_code == 302

    def test_the_cookie_holds_no_more_than_a_random_token(self, town: Town, town_work: Work) -> None:
        client = town.browser("colleague")
        with client.session_transaction() as session:
            token = session["_user_id"]
        assert len(token) >= 43
        stored = town_work.session.scalars(select(SignIn.token_hash)).all()
        assert signing_in.token_hash(token) in stored
        assert token not in stored


class TestA09RightsEndAtOnce:
    @pytest.mark.parametrize(
        ("act", "thing", "then"),
        [
            ("deactivate", {}, 302),
            ("memberships/end", {"membership": "membership_company_trainer"}, 404),
            ("roles/withdraw", {"assignment": "assignment_company_trainer"}, 404),
        ],
    )
    def test_what_was_taken_away_is_gone_with_the_next_request(
        self, town: Town, act: str, thing: dict[str, str], then: int
    ) -> None:
        apprentice = f"/people/{town.people['colleague']}"
        assert town.ask("company_trainer", "GET", apprentice).status_code == 200

        form = {field: town.ids[name] for field, name in thing.items()}
        assert town.post("office", f"/people/{town.people['company_trainer']}/{act}", form).status_code == 303
        assert town.ask("company_trainer", "GET", apprentice).status_code == then

    def test_a_role_counts_within_its_days_only(self, town: Town, town_work: Work) -> None:
        assignment = town_work.session.get_one(Assignment, town.ids["assignment_company_trainer"])
        apprentice = f"/people/{town.people['colleague']}"
        for start, end, code in ((0, 0, 200), (None, -1, 404), (1, None, 404), (-9, 9, 200)):
            days = [town_work.today + timedelta(days) if days is not None else None for days in (start, end)]
            assignment.valid_from, assignment.valid_until = days
            town_work.session.commit()
            assert town.ask("company_trainer", "GET", apprentice).status_code == code


class TestA10SigningOut:
    def test_the_cookie_is_dead_and_nothing_was_kept(self, town: Town) -> None:
        kept = town.ask("colleague", "GET", "/account")
        answer = town.post("colleague", "/sign-out")

        assert kept.headers["Cache-Control"] == "private, no-store"
        assert '"storage"' in answer.headers["Clear-Site-Data"]
        assert town.ask("colleague", "GET", "/account").status_code == 302
        assert town.post("colleague", "/account", {"given_name": "X"}).status_code in (302, 403)


class TestA11Cookies:
    @pytest.fixture
    def browser(self, town: Town) -> Iterator[FlaskClient]:
        """A browser that reaches the town over TLS."""
        config = dataclasses.replace(town.house.config, base_url="https://localhost")
        app = create_app(config, house=town.house)
        yield app.test_client()

    def test_every_cookie_is_bound_to_this_host_and_to_tls(self, browser: FlaskClient) -> None:
        secure = {"base_url": "https://localhost"}
        page = browser.get("/contact", **secure)
        token = page.text.partition('name="csrf-token" content="')[2].partition('"')[0]
        head = {"Referer": "https://localhost/contact"}
        entered = browser.post(
            "/sign-in",
            data={"login": "colleague", "password": PASSWORD, "csrf_token": token},
            headers=head,
            **secure,
        )
        language = browser.post(
            "/language", data={"locale": "en", "csrf_token": token}, headers=head, **secure
        )
        cookies = [c for answer in (page, entered, language) for c in answer.headers.getlist("Set-Cookie")]

        assert entered.status_code == 303
        assert any(cookie.startswith("__Host-lehrwerk=") for cookie in cookies)
        for cookie in cookies:
            parts = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
            assert {"secure", "httponly", "path", "samesite"} <= parts, cookie
            assert "domain" not in parts, cookie
            assert re.search(r"Path=/(;|$)", cookie), cookie
            assert re.search(r"SameSite=(Lax|Strict)", cookie), cookie

    def test_the_wire_is_asked_to_stay_secure(self, browser: FlaskClient) -> None:
        answer = browser.get("/contact", base_url="https://localhost")
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


class TestA15LookAlikes:
    @pytest.mark.parametrize(
        "login",
        [
            "COLLEAGUE",
            "Colleague@Example.ORG",
            "ｃolleague",
            "colle\u00adague",
            "colleague@example.org.",
            "\ufeffcolleague",
        ],
    )
    def test_one_account_however_it_is_written(self, town: Town, login: str) -> None:
        assert enter(town.browser(), login).status_code == 303

    @pytest.mark.parametrize(
        "login", ["collеague", "colleague+x@example.org", "cölleague", "colleagu℮", "colleague%"]
    )
    def test_look_alikes_are_somebody_else(self, town: Town, login: str) -> None:
        assert enter(town.browser(), login).status_code == 422

    @pytest.mark.parametrize(
        "mail", ["Colleague@example.org", "colleague@EXAMPLE.org", "ＣOLLEAGUE@example.org"]
    )
    def test_a_second_account_with_the_same_address_is_refused(self, town: Town, mail: str) -> None:
        form = {"given_name": "A", "family_name": "B", "email": mail, "role": "participant", "locale": "de"}
        answer = town.post("office", "/people/invite", form)
        assert answer.status_code == 422

    def test_a_link_goes_to_the_address_that_is_stored(self, town: Town, town_work: Work) -> None:
        person = town_work.session.get_one(Person, town.people["newcomer"])
        person.email, person.email_key = "Mike@Example.org", "mike@example.org"
        town_work.session.commit()
        answer = town.post("office", f"/people/{person.id}/link", {"email": "mıke@example.org"})

        assert answer.status_code == 200
        sent = max((town.house.config.home / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        assert "<Mike@Example.org>" in sent.read_text()
