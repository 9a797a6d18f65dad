"""B05, B07, B08 and B10 of docs/security.md: nobody gives herself more than she was given."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import IntegerConverter

from courses.models import Activity, Course
from lms.audit import AuditLine
from lms.contract import system
from lms.people.models import Assignment, Person
from lms.work import Work
from tests.house.addresses import address, body
from tests.security.crawling import gets, posts
from tests.security.digests import contents
from tests.town import Town

# Fields nobody may set by naming them. Where one of them is a field of the form itself it is left out.
WISHES: Mapping[str, Any] = {
    "id": 1,
    "role": "administrator",
    "roles": "administrator",
    "is_admin": 1,
    "admin": "true",
    "active": "",
    "person_id": 1,
    "user_id": 1,
    "company_id": 1,
    "organisation_id": 1,
    "site_id": 1,
    "created_by": 1,
    "enrolled_by": 1,
    "owner": "lms",
    "source": "seed",
    "state": "published",
    "status": "completed",
    "score": 100,
    "passed": 1,
    "done": 99,
    "total": 1,
    "completed_at": "2020-01-01",
    "approved_by": 1,
    "issued_at": "2020-01-01",
    "number": "EH-2020-0001",
    "price": 0,
    "version": 99,
    "version_id": 99,
    "course_id": 99,
    "library_id": "x",
    "password_hash": "x",
    "reviewed_by": 1,
    "handled_at": "2020-01-01",
    "subject": "person:1",
    "actor": "system:test",
    "permission": "roles.any",
    "assignments-0-role": "administrator",
    "__class__": "x",
    "constructor[prototype][admin]": 1,
}
# Things the address names: another one in the form must not win.
NO_JSON = {"teach.upload", "public.language", "people.sign_in_now", "people.change_password", "people.letter"}
TARGETS = (
    "person",
    "course",
    "activity",
    "enrolment",
    "certificate",
    "report",
    "organisation",
    "site",
    "section",
)


def permitted(town: Town, rule: Any) -> str:
    """Somebody who may post there."""
    if rule.endpoint.startswith(("learn.", "catalogue.")):
        return "apprentice"
    public = getattr(town.app.view_functions[rule.endpoint], "public", False)
    return "visitor" if public else "administrator"


def wished(rule: Any, form: Mapping[str, Any]) -> dict[str, Any]:
    """The good form and all wishes that are no fields of it."""
    own = {name for name in TARGETS if f"{name}_id" in rule.arguments or "id" in rule.arguments}
    other = {name: 1999 for name in own if name not in form}
    return {**WISHES, **other, **form}


def outcome(town: Town, who: str, path: str, form: Mapping[str, Any], *, as_json: bool = False) -> Any:
    """Status and what the database holds after the form was sent."""
    with town.undone():
        if as_json:
            answer = town.browser(who).post(path, json=form, headers={"X-CSRFToken": town.tokens[who]})
        else:
            answer = town.post(who, path, form)
        with town.house.work(system("test"), readonly=True) as work:
            return answer.status_code, contents(work)


class TestB05MassAssignment:
    @pytest.fixture(autouse=True)
    def on_sqlite(self, built_town: Town) -> None:
        if not built_town.house.database.sqlite:
            pytest.skip("PostgreSQL does not give a number twice, so two runs are not alike")

    @pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
    def test_fields_a_form_does_not_have_change_nothing(self, built_town: Town, as_json: bool) -> None:
        differing = []
        for rule in posts(built_town):
            who, path = permitted(built_town, rule), address(built_town, rule)
            plain, greedy = body(built_town, rule), body(built_town, rule)
            if as_json and rule.endpoint in NO_JSON:
                continue
            first = outcome(built_town, who, path, plain, as_json=as_json)
            second = outcome(built_town, who, path, wished(rule, greedy), as_json=as_json)
            assert first[0] < 500, rule.rule
            if first != second:
                tables = [t for t in first[1] if first[1][t] != second[1][t]]
                differing.append(f"{rule.rule}: {first[0]} and {second[0]}, {tables}")
        assert differing == []

    @pytest.mark.parametrize(
        "data", ["[]", '"x"', "null", "1", "[[1]]", "{", '{"a":' * 3000, '{"role": NaN}', "9" * 5000]
    )
    def test_json_that_is_no_object_is_a_form_without_fields(self, town: Town, data: str) -> None:
        head = {"X-CSRFToken": town.tokens["office"], "Content-Type": "application/json"}
        answer = town.browser("office").post("/people/invite", data=data, headers=head)
        assert answer.status_code in (400, 422)


class TestB07Escalation:
    """A trainer, a company's trainer and the office reach for more than they hold."""

    @pytest.mark.parametrize("who", ["academy_trainer", "company_trainer", "office", "site_office"])
    @pytest.mark.parametrize("role", ["administrator", "office", "academy_trainer", "management", "observer"])
    def test_nobody_invites_somebody_above_herself(
        self, town: Town, town_work: Work, who: str, role: str
    ) -> None:
        form = {
            "given_name": "A",
            "family_name": "B",
            "role": role,
            "locale": "de",
            "organisation": town.ids["north"],
        }
        answer = town.post(who, "/people/invite", form)
        allowed = who == "office" and role in ("office", "management", "observer")
        assert (answer.status_code == 200) == allowed
        assert allowed or answer.status_code in (403, 404, 422)

    @pytest.mark.parametrize(
        "who", ["academy_trainer", "company_trainer", "office", "site_office", "apprentice"]
    )
    def test_nobody_makes_herself_administrator(self, town: Town, town_work: Work, who: str) -> None:
        for scope in ("everywhere:0", f"site:{town.ids['site']}", f"organisation:{town.ids['north']}"):
            form = {"role": "administrator", "scope": scope}
            answer = town.post(who, f"/people/{town.people[who]}/roles", form)
            assert answer.status_code in (403, 404), scope
        held = town_work.session.scalars(select(Assignment.role).filter_by(person_id=town.people[who])).all()
        assert "administrator" not in held

    @pytest.mark.parametrize("act", ["link", "deactivate", "roles/withdraw", "edit", "memberships"])
    def test_the_office_has_no_hold_on_the_administration(self, town: Town, act: str) -> None:
        form = {
            "assignment": town.ids["assignment_administrator"],
            "given_name": "X",
            "family_name": "Y",
            "username": "mine",
            "revision": 1,
            "organisation": town.ids["north"],
        }
        answer = town.post("office", f"/people/{town.people['administrator']}/{act}", form)
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("who", "path"),
        [
            ("academy_trainer", "/admin/settings"),
            ("academy_trainer", "/admin/audit"),
            ("academy_trainer", "/admin/plugins"),
            ("office", "/admin/audit"),
            ("office", "/admin/plugins"),
            ("site_office", "/admin/settings"),
            ("site_office", "/admin/pages"),
            ("site_office", "/admin/reports"),
            ("company_trainer", "/teach/new"),
        ],
    )
    def test_a_refusal_is_written_down(self, town: Town, town_work: Work, who: str, path: str) -> None:
        assert town.ask(who, "GET", path).status_code == 403
        line = town_work.session.scalars(select(AuditLine).where(AuditLine.action == "denied")).one()
        assert (line.actor, line.details["path"]) == (f"person:{town.people[who]}", path)

    def test_a_site_s_trainer_edits_courses_of_her_site_only(self, town: Town, town_work: Work) -> None:
        paths = (f"/teach/courses/{town.ids['course']}", f"/teach/activities/{town.ids['page']}")
        assert {town.ask("site_academy_trainer", "GET", path).status_code for path in paths} <= {403, 404}
        town_work.session.get_one(Course, town.ids["course"]).site_id = town.ids["site"]
        town_work.session.commit()
        assert {town.ask("site_academy_trainer", "GET", path).status_code for path in paths} == {200}


