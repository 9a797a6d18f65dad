"""A completed course has one certificate, with one number, that says for ever what it said."""

import hashlib
import threading
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from courses import facts, progress
from courses.contract import MARKED
from courses.models import Course, Enrolment
from lms import files
from lms.contract import Held, system
from lms.errors import Conflict, Missing
from lms.files import StoredFile
from lms.house import House
from lms.jobs import OutboxJob
from lms.people.models import Person
from lms.testing.fixtures import organisation, person, sign_in, work_as
from lms.work import Work
from plugins.certificates import issuing, listing
from plugins.certificates.models import Certificate, Counter
from tests.courses import kinds


@pytest.fixture
def work(house: House, work: Work) -> Work:
    kinds.register(house.registry)
    return work


def complete(work: Work, enrolment: Enrolment) -> None:
    """Finish every step of the course and count."""
    for activity in kinds.activities(work, work.session.get_one(Course, enrolment.course_id)):
        facts.append(
            work,
            key=f"done:{enrolment.id}:{activity.id}",
            person_id=enrolment.person_id,
            enrolment_id=enrolment.id,
            subject=f"activity:{activity.id}",
            kind="done",
        )
    progress.refresh(work, enrolment)
    work.session.flush()


def finished(work: Work, **values: str) -> Certificate:
    """The certificate of somebody who finished a course."""
    course = kinds.course(work, ("sheet", MARKED), objectives=["Zinken einteilen"], **values)
    learner = person(work, "apprentice", given_name="Yusuf", family_name="Demir")
    enrolment = kinds.enrolled(work, course, learner)
    complete(work, enrolment)
    return work.session.scalars(select(Certificate).where(Certificate.enrolment_id == enrolment.id)).one()


def how_many(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(Certificate)) or 0


def test_finishing_a_course_issues_one_numbered_certificate_and_queues_its_pdf(work: Work) -> None:
    certificate = finished(work)

    assert certificate.snapshot["name"] == "Yusuf Demir"
    assert certificate.snapshot["objectives"] == ["Zinken einteilen"]
    assert certificate.snapshot["verify_url"].endswith(f"/v/{certificate.code}")
    assert len(certificate.code) == 22
    assert work.session.scalars(select(OutboxJob).where(OutboxJob.name == "certificates.render")).one()


def test_numbers_follow_each_other_and_a_second_completion_changes_nothing(work: Work) -> None:
    first, second = finished(work), finished(work)
    issuing.catch_up(work)
    progress.refresh(work, work.session.get_one(Enrolment, first.enrolment_id))

    assert int(second.number[-4:]) == int(first.number[-4:]) + 1
    assert how_many(work) == 2


def test_a_new_name_and_title_leave_the_certificate_as_it_was(work: Work) -> None:
    certificate = finished(work, title="Holzverbindungen")
    work.session.get_one(Course, certificate.course_id).title = "Ganz anders"
    work.session.get_one(Person, certificate.person_id).family_name = "Neuname"
    work.session.flush()

    said = listing.one(work, certificate.id).snapshot
    assert (said["course"], said["name"]) == ("Holzverbindungen", "Yusuf Demir")


def test_the_pdf_is_rendered_once_and_kept_with_its_hash(work: Work) -> None:
    certificate = finished(work)
    issuing.render(work, certificate.id)
    first = (certificate.file_id, certificate.sha256)
    _, path = listing.pdf(work, certificate.id)
    assert path is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == certificate.sha256

    issuing.render(work, certificate.id)
    assert (certificate.file_id, certificate.sha256) == first


def test_the_pdf_is_seen_by_its_owner_and_nobody_elses(work: Work) -> None:
    certificate = finished(work)
    issuing.render(work, certificate.id)
    owner = work_as(work, work.session.get_one(Person, certificate.person_id))
    assert files.open_file(owner, certificate.file_id)[0].type == "application/pdf"
    with pytest.raises(Missing):
        files.open_file(work_as(work, person(work, "apprentice")), certificate.file_id)


def test_revoking_needs_the_right_and_happens_once(work: Work) -> None:
    certificate = finished(work)
    form = issuing.RevokeForm.of({"certificate": certificate.id, "reason": "Irrtum"})
    assert form.validate()

    with pytest.raises(Missing):
        issuing.revoke(work_as(work, person(work, "academy_trainer")), form)
    issuing.revoke(work_as(work, person(work, "office")), form)
    assert certificate.revoked_at is not None
    with pytest.raises(Conflict):
        issuing.revoke(work_as(work, person(work, "office")), form)


