"""One's own account: only one's own, and a changed password leaves no other door open."""

from flask.testing import FlaskClient

from lms.contract import Held
from lms.people import accounts, signing_in
from lms.people.models import SignIn, Site
from lms.testing.fixtures import PASSWORD, organisation, person, sign_in, work_as
from lms.work import Work
from tests.lms.browsing import enter, post, with_password

NEW = "ein-ganz-neuer-Hobel"


def test_language_and_colours_are_one_s_own_and_the_name_is_not(work: Work, client: FlaskClient) -> None:
    lena = person(work, "apprentice", family_name="Alt")
    sign_in(client, work, lena)

    answer = post(client, "/account", given_name="Doktor", family_name="Falsch", locale="en", theme="dark")

    work.session.expire_all()
    assert answer.status_code == 303
    assert (lena.name, lena.locale, lena.theme) == ("Lena Alt", "en", "dark")
    page = client.get("/account").get_data(as_text=True)
    assert '<html lang="en" data-theme="dark">' in page
    assert post(client, "/account", locale="xx").status_code == 422


def test_changing_the_password_ends_every_other_sign_in(work: Work, client: FlaskClient, app) -> None:
    lena = with_password(work, person(work, "apprentice", username="lena"))
    enter(client, "lena")
    others = [sign_in(app.test_client(), work, lena) for _ in range(3)]
    old = client.get_cookie("lehrwerk").value

    wrong = post(client, "/account/password", current="falsch", password=NEW)
    weak = post(client, "/account/password", current=PASSWORD, password="lena")
    answer = post(client, "/account/password", current=PASSWORD, password=NEW)

    assert (wrong.status_code, weak.status_code, answer.status_code) == (422, 422, 303)
    assert client.get("/account").status_code == 200
    assert [other.get("/account").status_code for other in others] == [302, 302, 302]
    assert client.get_cookie("lehrwerk").value != old
    assert work.session.query(SignIn).filter_by(person_id=lena.id).count() == 1
    assert enter(app.test_client(), "lena", PASSWORD).status_code == 422
    assert enter(app.test_client(), "lena", NEW).status_code == 303


def test_the_old_password_cannot_be_guessed_from_an_open_browser(work: Work, client: FlaskClient) -> None:
    sign_in(client, work, with_password(work, person(work, "apprentice")))

    codes = [
        post(client, "/account/password", current=f"falsch{n}", password=NEW).status_code for n in range(10)
    ]
    last = post(client, "/account/password", current=PASSWORD, password=NEW)

    assert codes == [422] * 8 + [429] * 2
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


def test_a_device_is_signed_out_by_its_owner_only(work: Work, client: FlaskClient, app) -> None:
    lena, tom = person(work, "apprentice"), person(work, "apprentice")
    phone, stranger = sign_in(app.test_client(), work, lena), sign_in(app.test_client(), work, tom)
    sign_in(client, work, lena)
    first, second = work.session.query(SignIn).filter_by(person_id=lena.id).order_by(SignIn.id)

    assert post(stranger, "/account/devices", sign_in=first.id).status_code == 404
    assert post(client, "/account/devices", sign_in=first.id).status_code == 303
    assert phone.get("/account").status_code == 302
    assert client.get("/account").status_code == 200
    assert second.id


def test_an_account_says_who_may_see_it(work: Work) -> None:
    site = Site(name="Meißen")
    work.session.add(site)
    work.session.flush()
    ours, theirs = organisation(work, "Böhme"), organisation(work, "Arndt")
    ours.site_id = site.id
    lena = person(work, "apprentice", organisation=ours)
    person(work, Held("company_trainer", "organisation", ours.id), organisation=ours)
    person(work, Held("company_trainer", "organisation", theirs.id), organisation=theirs)
    person(work, Held("office", "site", site.id))
    person(work, "administrator")
    person(work, "administrator", active=False)
    person(work, "observer")

    seen = {(viewer.role, viewer.scope, viewer.people) for viewer in accounts.viewers(work_as(work, lena))}

    assert seen == {
        ("Ausbildung im Betrieb", "Böhme", 1),
        ("Akademiebüro", "Meißen", 1),
        ("Administration", "", 1),
    }


def test_devices_are_named_in_words() -> None:
    android = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
    windows = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"

    assert signing_in.device_name(android) == "Chrome, Android"
    assert signing_in.device_name(windows) == "Firefox, Windows"
    assert signing_in.device_name("curl/8") == "?"


def test_a_visitor_and_a_person_choose_their_language(work: Work, client: FlaskClient) -> None:
    answer = post(client, "/language", locale="en", next="/contact")
    assert answer.headers["Location"] == "/contact"
    assert '<html lang="en">' in client.get("/contact").get_data(as_text=True)
    assert post(client, "/language", locale="xx", next="//evil.test").headers["Location"] == "/"

    lena = person(work, "apprentice")
    sign_in(client, work, lena)
    post(client, "/language", locale="en")
    work.session.expire_all()
    assert lena.locale == "en"
