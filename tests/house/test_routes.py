"""Who gets in where: every address, method and role against tests/house/policy.json.

After adding a route: `pytest tests/house/test_routes.py --write-policy`, then read what it wrote: is it right for each role?
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.house.addresses import PEOPLE_OF_THE_MATRIX, address, body, rules
from tests.town import Town

FILE = Path(__file__).parent / "policy.json"
HOW = "Run `pytest tests/house/test_routes.py --write-policy` and read what it writes into tests/house/policy.json."
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
Verdicts = Mapping[str, str]  # role -> allowed | sign-in | the number of the refusal
Policy = Mapping[str, Verdicts]  # 'GET /people' -> verdicts


def verdict(answer: TestResponse) -> str:
    """What the answer says to who asked."""
    if answer.status_code < 400:
        at_the_door = answer.status_code in (302, 303) and answer.headers["Location"].startswith("/sign-in?")
        return "sign-in" if at_the_door else "allowed"
    return str(answer.status_code)


def ask(town: Town, who: str, method: str, rule: Rule) -> str:
    """The verdict on this person's well-formed request; what it did is undone."""
    path = address(town, rule)
    with town.undone():
        if method == "POST":
            return verdict(town.post(who, path, body(town, rule)))
        return verdict(town.ask(who, method, path))


def observed(town: Town) -> Policy:
    """The policy as the app keeps it now."""
    return {
        f"{method} {rule.rule}": {who: ask(town, who, method, rule) for who in PEOPLE_OF_THE_MATRIX}
        for method, rule in rules(town.app)
    }


def read() -> Policy:
    """The policy as it is laid down."""
    lines = json.loads(FILE.read_text()) if FILE.is_file() else {}
    return {
        line: {who: verdict for verdict, people in verdicts.items() for who in people.split()}
        for line, verdicts in lines.items()
    }


def write(policy: Policy) -> None:
    """Lay the policy down, for each address a line per verdict with the roles that get it."""
    lines = {}
    for line, verdicts in policy.items():
        found: dict[str, list[str]] = {}
        for who, said in verdicts.items():
            found.setdefault(said, []).append(who)
        lines[line] = {said: " ".join(people) for said, people in found.items()}
    FILE.write_text(json.dumps(lines, indent=1) + "\n")


@pytest.fixture(scope="session")
def policy(built_town: Town, request: pytest.FixtureRequest) -> Policy:
    """What is laid down; written anew where that was asked for."""
    if request.config.getoption("--write-policy", default=False):
        write(observed(built_town))
    return read()


def test_every_address_is_in_the_policy(built_town: Town, policy: Policy) -> None:
    known = {f"{method} {rule.rule}" for method, rule in rules(built_town.app)}
    missing, gone = sorted(known - set(policy)), sorted(set(policy) - known)
    assert not missing, f"Nobody has said who may use {', '.join(missing)}. {HOW}"
    assert not gone, f"The policy speaks of addresses that are gone: {', '.join(gone)}. {HOW}"


@pytest.mark.parametrize("line", read())
def test_the_policy_holds(built_town: Town, policy: Policy, line: str) -> None:
    method, _, path = line.partition(" ")
    rule = next((r for m, r in rules(built_town.app) if (m, r.rule) == (method, path)), None)
    if rule is None:
        pytest.skip("gone; the test above says so")
    found = {who: ask(built_town, who, method, rule) for who in PEOPLE_OF_THE_MATRIX}
    assert found == policy[line], f"{line} is not what the policy lays down. If it should be: {HOW}"


def as_before(said: str, code: int) -> bool:
    """Whether an empty form was judged like a good one, but for what is missing in it."""
    return code in (403, 404, 422) if said in ("403", "404") else code < 500 and code != 403


@pytest.mark.parametrize("accept", ["text/html", pytest.param("application/json", marks=pytest.mark.once)])
def test_an_empty_form_opens_no_door_and_closes_none(built_town: Town, policy: Policy, accept: str) -> None:
    """Refused is refused, or told what is missing on a page that asks for itself; the others are told what is missing."""
    wrong = []
    for method, rule in rules(built_town.app):
        if method != "POST":
            continue
        for who, said in policy[f"POST {rule.rule}"].items():
            with built_town.undone():
                answer = built_town.post(who, address(built_town, rule), headers={"Accept": accept})
            code = answer.status_code
            if not as_before(said, code):
                wrong.append(f"{who}: POST {rule.rule} is {said}, without any field {code}")
    assert not wrong


@pytest.mark.once
def test_head_is_asked_the_same_as_get(built_town: Town, policy: Policy) -> None:
    for method, rule in rules(built_town.app):
        if method == "GET":
            found = {who: ask(built_town, who, "HEAD", rule) for who in PEOPLE_OF_THE_MATRIX}
            assert found == policy[f"GET {rule.rule}"], f"HEAD {rule.rule} is judged otherwise than GET"


@pytest.mark.once
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
def test_other_methods_are_not_allowed(town: Town, method: str) -> None:
    for _, rule in rules(town.app):
        for who in ("visitor", "apprentice", "administrator"):
            answer = town.ask(who, method, address(town, rule), headers={"X-CSRFToken": town.tokens[who]})
            assert answer.status_code in (400, 405), f"{method} {rule.rule} as {who}: {answer.status_code}"
            assert "TRACE" not in answer.headers.get("Allow", "")


@pytest.mark.once
def test_options_say_no_more_than_the_methods(town: Town) -> None:
    for _, rule in rules(town.app):
        answer = town.ask("visitor", "OPTIONS", address(town, rule))
        assert (answer.status_code, answer.data) == (200, b""), rule.rule
        assert set(answer.headers["Allow"].split(", ")) <= {"GET", "HEAD", "POST", "OPTIONS"}


@pytest.mark.once
@pytest.mark.parametrize("header", OVERRIDES)
def test_no_header_turns_one_method_into_another(built_town: Town, policy: Policy, header: str) -> None:
    addresses = rules(built_town.app)
    for method, rule in addresses:
        path, other = address(built_town, rule), "POST" if method == "GET" else "GET"
        if (other, rule.rule) in {(m, r.rule) for m, r in addresses}:
            continue
        for who in ("visitor", "other_company_trainer"):
            with built_town.undone():
                answer = built_town.ask(
                    who,
                    other,
                    path,
                    headers={header: method, "X-CSRFToken": built_town.tokens[who]},
                    query_string={"_method": method},
                )
            assert answer.status_code == 405, f"{other} {rule.rule} with {header}: {method} as {who}"