def test_another_companys_certificate_is_missing(work: Work) -> None:
    certificate = finished(work)
    company = organisation(work, "Fremd")
    trainer = work_as(work, person(work, Held("company_trainer", "organisation", company.id)))
    with pytest.raises(Missing):
        listing.one(trainer, certificate.id)
    assert list(listing.issued(trainer)[0]) == []


def test_anyone_verifies_by_the_code_and_sees_only_the_status_by_the_number(
    work: Work, client: FlaskClient
) -> None:
    certificate = finished(work)
    work.session.commit()

    by_code = client.get(f"/v/{certificate.code}")
    html = by_code.get_data(as_text=True)
    assert by_code.status_code == 200
    assert "<h1>Gültig</h1>" in html
    assert "Yusuf Demir" in html
    assert "noindex" in html
    assert by_code.headers["Cache-Control"] == "private, no-store"

    by_number = client.get("/v", query_string={"number": certificate.number.lower()}).get_data(as_text=True)
    assert "<h1>Gültig</h1>" in by_number
    assert "Yusuf" not in by_number
    assert certificate.code not in by_number


def test_a_revoked_one_says_so_at_once_and_keeps_the_reason_to_itself(
    work: Work, client: FlaskClient
) -> None:
    certificate = finished(work)
    certificate.revoked_at, certificate.reason = work.now, "geheimer Grund"
    work.session.commit()

    shown = client.get(f"/v/{certificate.code}").get_data(as_text=True)
    assert "<h1>Nicht mehr gültig</h1>" in shown
    assert "geheimer Grund" not in shown
    assert "Yusuf" not in shown


@pytest.mark.parametrize("code", ["A" * 22, "x", "..%2f..%2fetc", "A" * 4000, "%00", "ü" * 22])
def test_unknown_codes_are_not_found(client: FlaskClient, code: str) -> None:
    assert client.get(f"/v/{code}").status_code == 404


def test_the_office_finds_and_revokes_on_the_page(work: Work, client: FlaskClient) -> None:
    certificate = finished(work)
    sign_in(client, work, person(work, "office"))

    assert certificate.number in client.get("/x/certificates/issued?text=demir").get_data(as_text=True)
    page = client.get(f"/x/certificates/{certificate.id}").get_data(as_text=True)
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    path = f"/x/certificates/{certificate.id}/revoke"
    assert client.post(path, data={"csrf_token": token, "reason": ""}).status_code == 422
    assert client.post(path, data={"csrf_token": token, "reason": "Irrtum"}).status_code == 303
    assert "Irrtum" in client.get(f"/x/certificates/{certificate.id}").get_data(as_text=True)


def test_catching_up_issues_what_was_missed(work: Work) -> None:
    certificate = finished(work)
    work.session.delete(certificate)
    work.session.flush()
    issuing.catch_up(work)
    assert how_many(work) == 1


def test_fifty_parallel_completions_give_one_certificate(own_house: House) -> None:
    kinds.register(own_house.registry)
    with own_house.work(system("test")) as work:
        course = kinds.course(work, ("sheet", MARKED))
        enrolment_id = kinds.enrolled(work, course, person(work, "apprentice")).id
        before = how_many(work)

    start = threading.Barrier(50)
    failures: list[Exception] = []

    def finish() -> None:
        start.wait()
        try:
            with own_house.work(system("test")) as work:
                complete(work, work.session.get_one(Enrolment, enrolment_id))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=finish) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with own_house.work(system("test"), readonly=True) as work:
        mine = select(func.count()).select_from(Certificate).where(Certificate.enrolment_id == enrolment_id)
        assert work.session.scalar(mine) == 1
        assert how_many(work) == before + 1
        assert work.session.scalar(select(func.sum(Counter.last))) == before + 1


def test_who_is_erased_leaves_a_number_and_nothing_else(work: Work) -> None:
    certificate = finished(work)
    stored = files.store(
        work,
        files.Incoming(name="z.pdf", type="application/pdf", stream=BytesIO(b"%PDF-"), size=5),
        owner="certificates",
        subject=f"certificate:{certificate.id}",
    )
    certificate.file_id = stored.id
    erased, number = certificate.person_id, certificate.number
    assert erased is not None

    listing.erase(work, erased)
    work.session.flush()
    work.session.expire_all()

    assert certificate.person_id is None
    assert certificate.number == number
    assert "Demir" not in str(certificate.snapshot)
    assert work.session.scalar(select(func.count()).select_from(StoredFile)) == 0
