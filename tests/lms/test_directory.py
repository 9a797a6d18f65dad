"""People and organisations: every list is one's own reach, every change within one's own rights."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from lms.audit import AuditLine
from lms.contract import Held
from lms.people import names
from lms.people.models import Assignment, Membership, Organisation, Person, SignIn, Site
from lms.testing.fixtures import organisation, person, sign_in
from lms.work import Work
from tests.lms.browsing import post


def company_trainer(work: Work, company: Organisation) -> Person:
    return person(work, Held("company_trainer", "organisation", company.id), organisation=company)


def named(work: Work, given: str, family: str, *roles: str | Held, **values: object) -> Person:
    made = person(work, *roles, given_name=given, family_name=family, **values)
    made.sort_key = names.sort_key(given, family)
    work.session.flush()
    return made


@pytest.mark.parametrize(
    ("given", "family", "key"),
    [
        ("Jürgen", "Böhme", "boehme juergen"),
        ("Zoë", "Groß", "gross zoe"),
        ("Łukasz", "Ångström", "aangstroem lukasz"),
        ("Ole", "von  der Heide", "von der heide ole"),
    ],
)
def test_names_are_sorted_with_umlauts_written_out(given: str, family: str, key: str) -> None:
    assert names.sort_key(given, family) == key


def test_the_list_is_sorted_filtered_and_searched_without_umlauts(work: Work, client: FlaskClient) -> None:
    ours = organisation(work, "Böhme")
    named(work, "Uwe", "Zander", "apprentice", trade="tischler", organisation=ours)
    named(work, "Jörg", "Müller", "apprentice", trade="zimmerer")
    named(work, "Ina", "Mudra", "academy_trainer")
    named(work, "Gone", "Gantz", "apprentice", active=False)
    sign_in(client, work, named(work, "Otto", "Office", "office"))

    def shown(**filters: object) -> list[str]:
        html = client.get("/people", query_string=filters).get_data(as_text=True)
        everybody = ("Uwe Zander", "Jörg Müller", "Ina Mudra", "Gone Gantz")
        return sorted((name for name in everybody if name in html), key=html.index)

    assert shown() == ["Ina Mudra", "Jörg Müller", "Uwe Zander"]
    assert shown(name="MUELLER") == shown(name="müll jörg") == ["Jörg Müller"]
    assert shown(name="%") == []
    assert shown(role="apprentice") == ["Jörg Müller", "Uwe Zander"]
    assert shown(trade="zimmerer") == ["Jörg Müller"]
    assert shown(organisation=ours.id) == ["Uwe Zander"]
    assert shown(state="inactive") == ["Gone Gantz"]
    assert shown(organisation="' OR 1=1", trade="nonsense", size="1000000000") == shown()


def test_pages_that_no_list_has_are_refused(work: Work, client: FlaskClient) -> None:
    for n in range(60):
        named(work, "A", f"Person {n:02}", "apprentice")
    sign_in(client, work, person(work, "office", family_name="Zz"))

    second = client.get("/people?page=2&role=apprentice").get_data(as_text=True)

    assert "Person 49" not in second
    assert "Person 50" in second
    assert 'href="/people?page=1&amp;role=apprentice"' in second
    assert client.get("/people?page=-1").status_code == 400
    assert client.get("/people?page=999999999999").status_code == 400
    assert client.get("/people?page=x&size=-5").status_code == 200


def test_the_list_takes_the_same_statements_for_many_people(work: Work, client: FlaskClient) -> None:
    ours = organisation(work)
    sign_in(client, work, person(work, "office"))

    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(work.house.database.writer, "before_cursor_execute", note)
        try:
            assert client.get("/people").status_code == 200
        finally:
            event.remove(work.house.database.writer, "before_cursor_execute", note)
        return len(seen)

    statements()  # settings are read and kept
    few = statements()
    for n in range(40):
        named(work, "A", f"Person {n}", "apprentice", organisation=ours)
    work.session.commit()

    assert statements() == few


def test_another_companys_people_are_not_there(work: Work, client: FlaskClient) -> None:
    ours, theirs = organisation(work, "Böhme"), organisation(work, "Arndt")
    mine = named(work, "Lena", "Hier", "apprentice", organisation=ours)
    stranger = named(work, "Tom", "Dort", "apprentice", organisation=theirs)
    sign_in(client, work, company_trainer(work, ours))

    listed = client.get("/people").get_data(as_text=True) + client.get("/organisations").get_data(
        as_text=True
    )

    assert "Lena Hier" in listed
    assert "Tom Dort" not in listed
    assert "Arndt" not in listed
    assert "Tom Dort" not in client.get(f"/people?organisation={theirs.id}&name=Dort").get_data(as_text=True)
    assert client.get(f"/people/{mine.id}").status_code == 200
    for method, path in (
        ("GET", ""),
        ("GET", "/edit"),
        ("POST", "/edit"),
        ("POST", "/deactivate"),
        ("POST", "/link"),
        ("POST", "/letter"),
        ("POST", "/roles"),
        ("POST", "/memberships"),
    ):
        answer = (
            client.get(f"/people/{stranger.id}{path}")
            if method == "GET"
            else post(
                client,
                f"/people/{stranger.id}{path}",
                given_name="X",
                family_name="Y",
                revision=1,
                role="apprentice",
                scope="everywhere:0",
                organisation=ours.id,
                token="x",
            )
        )
        assert answer.status_code in (403, 404), path
        assert "Dort" not in answer.get_data(as_text=True)
    assert client.get(f"/people/{stranger.id}").status_code == 404


def test_a_membership_that_is_over_hides_the_person_at_once(work: Work, client: FlaskClient) -> None:
    ours = organisation(work)
    lena = named(work, "Lena", "Hier", "apprentice", organisation=ours)
    sign_in(client, work, company_trainer(work, ours))
    assert client.get(f"/people/{lena.id}").status_code == 200

    work.session.query(Membership).filter_by(person_id=lena.id).update(
        {"valid_until": work.today - timedelta(days=1)}
    )
    work.session.commit()

    assert client.get(f"/people/{lena.id}").status_code == 404


def test_the_office_edits_and_a_stale_page_shows_both(work: Work, client: FlaskClient) -> None:
    lena = named(work, "Lena", "Hartwig", "apprentice")
    sign_in(client, work, person(work, "office"))
    form = {
        "given_name": "Lena",
        "username": lena.username,
        "revision": 1,
        "trade": "tischler",
        "training_year": "3",
    }

    saved = post(client, f"/people/{lena.id}/edit", family_name="Äußerst", **form)
    stale = post(client, f"/people/{lena.id}/edit", family_name="Zu Spät", **form)

    assert saved.status_code == 303
    assert stale.status_code == 409
    assert "Äußerst" in stale.get_data(as_text=True)
    assert "Zu Spät" in stale.get_data(as_text=True)
    work.session.expire_all()
    assert (lena.family_name, lena.sort_key, lena.training_year) == ("Äußerst", "aeusserst lena", 3)


def test_fields_nobody_offered_change_nothing(work: Work, client: FlaskClient) -> None:
    lena = named(work, "Lena", "Hartwig", "apprentice")
    sign_in(client, work, person(work, "office"))
    extra = {
        "id": 99,
        "active": "",
        "password_hash": "x",
        "role": "administrator",
        "is_admin": 1,
        "person": 1,
        "person_id": 1,
    }

    post(
        client,
        f"/people/{lena.id}/edit",
        given_name="Lena",
        family_name="Neu",
        username=lena.username,
        revision=1,
        **extra,
    )

    work.session.expire_all()
    assert (lena.family_name, lena.active, lena.password_hash) == ("Neu", True, None)
    assert [a.role for a in lena.assignments] == ["apprentice"]


def test_user_names_are_unique_and_plain(work: Work, client: FlaskClient) -> None:
    taken, lena = named(work, "A", "B", "apprentice"), named(work, "Lena", "Hartwig", "apprentice")
    sign_in(client, work, person(work, "office"))

    for username in (taken.username.upper(), "a@b", "ä", "x" * 41, "-", ""):
        answer = post(
            client, f"/people/{lena.id}/edit", given_name="L", family_name="H", username=username, revision=1
        )
        assert answer.status_code == 422, username


def test_closing_an_account_ends_its_sign_ins_at_once(work: Work, client: FlaskClient, app) -> None:
    lena = named(work, "Lena", "Hartwig", "apprentice")
    phone = sign_in(app.test_client(), work, lena)
    sign_in(client, work, person(work, "office"))
    assert phone.get("/account").status_code == 200

    assert post(client, f"/people/{lena.id}/deactivate").status_code == 303

    assert phone.get("/account").status_code == 302
    assert work.session.query(SignIn).filter_by(person_id=lena.id).count() == 0
    assert post(client, f"/people/{lena.id}/reactivate").status_code == 303
    assert phone.get("/account").status_code == 302


def test_nobody_gives_more_than_she_has(work: Work, client: FlaskClient) -> None:
    lena, office = named(work, "Lena", "Hartwig", "apprentice"), person(work, "office")
    sign_in(client, work, office)

    for role in ("administrator", "academy_trainer"):
        for target in (lena.id, office.id):
            refused = post(client, f"/people/{target}/roles", role=role, scope="everywhere:0")
            assert refused.status_code == 403, role
    given = post(client, f"/people/{lena.id}/roles", role="observer", scope="everywhere:0", purpose="Prüfung")

    assert given.status_code == 303
    held = work.session.scalars(select(Assignment).filter_by(person_id=lena.id, role="observer")).one()
    assert (held.purpose, held.source) == ("Prüfung", f"person:{office.id}")
    assert work.session.query(AuditLine).filter_by(action="denied").count() == 4


def test_roles_within_a_site_go_no_further(work: Work, client: FlaskClient) -> None:
    site, other = Site(name="Meißen"), Site(name="Stendal")
    work.session.add_all((site, other))
    ours, theirs = organisation(work, "Böhme"), organisation(work, "Arndt")
    work.session.flush()
    ours.site_id, theirs.site_id = site.id, other.id
    lena = named(work, "Lena", "Hartwig", "apprentice", organisation=ours)
    tom = named(work, "Tom", "Dort", "apprentice", organisation=theirs)
    sign_in(client, work, person(work, Held("office", "site", site.id)))

    within = post(client, f"/people/{lena.id}/roles", role="company_trainer", scope=f"organisation:{ours.id}")

    assert within.status_code in (303, 403)
    assert post(client, f"/people/{lena.id}/roles", role="observer", scope="everywhere:0").status_code == 403
    assert (
        post(
            client, f"/people/{lena.id}/roles", role="observer", scope=f"organisation:{theirs.id}"
        ).status_code
        == 403
    )
    assert (
        post(client, f"/people/{tom.id}/roles", role="observer", scope=f"site:{site.id}").status_code == 404
    )
    assert client.get(f"/people/{tom.id}").status_code == 404
    assert client.get("/sites/new").status_code == 403


def test_the_administration_gives_any_role_but_the_last_one_stays(work: Work, client: FlaskClient) -> None:
    chief, lena = person(work, "administrator"), named(work, "Lena", "Hartwig", "apprentice")
    sign_in(client, work, chief)
    mine = work.session.scalars(select(Assignment.id).filter_by(person_id=chief.id)).one()

    alone = post(client, f"/people/{chief.id}/roles/withdraw", assignment=mine)
    given = post(client, f"/people/{lena.id}/roles", role="administrator", scope="everywhere:0")
    now = post(client, f"/people/{chief.id}/roles/withdraw", assignment=mine)

    assert (alone.status_code, given.status_code, now.status_code) == (422, 303, 303)
    assert "einzige Administration" in alone.get_data(as_text=True)
    assert client.get("/admin").status_code == 403


def test_the_office_cannot_touch_an_administrator(work: Work, client: FlaskClient) -> None:
    chief = person(work, "administrator")
    person(work, "administrator")
    sign_in(client, work, person(work, "office"))
    mine = work.session.scalars(select(Assignment.id).filter_by(person_id=chief.id)).one()
    form = {"given_name": "X", "family_name": "Y", "username": "x", "revision": 1}

    for path, values in (
        ("edit", form),
        ("deactivate", {}),
        ("link", {}),
        ("roles/withdraw", {"assignment": mine}),
        ("roles", {"role": "observer", "scope": "everywhere:0"}),
    ):
        assert post(client, f"/people/{chief.id}/{path}", **values).status_code == 403, path


def test_a_role_of_the_past_is_worth_nothing(work: Work, client: FlaskClient) -> None:
    chief = person(work, "office")
    sign_in(client, work, chief)
    assert client.get("/people").status_code == 200

    work.session.query(Assignment).update({"valid_until": work.today - timedelta(days=1)})
    work.session.commit()

    assert client.get("/people").status_code == 403


def test_belonging_begins_and_ends(work: Work, client: FlaskClient) -> None:
    ours = organisation(work)
    karl = named(work, "Karl", "Böhme", Held("company_trainer", "organisation", ours.id), "apprentice")
    sign_in(client, work, person(work, "office"))

    assert post(client, f"/people/{karl.id}/memberships", organisation=ours.id).status_code == 303
    assert post(client, f"/people/{karl.id}/memberships", organisation=ours.id).status_code == 422
    assert post(client, f"/people/{karl.id}/memberships", organisation=99999).status_code == 404
    membership = work.session.scalars(select(Membership).filter_by(person_id=karl.id)).one()
    assert post(client, f"/people/{karl.id}/memberships/end", membership=membership.id).status_code == 303

    work.session.expire_all()
    assert membership.valid_until == work.today - timedelta(days=1)
    assert [a.role for a in karl.assignments] == ["apprentice"]


def test_organisations_and_sites_are_created_and_changed(work: Work, client: FlaskClient) -> None:
    sign_in(client, work, person(work, "office"))

    assert post(client, "/sites/new", name="Meißen", address="Burgstraße 1").status_code == 303
    assert post(client, "/sites/new", name="Meißen").status_code == 422
    site = work.session.scalars(select(Site)).one()
    assert post(client, f"/sites/{site.id}", name="Meißen-Ost").status_code == 303
    form = {"kind": "guild", "name": "Österreicher Innung", "place": "Stendal", "site": site.id}
    assert post(client, "/organisations/new", **form).status_code == 303
    made = work.session.scalars(select(Organisation)).one()
    assert (made.sort_key, made.site_id, made.kind) == ("oesterreicher innung", site.id, "guild")
    assert client.get(f"/organisations/{made.id}").status_code == 200
    assert (
        post(client, f"/organisations/{made.id}", revision=1, **{**form, "name": "Innung"}).status_code == 303
    )
    assert post(client, f"/organisations/{made.id}", revision=1, **form).status_code == 409
    assert post(client, "/organisations/new", kind="nonsense", name="X").status_code == 422
    assert "Innung" in client.get("/organisations?kind=guild&name=inn").get_data(as_text=True)


@pytest.mark.parametrize("role", ["apprentice", "participant", "observer", "management"])
def test_whoever_learns_or_observes_finds_no_lists(work: Work, client: FlaskClient, role: str) -> None:
    me, other = person(work, role), person(work, "apprentice")
    sign_in(client, work, me)

    assert client.get(f"/people/{me.id}").status_code == 200
    assert client.get(f"/people/{other.id}").status_code == 404
    for path in (
        "/people",
        "/people/invite",
        "/organisations/new",
        "/admin",
        "/admin/audit",
        "/admin/settings",
    ):
        assert client.get(path).status_code == 403, path
