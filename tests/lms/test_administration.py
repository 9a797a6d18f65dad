"""Settings, plugins, audit log, the start page of the office, and accounts from the command line."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.audit import AuditLine
from lms.people import legal, signing_in
from lms.people.models import Person, Report
from lms.registry import Quarantined
from lms.testing.fixtures import person, sign_in
from lms.work import Work
from tests.lms.browsing import enter, post, with_password

ACADEMY = {"name": "Akademie <b>Elbe</b>", "short": "EH", "places": "Meißen · Stendal", "revision": 0}


def test_the_academy_has_settings_and_a_stale_page_shows_both(work: Work, client: FlaskClient) -> None:
    sign_in(client, work, person(work, "office"))
    assert work.settings("lms").name

    saved = post(client, "/admin/settings", **ACADEMY)
    stale = post(client, "/admin/settings", **{**ACADEMY, "name": "Zweite"})

    assert (saved.status_code, stale.status_code) == (303, 409)
    assert "Akademie &lt;b&gt;Elbe" in stale.get_data(as_text=True)
    assert "Zweite" in stale.get_data(as_text=True)
    assert work.settings("lms").short == "EH"
    assert "Meißen · Stendal" in client.get("/admin/settings").get_data(as_text=True)
    assert work.session.query(AuditLine).filter_by(action="settings.save").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"short": "zu lang"}, {"contact_email": "a@b\nBcc: c"}, {"name": "x" * 200}]
)
def test_settings_that_make_no_sense_are_refused(
    work: Work, client: FlaskClient, wrong: dict[str, str]
) -> None:
    sign_in(client, work, person(work, "office"))

    assert post(client, "/admin/settings", **{**ACADEMY, **wrong}).status_code == 422
    assert work.settings("lms").revision == 0
    assert client.get("/admin/settings/nonsense").status_code == 404


def test_the_administration_sees_plugins_and_log_and_the_office_does_not(
    work: Work, client: FlaskClient, app: Flask
) -> None:
    bad = Quarantined("broken", "ImportError: kaputt")
    work.house.registry.quarantine.append(bad)
    office = sign_in(app.test_client(), work, person(work, "office"))
    sign_in(client, work, person(work, "administrator"))
    post(client, "/admin/settings", **ACADEMY)
    try:
        plugins = client.get("/admin/plugins").get_data(as_text=True)
    finally:
        work.house.registry.quarantine.remove(bad)
    log = client.get("/admin/audit?action=settings").get_data(as_text=True)

    assert "ImportError: kaputt" in plugins
    assert "settings:lms" in log
    assert "settings:lms" not in client.get("/admin/audit?action=people").get_data(as_text=True)
    assert office.get("/admin").status_code == 200
    assert office.get("/admin/plugins").status_code == office.get("/admin/audit").status_code == 403


def test_today_shows_the_office_what_to_do_first(work: Work, client: FlaskClient, app: Flask) -> None:
    legal.ensure_legal_pages(work)
    work.session.add(Report(kind="contact", text="?", created_at=work.now))
    person(work, "apprentice")
    apprentice = sign_in(app.test_client(), work, person(work, "apprentice", given_name="Lena"))
    sign_in(client, work, person(work, "office", given_name="Sabine"))

    mine, hers = client.get("/").get_data(as_text=True), apprentice.get("/").get_data(as_text=True)

    assert ", Sabine." in mine
    assert "Erste Schritte" in mine
    assert "/admin/reports" in mine
    assert ", Lena." in hers
    assert "Erste Schritte" not in hers


def test_somebody_without_any_role_still_gets_a_page(work: Work, client: FlaskClient) -> None:
    sign_in(client, work, person(work))

    assert client.get("/").status_code == 200
    assert client.get("/account").status_code == 403
    assert post(client, "/sign-out").status_code == 303


def test_every_refusal_is_in_the_log(work: Work, client: FlaskClient) -> None:
    me = person(work, "academy_trainer")
    sign_in(client, work, me)

    for path in ("/admin/settings", "/admin/plugins", "/organisations/new"):
        assert client.get(path).status_code == 403
    lines = work.session.query(AuditLine).filter_by(action="denied", actor=f"person:{me.id}")
    assert lines.count() == 3


def test_accounts_from_the_command_line(work: Work, app: Flask, client: FlaskClient) -> None:
    run = app.test_cli_runner()

    link = run.invoke(args=["lms", "user", "setup-link"])
    made = run.invoke(args=["lms", "user", "create", "Sabine", "Vogt", "--role", "administrator"])
    again = run.invoke(args=["lms", "user", "setup-link"])
    sabine = work.session.query(Person).filter_by(username="sabine.vogt").one()
    with_password(work, sabine)
    listed = run.invoke(args=["lms", "user", "list"])
    password = run.invoke(args=["lms", "user", "password-link", "sabine.vogt"])
    path = password.output.strip().removeprefix("http://localhost")
    chosen = post(client, path, password="ein-guter-Anfang")
    alone = run.invoke(args=["lms", "user", "deactivate", "sabine.vogt"])
    unknown = run.invoke(args=["lms", "user", "deactivate", "nobody"])

    assert link.output.startswith("http://localhost/setup/")
    assert "/invitation/" in made.output
    assert again.exit_code == 1
    assert "sabine.vogt" in listed.output
    assert chosen.status_code == 303
    assert signing_in.find_person(work, "sabine.vogt") is not None
    assert (alone.exit_code, unknown.exit_code) == (1, 1)
    assert "einzige Administration" in alone.output
    assert enter(app.test_client(), "sabine.vogt", "ein-guter-Anfang").status_code == 303
