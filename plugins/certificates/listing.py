"""Certificates on pages: mine, a course's, a person's, and the office's list."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, or_, select

from courses.models import Course, Enrolment
from lms import files
from lms.contract import N_, FileSubject, Page
from lms.people.models import Person
from plugins.certificates.models import Certificate
from plugins.certificates.rules import sees

if TYPE_CHECKING:
    from lms.work import Work

PAGE_SIZE = 50
NAMELESS = ("schema", "number", "academy", "issued_on")  # what stays of a snapshot without its person


def mine(work: "Work") -> Sequence[Certificate]:
    """Her own certificates, newest first."""
    work.require("certificates.own")
    own = select(Certificate).where(Certificate.person_id == work.actor.person_id)
    return work.session.scalars(own.order_by(Certificate.issued_at.desc())).all()


def one(work: "Work", certificate_id: int) -> Certificate:
    """A certificate she may see."""
    return work.get("certificates.view", Certificate, certificate_id)


def issued(work: "Work", text: str = "", page: int = 1) -> tuple[Sequence[Certificate], bool]:
    """A page of all certificates within reach whose number, name or course fits, and whether there are more."""
    work.require("certificates.list")
    statement = work.allowed("certificates.view", Certificate)
    if text:
        searched = (Certificate.number, Person.family_name, Person.given_name, Course.title)
        statement = (
            statement.join(Person, Person.id == Certificate.person_id)
            .join(Course, Course.id == Certificate.course_id)
            .where(or_(*(column.icontains(text[:80], autoescape=True) for column in searched)))
        )
    page = max(1, min(page, 10_000))
    statement = statement.order_by(Certificate.id.desc()).limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)
    found = work.session.scalars(statement).all()
    return found[:PAGE_SIZE], len(found) > PAGE_SIZE


def pdf(work: "Work", certificate_id: int) -> tuple[Certificate, Path | None]:
    """The certificate and where its stored bytes lie, or None while they are being made."""
    certificate = one(work, certificate_id)
    return certificate, files.open_file(work, certificate.file_id)[1] if certificate.file_id else None


class CertificateFiles(FileSubject):
    """The PDF of a certificate is seen by those who see the certificate."""

    key = "certificate"
    title = N_("Zertifikat")

    def visible(self, work: "Work") -> Select[int]:
        return select(Certificate.id).where(sees(work))


def course_side(work: "Work", subject: Any) -> Page | None:
    """Beside a course: the promise, or the certificate itself. `subject` is a Course."""
    certificate = None
    if work.actor.person_id:
        certificate = work.session.scalars(
            select(Certificate)
            .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
            .where(Enrolment.course_id == subject.id, Certificate.person_id == work.actor.person_id)
        ).one_or_none()
    return Page(template="certificates/course_side.html", values={"certificate": certificate})


def person_page(work: "Work", subject: Any) -> Page | None:
    """On a person's page: her certificates. `subject` is a Person."""
    if not work.scopes("certificates.view"):
        return None
    allowed = work.allowed("certificates.view", Certificate).where(Certificate.person_id == subject.id)
    found = work.session.scalars(allowed.order_by(Certificate.issued_at.desc())).all()
    return Page(template="certificates/person_page.html", values={"certificates": found}) if found else None


def export(work: "Work", person_id: int) -> Any:
    """Everything kept about a person here, as JSON."""
    rows = work.session.scalars(select(Certificate).where(Certificate.person_id == person_id))
    return [{"number": row.number, "code": row.code, **row.snapshot} for row in rows]


def erase(work: "Work", person_id: int) -> None:
    """Forget the person; number and verdict stay, so that a number is never given twice."""
    for row in work.session.scalars(select(Certificate).where(Certificate.person_id == person_id)):
        file_id, row.file_id, row.person_id = row.file_id, None, None
        row.snapshot = {key: value for key, value in row.snapshot.items() if key in NAMELESS}
        row.revoked_at = row.revoked_at or work.now
        if file_id:
            work.session.flush()
            files.remove(work, file_id)
