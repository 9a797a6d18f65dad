"""Invitations and the set-up: a link lets in once, only whom it names, and hands out no more than its maker has."""

import email
import re
from datetime import timedelta
from email.policy import default

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from lms.commands import CommandRecord
from lms.contract import Held
from lms.errors import Conflict
from lms.jobs import OutboxJob
from lms.people import inviting, signing_in
from lms.people.models import Assignment, Membership, OneTimeLink, Organisation, Person, SignIn
from lms.testing.fixtures import PASSWORD, organisation, person, sign_in
from lms.work import Work
from tests.lms.browsing import enter, post, with_password

LINK = re.compile(r"http://localhost(/(?:invitation|setup)/[\w-]{43})")


def company_trainer(work: Work, company: Organisation) -> Person:
    return person(work, Held("company_trainer", "organisation", company.id), organisation=company)


def invited(work: Work, client: FlaskClient, **values: object) -> str:
    """The path of the link for a newly invited person."""
    form = {"given_name": "Mia", "family_name": "Thürmer", "role": "apprentice", **values}
    answer = post(client, "/people/invite", **form)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return LINK.search(answer.get_data(as_text=True)).group(1)


def test_a_company_trainer_invites_an_apprentice_who_signs_in_by_the_link(
    work: Work, client: FlaskClient, app
) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))
    phone = app.test_client()

    path = invited(work, client, organisation=ours.id, trade="tischler", training_year="2")
    page = phone.get(path)
    answer = post(phone, path, password="ein-langer-Hobel")

    mia = work.session.scalars(select(Person).filter_by(username="mia.thuermer")).one()
    assert "Mia Thürmer" in page.get_data(as_text=True)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
    assert phone.get("/account").status_code == 200
    assert (mia.sort_key, mia.trade, mia.training_year) == ("thuermer mia", "tischler", 2)
    held = work.session.scalars(select(Assignment).filter_by(person_id=mia.id)).one()
    assert (held.role, held.scope_kind, held.scope_id) == ("apprentice", "organisation", ours.id)
    assert (
        work.session.scalars(select(Membership).filter_by(person_id=mia.id)).one().organisation_id == ours.id
    )
    assert enter(app.test_client(), "mia.thuermer", "ein-langer-Hobel").status_code == 303


def test_a_link_is_used_once_and_opening_it_changes_nothing(work: Work, client: FlaskClient, app) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))
    path = invited(work, client, organisation=ours.id)
    for _ in range(3):
        assert app.test_client().get(path).status_code == 200

    too_short = post(app.test_client(), path, password="kurz")
    first = post(app.test_client(), path, password="ein-langer-Hobel")
    second = post(app.test_client(), path, password="ein-anderer-Hobel")
    again = app.test_client().get(path)

    assert (too_short.status_code, first.status_code, second.status_code, again.status_code) == (
        422,
        303,
        410,
        410,
    )
    assert "verbraucht oder abgelaufen" in again.get_data(as_text=True)
    mia = work.session.scalars(select(Person).filter_by(username="mia.thuermer")).one()
    assert signing_in.proves(mia.password_hash, "ein-langer-Hobel")


def test_unknown_expired_and_foreign_links_let_nobody_in(work: Work, client: FlaskClient) -> None:
    someone = person(work, "apprentice")
    token = inviting.new_link(work, someone)
    setup = inviting.create_setup_link(work).removeprefix("http://localhost/setup/")
    work.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == "invitation")
        .values(expires_at=work.now - timedelta(seconds=1))
    )
    work.session.commit()

    for path, code in (
        (f"/invitation/{token}", 410),
        ("/invitation/nonsense", 404),
        (f"/invitation/{setup}", 404),
    ):
        assert client.get(path).status_code == code, path
        assert post(client, path, password="ein-langer-Hobel").status_code == code, path
    assert work.session.get(Person, someone.id).password_hash is None
    assert work.session.query(SignIn).count() == 0


def test_a_closed_account_is_not_opened_by_its_link(work: Work, client: FlaskClient) -> None:
    someone = person(work, "apprentice", active=False)
    path = f"/invitation/{inviting.new_link(work, someone)}"
    work.session.commit()

    assert client.get(path).status_code == 410