class TestB08Templates:
    @pytest.mark.parametrize(
        "text",
        [
            "{{ config }}",
            "{{ 7*191 }}",
            "{% for x in 1 %}",
            "{0.__class__}",
            "%(x)s",
            "${7*191}",
            "#{7*191}",
            "%s%n",
        ],
    )
    def test_what_people_write_is_never_a_template(self, town: Town, town_work: Work, text: str) -> None:
        course = town_work.session.get_one(Course, town.ids["course"])
        course.title, course.description = text, f"<p>{text}</p>"
        person = town_work.session.get_one(Person, town.people["colleague"])
        person.given_name = text
        town_work.session.get_one(Activity, town.ids["page"]).title = text
        town_work.session.commit()
        for path in (
            f"/courses/{course.id}",
            f"/people/{person.id}",
            f"/teach/courses/{course.id}",
            "/people",
            "/teach",
        ):
            answer = town.ask("administrator", "GET", path)
            assert answer.status_code == 200
            assert "1337" not in answer.text
            assert "&lt;Config" not in answer.text
        assert text.replace("<", "&lt;") in town.ask("visitor", "GET", f"/courses/{course.id}").text


class TestB10Numbers:
    NUMBERED = {"catalogue.course"}  # public addresses with a number: what is in the catalogue for everybody

    def test_public_addresses_hold_no_number_to_count_up(self, town: Town) -> None:
        counted = {
            rule.endpoint
            for rule in gets(town)
            if getattr(town.app.view_functions[rule.endpoint], "public", False)
            and any(isinstance(converter, IntegerConverter) for converter in rule._converters.values())
        }
        assert counted == self.NUMBERED

    def test_secrets_in_addresses_have_128_bits_at_least(self, town: Town) -> None:
        for name, letters in (("invitation", 43), ("setup", 43), ("code_colleague", 22)):
            assert re.fullmatch(rf"[A-Za-z0-9_-]{{{letters}}}", town.ids[name])

    @pytest.mark.parametrize("who", ["apprentice", "company_trainer", "visitor"])
    def test_counting_up_finds_nothing_more(self, town: Town, who: str) -> None:
        """Of all numbers around one's own, only what belongs to one opens."""
        mine = {
            "apprentice": {"people": {"apprentice"}, "certificates": set(), "enrolments": set()},
            "company_trainer": {
                "people": {"apprentice", "colleague", "company_trainer", "newcomer"},
                "certificates": {"certificate_colleague"},
                "enrolments": {"enrolment_apprentice", "enrolment_colleague"},
            },
            "visitor": {"people": set(), "certificates": set(), "enrolments": set()},
        }[who]
        for path, things in (
            ("/people", "people"),
            ("/x/certificates", "certificates"),
            ("/teach/enrolments", "enrolments"),
        ):
            opened = {n for n in range(1, 60) if town.ask(who, "GET", f"{path}/{n}").status_code == 200}
            assert opened == {(town.people | town.ids)[name] for name in mine[things]}, path

    def test_a_draft_is_not_there_for_others(self, town: Town) -> None:
        for who in ("visitor", "apprentice", "company_trainer", "office", "observer"):
            assert town.ask(who, "GET", f"/courses/{town.ids['draft']}").status_code in (302, 404)
            assert town.ask(who, "GET", f"/learn/{town.ids['draft_page']}").status_code in (302, 404)
            assert "Entwurf" not in town.ask(who, "GET", "/courses").text
