"""B02 of docs/security.md: nobody of company A ever meets a word of company B.

Every text that company B left anywhere is replaced by a marker; then company A's people go everywhere.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Table, Text, or_, select, update
from werkzeug.test import TestResponse

from lms.work import Work
from tests.security.crawling import crawl, gets, with_ids
from tests.security.digests import tables
from tests.town import SOUTH, Town

MARK = "XBZ-OTHER-"
COMPANY_A = ("apprentice", "colleague", "company_trainer", "site_academy_trainer", "site_office")
OUTSIDE = ("visitor", "participant", "observer", "management")
# Columns whose texts are keys of the program, secrets, or hashes. Whatever is not named here gets the marker.
KEYS = re.compile(
    r"(\.(locale|theme|kind|type|role|scope_kind|state|subject|subject_kind|owner|action|actor|purpose_of|request_id|name_of)"
    r"|_hash|_key|\.key|\.code|sha256|\.fingerprint|lms_one_time_link\.purpose|lms_assignment\.source"
    r"|courses_enrolment\.source|lms_outbox_job\.name|lms_command_record\.name)$"
)


@pytest.fixture
def marked(town: Town, town_work: Work) -> Town:
    """The town, with the marker in every text column of every row about company B."""
    people = [town.people[name] for name in SOUTH]
    marked = [
        f"{table.name}.{column.name}"
        for table in tables(town_work).values()
        for column in _texts(table)
        if _mark(town_work, town, table, column, people)
    ]
    town_work.session.commit()
    assert {
        "lms_person.family_name",
        "lms_organisation.name",
        "lms_file.name",
        "certificates_certificate.snapshot",
    } <= set(marked)
    return town


def _texts(table: Table) -> list[Column[Any]]:
    return [
        column
        for column in table.c
        if isinstance(column.type, Text | JSON) and not KEYS.search(f"{table.name}.{column.name}")
    ]


def _mark(work: Work, town: Town, table: Table, column: Column[Any], people: list[int]) -> int:
    """How many rows of company B got the marker in this column."""
    ids = list(table.primary_key.columns)
    clause = _of_company_b(town, table, people)
    if clause is None or len(ids) != 1:
        return 0
    rows = work.session.scalars(select(ids[0]).where(clause)).all()
    for id in rows:
        text = f"{MARK}{table.name}-{column.name}-{id}"
        value = {"name": text, "course": text, "title": text} if isinstance(column.type, JSON) else text
        if table.name == "courses_enrolment" and isinstance(column.type, JSON):
            continue  # numbers of steps, no words
        work.session.execute(update(table).where(ids[0] == id).values({column.name: value}))
    return len(rows)


def _of_company_b(town: Town, table: Table, people: list[int]) -> Any:
    """The clause 'this row is about company B', or None where the table is about nobody."""
    own = {"lms_person": people, "lms_organisation": [town.ids["south"]]}
    if table.name in own:
        return table.c.id.in_(own[table.name])
    if table.name == "lms_file":
        return (table.c.subject_kind == "person") & table.c.subject_id.in_(people)
    about = []
    if "person_id" in table.c:
        about.append(table.c.person_id.in_(people))
    if "enrolment_id" in table.c:
        about.append(table.c.enrolment_id == town.ids["enrolment_stranger"])
    return or_(*about) if about else None


def leaks(path: str, answer: TestResponse) -> Iterator[str]:
    """Where the marker stands in an answer."""
    everything = (
        answer.text + str(answer.headers) if answer.mimetype.startswith("text/") else str(answer.headers)
    )
    for found in re.findall(rf"{MARK}[\w-]+", everything):
        yield f"{path} ({answer.status_code}): {found}"


@pytest.mark.parametrize("who", COMPANY_A + OUTSIDE)
def test_following_links_leads_to_no_word_of_another_company(marked: Town, who: str) -> None:
    found = list(crawl(marked, who))
    assert [leak for path, answer in found for leak in leaks(path, answer)] == []
    assert [f"{path}: {answer.status_code}" for path, answer in found if answer.status_code >= 400] == []


@pytest.mark.parametrize("who", COMPANY_A + OUTSIDE)
def test_ids_of_another_company_lead_nowhere(marked: Town, who: str) -> None:
    ids = {
        marked.ids["south"],
        *(marked.people[name] for name in SOUTH),
        *(id for name, id in marked.ids.items() if name.endswith("_stranger") and isinstance(id, int)),
    }
    found = []
    for rule in gets(marked):
        for path in with_ids(marked, rule, sorted(ids)):
            answer = marked.ask(who, "GET", path)
            found += leaks(path, answer)
            if answer.status_code >= 500:
                found.append(f"{path}: {answer.status_code}")
    assert found == []


@pytest.mark.parametrize("who", ("apprentice", "company_trainer", "site_academy_trainer", "site_office"))
def test_what_belongs_to_another_company_is_not_there(marked: Town, who: str) -> None:
    ids, stranger = marked.ids, marked.people["stranger"]
    for path in (
        f"/people/{stranger}",
        f"/people/{stranger}/edit",
        f"/organisations/{ids['south']}",
        f"/teach/enrolments/{ids['enrolment_stranger']}",
        f"/teach/enrolments/{ids['enrolment_stranger']}/activities/{ids['quiz']}",
        f"/x/certificates/{ids['certificate_stranger']}",
        f"/x/certificates/{ids['certificate_stranger']}.pdf",
        f"/files/{ids['file_stranger']}/bild.png",
    ):
        there, nowhere = (
            marked.ask(who, "GET", p) for p in (path, re.sub(r"\d+(?=\D*$)", "1999999999", path))
        )
        assert there.status_code == nowhere.status_code == 404, path


@pytest.mark.parametrize("who", ("company_trainer", "site_academy_trainer", "site_office"))
@pytest.mark.parametrize(
    "path",
    [
        "/people?name={}",
        "/people?name={}&state=inactive",
        "/people?organisation={south}&name={}",
        "/organisations?name={}",
        "/x/certificates/issued?text={}",
        "/teach/courses/{course}/people?q={}",
    ],
)
def test_searching_does_not_tell_what_is_there(marked: Town, who: str, path: str) -> None:
    """A word of company B finds as much as a word nobody has."""
    seen = set()
    for word in ("xbz", "qxy"):
        answer = marked.ask(who, "GET", path.format(word, **marked.ids))
        text = re.sub(r'(nonce|content|value)="[^"]*"', r"\1", answer.text).replace(word, "")
        seen.add((answer.status_code, re.sub(r"[\w-]{16,}", "", text)))
    assert len(seen) == 1