def test_the_same_form_sent_twice_makes_one_person_and_shows_the_link_once(
    work: Work, client: FlaskClient
) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))
    form = {
        "given_name": "Mia",
        "family_name": "Thürmer",
        "role": "apprentice",
        "organisation": ours.id,
        "_key": "k",
    }

    first, second = post(client, "/people/invite", **form), post(client, "/people/invite", **form)

    assert LINK.search(first.get_data(as_text=True))
    assert not LINK.search(second.get_data(as_text=True))
    assert "Neuen Link machen" in second.get_data(as_text=True)
    assert work.session.query(Person).filter_by(family_name="Thürmer").count() == 1
    token = LINK.search(first.get_data(as_text=True)).group(1).rpartition("/")[2]
    record = work.session.scalars(select(CommandRecord)).one()
    assert token not in str(vars(record))


def test_a_new_link_ends_the_old_one(work: Work, client: FlaskClient, app) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))
    old = invited(work, client, organisation=ours.id)
    mia = work.session.scalars(select(Person).filter_by(username="mia.thuermer")).one()

    answer = post(client, f"/people/{mia.id}/link")
    new = LINK.search(answer.get_data(as_text=True)).group(1)

    assert app.test_client().get(old).status_code == 410
    assert app.test_client().get(new).status_code == 200


def test_the_letter_is_a_pdf_for_the_link_just_made_and_for_no_other(work: Work, client: FlaskClient) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))
    token = invited(work, client, organisation=ours.id).rpartition("/")[2]
    mia = work.session.scalars(select(Person).filter_by(username="mia.thuermer")).one()
    other = person(work, "apprentice", organisation=ours)
    work.session.commit()

    letter = post(client, f"/people/{mia.id}/letter", token=token)

    assert letter.mimetype == "application/pdf"
    assert letter.data.startswith(b"%PDF-")
    assert post(client, f"/people/{mia.id}/letter", token="x").status_code == 404
    assert post(client, f"/people/{other.id}/letter", token=token).status_code == 422
    assert client.get(f"/people/{mia.id}/letter").status_code == 405


def test_whoever_has_an_address_gets_the_link_by_mail(work: Work, client: FlaskClient) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))

    path = invited(work, client, organisation=ours.id, email="mia@example.org")

    sent = [
        email.message_from_bytes(file.read_bytes(), policy=default)
        for file in (work.house.config.home / "mail").iterdir()
    ]
    (letter,) = [mail for mail in sent if "mia@example.org" in mail["To"]]
    assert path in letter.get_body(("plain",)).get_content()
    job = work.session.scalars(select(OutboxJob).filter_by(name="lms.send_mail")).one()
    assert path not in str(job.arguments)


def test_an_address_in_use_elsewhere_is_not_betrayed(work: Work, client: FlaskClient, app) -> None:
    ours, theirs = organisation(work, "Böhme"), organisation(work, "Arndt")
    owner = person(
        work, "apprentice", organisation=theirs, email="mia@example.org", email_key="mia@example.org"
    )
    with_password(work, owner)
    sign_in(client, work, company_trainer(work, ours))
    form = {"family_name": "Thürmer", "role": "apprentice", "organisation": ours.id}

    known = post(client, "/people/invite", given_name="Mia", email="mia@example.org", **form)
    fresh = post(client, "/people/invite", given_name="Ida", email="ida@example.org", **form)

    def masked(answer: object, *words: str) -> str:
        text = answer.get_data(as_text=True)  # type: ignore[attr-defined]
        text = re.sub(r"[\w-]{43}|base64,[\w+/=]+|/people/\d+|(?:value|nonce|content)=\"[^\"]*\"", "…", text)
        return re.sub("|".join(words), "…", text)

    assert masked(known, "Mia", "mia") == masked(fresh, "Ida", "ida")
    assert enter(app.test_client(), "mia@example.org").status_code == 303
    assert work.session.get(Person, owner.id).email_key == "mia@example.org"


def test_the_office_is_told_who_has_an_address_already(work: Work, client: FlaskClient) -> None:
    person(work, "apprentice", email="mia@example.org", email_key="mia@example.org")
    sign_in(client, work, person(work, "office"))

    answer = post(
        client,
        "/people/invite",
        given_name="Mia",
        family_name="T",
        role="apprentice",
        email="MIA@example.org",
    )

    assert answer.status_code == 422
    assert "gehört schon zu einem Konto" in answer.get_data(as_text=True)


