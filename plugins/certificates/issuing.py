"""Issue, render, verify and revoke."""

import hashlib
import json
import re
import secrets
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from wtforms import StringField, validators

from courses.contract import CourseCompleted
from courses.models import Course, CourseVersion, Enrolment
from lms import clock, documents, files
from lms.contract import N_, Done, Page, Verification
from lms.errors import Conflict
from lms.forms import BaseForm, IdField
from lms.people.models import Person
from plugins.certificates.models import Certificate, Counter

if TYPE_CHECKING:
    from lms.work import Work

TEMPLATE = Path(__file__).parent / "templates" / "certificates" / "certificate.typ"
CODE = re.compile(r"[A-Za-z0-9_-]{22}\Z")  # 16 random bytes in base64


def issue(work: "Work", event: CourseCompleted) -> None:
    """Issue the certificate for a completed course, once per enrolment, and queue its PDF."""
    counter = _counter(work)  # locked first, so that parallel completions line up here
    if work.session.scalar(select(Certificate.id).where(Certificate.enrolment_id == event.enrolment_id)):
        return
    certificate = _insert(work, event, counter)
    work.audit("certificates.issue", f"certificate:{certificate.id}", course=event.course_id)
    work.enqueue(
        "certificates.render", key=f"certificates.render:{certificate.id}", certificate_id=certificate.id
    )


def _insert(work: "Work", event: CourseCompleted, counter: Counter) -> Certificate:
    counter.last += 1
    person = work.session.get_one(Person, event.person_id)
    course = work.session.get_one(Course, event.course_id)
    academy = work.settings("lms")
    certificate = Certificate(
        code=secrets.token_urlsafe(16),
        number=f"{academy.short}-{counter.year}-{counter.last:04d}",
        person_id=person.id,
        course_id=course.id,
        enrolment_id=event.enrolment_id,
        snapshot={},
        issued_at=work.now,
    )
    certificate.snapshot = snapshot(work, certificate, person, course)
    work.session.add(certificate)
    work.session.flush()
    return certificate


def _counter(work: "Work") -> Counter:
    """This year's counter, locked until the end of the transaction: numbers have no gaps and no twins."""
    year = clock.local(work.now).year
    dialect = sqlite if work.house.database.sqlite else postgresql
    work.session.execute(dialect.insert(Counter).values(year=year, last=0).on_conflict_do_nothing())
    statement = select(Counter).where(Counter.year == year).with_for_update()
    return work.session.scalars(statement, execution_options={"populate_existing": True}).one()


def snapshot(work: "Work", certificate: Certificate, person: Person, course: Course) -> dict[str, Any]:
    """Everything the certificate says, as JSON. Dates are ISO; minutes are the course's stated length."""
    academy, own = work.settings("lms"), work.settings("certificates")
    version = work.session.get(CourseVersion, course.version_id) if course.version_id else None
    steps = version.outline if version else []
    return {
        "schema": "lehrwerk.certificate/1",
        "number": certificate.number,
        "verify_url": f"{work.house.config.base_url}/v/{certificate.code}",
        "academy": academy.name,
        "place": own.place,
        "signer": own.signer,
        "signer_role": own.signer_role,
        "name": person.name,
        "course": course.title,
        "subtitle": course.subtitle,
        "objectives": list(course.objectives),
        "level": course.level,
        "minutes": course.minutes or sum(step["minutes"] for step in steps),
        "completed_on": clock.local(work.now).date().isoformat(),
        "issued_on": clock.local(work.now).date().isoformat(),
        "course_version": version.number if version else 0,
        "language": "de",
    }


def render(work: "Work", certificate_id: int) -> None:
    """Render and store the PDF of a certificate, once for ever. The slow part happens outside a transaction."""
    with work.house.work(work.actor, readonly=True) as reading:
        certificate = reading.session.get(Certificate, certificate_id)
        if certificate is None or certificate.file_id is not None:
            return
        said, issued_at = dict(certificate.snapshot), certificate.issued_at
    pdf = documents.render_pdf(
        TEMPLATE,
        {**said, "qr": documents.qr(said["verify_url"])},
        timestamp=issued_at,
        attachment=_json(said),
    )
    made = files.Incoming(
        name=f"Zertifikat-{said['number']}.pdf", type="application/pdf", stream=BytesIO(pdf), size=len(pdf)
    )
    stored = files.store(work, made, owner="certificates", subject=f"certificate:{certificate_id}")
    certificate = work.session.get_one(Certificate, certificate_id, with_for_update=True)
    if certificate.file_id is None:
        certificate.file_id, certificate.rendered_at = stored.id, work.now
        certificate.sha256 = hashlib.sha256(pdf).hexdigest()


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()


class RevokeForm(BaseForm):
    """Which certificate, and why."""

    certificate = IdField(validators=[validators.InputRequired()])
    reason = StringField(
        N_("Warum?"),
        validators=[
            validators.InputRequired(N_("Schreiben Sie den Grund dazu.")),
            validators.Length(max=500),
        ],
    )


def revoke(work: "Work", form: RevokeForm) -> Done:
    """Take a certificate back. The verification page says so from the next request on."""
    certificate = work.get("certificates.revoke", Certificate, form.certificate.data)
    if certificate.revoked_at is not None:
        raise Conflict(N_("Dieses Zertifikat ist schon widerrufen."))
    certificate.revoked_at, certificate.revoked_by = work.now, work.actor.person_id
    certificate.reason = form.reason.data
    return Done(subject=f"certificate:{certificate.id}")


class CertificateVerification(Verification):
    """The verdict on a certificate, from its own snapshot; it never follows later changes."""

    key = "certificate"
    title = N_("Zertifikat")

    def verify(self, work: "Work", code: str) -> Page | None:
        if not CODE.match(code):
            return None
        certificate = work.session.scalars(select(Certificate).where(Certificate.code == code)).one_or_none()
        if certificate is None:
            return None
        return Page(
            template="certificates/verdict.html",
            values={"certificate": certificate, "said": certificate.snapshot, "now": work.now},
        )

    def status_of(self, work: "Work", number: str) -> Page | None:
        """By its number alone: only whether it is valid, nothing about the person."""
        folded = number.strip().upper().replace(" ", "")[:40]
        certificate = work.session.scalars(
            select(Certificate).where(Certificate.number == folded)
        ).one_or_none()
        if certificate is None:
            return None
        return Page(
            template="certificates/verdict.html",
            values={"certificate": certificate, "said": None, "now": work.now},
        )


def catch_up(work: "Work") -> None:
    """Issue what was missed while the plugin was off: every standing completion without a certificate."""
    missed = select(Enrolment).where(
        Enrolment.completed_at.is_not(None),
        ~select(Certificate.id).where(Certificate.enrolment_id == Enrolment.id).exists(),
    )
    for enrolment in work.session.scalars(missed):
        issue(work, CourseCompleted(enrolment.id, enrolment.person_id, enrolment.course_id))
