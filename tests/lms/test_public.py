"""What everybody may see: texts, messages to the office, the check of a certificate, and whether we are well."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import migrate, seeding
from lms.app import create_app
from lms.contract import Page, Verification
from lms.house import House
from lms.jobs import OutboxJob
from lms.people import legal
from lms.people.models import LegalPage, Report
from lms.settings import Setting
from lms.testing.fixtures import person, sign_in
from lms.testing.fixtures import test_config as configured
from lms.work import Work
from tests.lms.browsing import post

UNKNOWN = "a" * 22


def test_visitors_find_the_start_page(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)

    assert "Anmelden" in page
    assert "/contact" in page


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/contact", "/barrier", "/v", f"/v/{UNKNOWN}", "/invitation/x", "/nowhere"]
)
def test_every_page_leads_to_the_public_texts(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)

    for link in (
        "/legal/impressum",
        "/legal/datenschutz",
        "/legal/barrierefreiheit",
        "/legal/hilfe",
        "/barrier?page=",
    ):
        assert f'href="{link}' in page, link


def test_public_texts_begin_as_marked_starters_in_two_languages(work: Work, client: FlaskClient) -> None:
    legal.ensure_legal_pages(work)
    changed = work.session.scalars(select(LegalPage).filter_by(key="impressum", locale="de")).one()
    changed.html = "<p>Unser Impressum</p><script>alert(1)</script>"
    legal.ensure_legal_pages(work)
    work.session.commit()

    assert work.session.query(LegalPage).count() == 8
    mine = client.get("/legal/impressum").get_data(as_text=True)
    assert "Unser Impressum" in mine
    assert "<script>alert" not in mine
    assert "prüfen lassen" in client.get("/legal/hilfe").get_data(as_text=True)
    assert "have it reviewed" in client.get("/legal/hilfe", headers={"Accept-Language": "en"}).get_data(
        as_text=True
    )
    assert client.get("/legal/nonsense").status_code == 404
    assert legal.unreviewed(work) == list(legal.TITLES)


def test_the_office_edits_public_texts(work: Work, client: FlaskClient) -> None:
    legal.ensure_legal_pages(work)
    sign_in(client, work, person(work, "office"))
    form = {"locale": "de", "revision": 1, "html": "<p>Neu</p><iframe src=//x></iframe>", "reviewed": "y"}

    assert (
        client.get("/admin/pages").status_code
        == client.get("/admin/pages/hilfe?locale=en").status_code
        == 200
    )
    assert post(client, "/admin/pages/hilfe", **form).status_code == 303
    assert post(client, "/admin/pages/hilfe", **form).status_code == 409
    assert post(client, "/admin/pages/hilfe", **{**form, "revision": 2, "html": " "}).status_code == 422
    assert post(client, "/admin/pages/nonsense", **form).status_code in (404, 422)
    page = work.session.scalars(select(LegalPage).filter_by(key="hilfe", locale="de")).one()
    assert (page.html, page.reviewed, page.revision) == ("<p>Neu</p>", True, 2)
    assert "hilfe" not in legal.unreviewed(work)


def test_messages_reach_the_office(work: Work, client: FlaskClient, app) -> None:
    lena = person(work, "apprentice")
    phone = sign_in(app.test_client(), work, lena)

    question = post(client, "/contact", text="Wann beginnt\nder Kurs?", reply_to="a@example.org")
    barrier = post(phone, "/barrier", text="Zu blass", page="/courses/1", kind="contact")
    office = sign_in(app.test_client(), work, person(work, "office"))
    page = office.get("/admin/reports").get_data(as_text=True)

    assert question.status_code == barrier.status_code == 303
    assert "Angekommen" in client.get(question.headers["Location"]).get_data(as_text=True)
    first, second = work.session.scalars(select(Report).order_by(Report.id))
    assert (first.kind, first.person_id, second.kind, second.person_id) == (
        "contact",
        None,
        "barrier",
        lena.id,
    )
    assert "Zu blass" in page
    assert post(office, f"/admin/reports/{second.id}/handled").status_code == 303
    assert post(office, "/admin/reports/9999/handled").status_code == 404
    work.session.expire_all()
    assert second.handled_at is not None


def test_messages_carry_no_mail_headers_and_send_no_mail(work: Work, client: FlaskClient) -> None:
    for address in (
        "a@b.example\r\nBcc: victim@example.org",
        "a@b.example, c@d.example",
        "x" * 300 + "@b.example",
        "no",
    ):
        assert post(client, "/contact", text="Hallo", reply_to=address).status_code == 422, address
    assert post(client, "/contact", text="  ").status_code == 422
    assert post(client, "/contact", text="x" * 5001).status_code == 422
    assert work.session.query(Report).count() == work.session.query(OutboxJob).count() == 0


def test_a_flood_of_messages_is_stopped_for_one_address(work: Work, client: FlaskClient, app) -> None:
    codes = [post(client, "/contact", text="Hallo").status_code for _ in range(7)]
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.99"

    assert codes == [303] * 5 + [429] * 2
    assert post(elsewhere, "/contact", text="Hallo").status_code == 303
    assert work.session.query(Report).count() == 6


class Stub(Verification):
    key = "stub"
    title = "Stub"

    def verify(self, work: Work, code: str) -> Page | None:
        return Page(template="lms/link_gone.html", values={"gone": True}) if code == "known" else None

    def status_of(self, work: Work, number: str) -> Page | None:
        return Page(template="lms/link_gone.html", values={"gone": False}) if number == "EH-1" else None


@pytest.fixture
def stub(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.registry, "kinds", lambda of: {"stub": Stub()} if of is Verification else {})


def test_a_code_or_number_leads_to_its_verdict(client: FlaskClient, stub: None) -> None:
    known, unknown = client.get("/v/known"), client.get(f"/v/{UNKNOWN}")
    number, other = client.get("/v?number=EH-1"), client.get("/v?number=EH-2")

    assert [answer.status_code for answer in (known, unknown, number, other)] == [200, 404, 200, 404]
    assert "Nicht gefunden" in unknown.get_data(as_text=True)
    assert 'value="EH-2"' in other.get_data(as_text=True)
    for answer in (known, unknown, number, other, client.get("/v")):
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "no-store" in answer.headers["Cache-Control"]


def test_looking_codes_up_one_after_the_other_is_stopped(client: FlaskClient, app) -> None:
    codes = [client.get(f"/v/{n:022}").status_code for n in range(22)]
    fresh = app.test_client().get(f"/v/{UNKNOWN}")

    assert codes == [404] * 20 + [429] * 2
    assert fresh.status_code == 429
    assert int(fresh.headers["Retry-After"]) > 0
    assert client.get("/v").status_code == 200


def test_what_a_visitor_types_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/v", query_string={"number": "'\"><svg/onload=alert(1)>"}).get_data(as_text=True)

    assert "<svg/onload" not in page


def test_well_only_when_tables_and_data_are_through(tmp_path: Path) -> None:
    app = create_app(configured(tmp_path))
    house: House = app.extensions["house"]
    client = app.test_client()
    assert client.get("/healthz").status_code == 503

    migrate.upgrade(house.registry, house.database)
    with house.work() as work:
        work.session.add(Setting(plugin=seeding.MARKER, values={"profile": "demo", "state": seeding.FILLING}))
    assert client.get("/healthz").status_code == 503
    with house.work() as work:
        work.session.get_one(Setting, seeding.MARKER).values = {"profile": "demo", "state": seeding.DONE}
    assert client.get("/healthz").status_code == 200
    house.database.dispose()


def test_readiness_names_what_is_wrong_and_versions_only_to_the_administration(
    work: Work, client: FlaskClient, app
) -> None:
    chief = sign_in(app.test_client(), work, person(work, "administrator"))

    well = client.get("/readyz")
    known = chief.get("/readyz").get_json()

    assert (well.status_code, well.get_json()) == (200, {"database": "ok", "queue": "ok", "disk": "ok"})
    assert known["versions"]["lms"]
    assert known["versions"]["database"]

    late = work.now - timedelta(hours=1)
    work.session.add(OutboxJob(name="x", arguments={}, run_at=late, created_at=late))
    work.session.commit()
    assert client.get("/readyz").status_code == 503