def test_user_names_are_made_unique_by_themselves(work: Work, client: FlaskClient) -> None:
    sign_in(client, work, person(work, "office"))
    for _ in range(3):
        invited(work, client)

    names = work.session.scalars(select(Person.username).where(Person.family_name == "Thürmer"))
    assert set(names) == {"mia.thuermer", "mia.thuermer2", "mia.thuermer3"}


@pytest.mark.parametrize(
    "role", ["administrator", "office", "academy_trainer", "company_trainer", "participant"]
)
def test_a_company_trainer_invites_apprentices_only(work: Work, client: FlaskClient, role: str) -> None:
    ours = organisation(work)
    sign_in(client, work, company_trainer(work, ours))
    form = {"given_name": "Mia", "family_name": "T", "role": role, "organisation": ours.id}

    assert post(client, "/people/invite", **form).status_code == 403
    assert work.session.query(Person).filter_by(family_name="T").count() == 0


def test_a_company_trainer_invites_for_her_own_company_only(work: Work, client: FlaskClient) -> None:
    ours, theirs = organisation(work, "Böhme"), organisation(work, "Arndt")
    sign_in(client, work, company_trainer(work, ours))
    form = {"given_name": "Mia", "family_name": "T", "role": "apprentice"}

    assert post(client, "/people/invite", organisation=theirs.id, **form).status_code == 404
    assert post(client, "/people/invite", **form).status_code == 422
    page = client.get("/people/invite").get_data(as_text=True)
    assert "Böhme" in page
    assert "Arndt" not in page
    assert "Administration" not in page


def test_the_office_makes_no_link_for_an_administrator(work: Work, client: FlaskClient) -> None:
    chief = person(work, "administrator")
    sign_in(client, work, person(work, "office"))

    assert post(client, f"/people/{chief.id}/link").status_code == 403
    assert work.session.query(OneTimeLink).count() == 0


def test_an_empty_installation_is_set_up_once(work: Work, client: FlaskClient, app) -> None:
    path = LINK.search(inviting.create_setup_link(work)).group(1)
    work.session.commit()
    form = {
        "academy": "Innovationsakademie Elbhandwerk",
        "short": "eh",
        "given_name": "Sabine",
        "family_name": "Vogt",
        "login": "Sabine.Vogt@elbhandwerk.example",
        "password": "ein-guter-Anfang",
    }
    assert app.test_client().get(path).status_code == 200

    typo = post(client, path, **{**form, "login": "sabine.vogt@elbhandwerk"})
    answer = post(client, path, **form)
    late = post(app.test_client(), path, **form)

    assert typo.status_code == 422
    assert "Da fehlt noch die Endung" in typo.get_data(as_text=True)
    assert answer.status_code == 303
    assert client.get("/admin").status_code == 200
    assert late.status_code == app.test_client().get(path).status_code == 410
    settings = work.settings("lms")
    assert (settings.name, settings.short) == ("Innovationsakademie Elbhandwerk", "EH")
    assert enter(app.test_client(), "sabine.vogt@elbhandwerk.example", "ein-guter-Anfang").status_code == 303
    with pytest.raises(Conflict):
        inviting.create_setup_link(work)


def test_there_is_one_set_up_link_at_a_time_and_none_beside_an_administrator(
    work: Work, client: FlaskClient
) -> None:
    first = LINK.search(inviting.create_setup_link(work)).group(1)
    second = LINK.search(inviting.create_setup_link(work)).group(1)
    work.session.commit()

    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200

    person(work, "administrator")
    work.session.commit()
    assert (
        post(
            client,
            second,
            academy="A",
            short="A",
            given_name="A",
            family_name="B",
            login="abc",
            password="ein-guter-Anfang",
        ).status_code
        == 410
    )
    assert work.session.query(Person).count() == 1


def test_passwords_that_everybody_tries_are_refused(work: Work, client: FlaskClient) -> None:
    someone = person(work, "apprentice", username="lena.hartwig")
    path = f"/invitation/{inviting.new_link(work, someone)}"
    work.session.commit()

    for password in ("passwort123", "lena.hartwig", "aaaaaaaaaaaa", "kurz", "giwtrah.anel", ""):
        assert post(client, path, password=password).status_code == 422, password
    assert post(client, path, password=PASSWORD).status_code == 303
