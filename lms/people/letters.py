"""An invitation on paper: a letter with the link as text and as QR code."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_datetime

from lms import clock, documents
from lms.config import TEMPLATES
from lms.contract import N_
from lms.errors import Invalid
from lms.people import directory, inviting

if TYPE_CHECKING:
    from lms.people.forms import LetterForm
    from lms.work import Work

TEMPLATE = TEMPLATES / "lms" / "letter.typ"


@dataclass(frozen=True)
class Letter:
    """All a letter says, ready to be set in type without the database."""

    file_name: str
    made_at: datetime
    values: dict[str, Any]


def picture(address: str) -> str:
    """The QR code of an address as the source of a picture on a page."""
    return "data:image/svg+xml;base64," + b64encode(documents.qr(address).encode()).decode()


def letter(work: "Work", person_id: int, form: "LetterForm") -> Letter:
    """The letter for a link the actor has just made; the link must still be open and be this person's."""
    work.require("people.invite")
    person = directory.person(work, person_id)
    if not form.validate() or inviting.invited_person(work, form.token.data).id != person.id:
        raise Invalid(N_("Dieser Link gehört zu jemand anderem."))
    address = inviting.address(work, "invitation", form.token.data)
    academy = work.settings("lms")
    with work.speaking(person.locale):
        values = {
            "lang": person.locale,
            "academy": academy.name,
            "sender": " · ".join(filter(None, (academy.name, *academy.address.splitlines()))),
            "name": person.name,
            "address": [m.organisation.name for m in person.memberships[:1]],
            "date": format_date(work.today, "long", locale=person.locale),
            "subject": work._(N_("Dein Zugang zu Lehrwerk")),
            "greeting": work._(N_("Hallo %(name)s,"), name=person.given_name),
            "paragraphs": _paragraphs(work, person.username or person.email or ""),
            "url": address,
            "qr": documents.qr(address),
            "valid": _validity(work, inviting.latest_end(work, person)),
            "closing": work._(N_("Viel Freude beim Lernen")),
        }
    return Letter(f"einladung-{person.id}.pdf", work.now, values)


def rendered(made: Letter) -> bytes:
    """The letter as PDF. Takes a while and needs no database."""
    return documents.render_pdf(TEMPLATE, made.values, timestamp=made.made_at)


def _paragraphs(work: "Work", login: str) -> list[str]:
    return [
        work._(N_("scanne den Code mit dem Handy und wähle ein Passwort. Danach bist du angemeldet.")),
        work._(N_("Später meldest du dich mit diesem Namen an: %(login)s"), login=login),
        work._(N_("Der Link gilt nur für dich und nur einmal. Gib ihn nicht weiter.")),
    ]


def _validity(work: "Work", end: datetime | None) -> str:
    if end is None:
        return ""
    day = format_datetime(
        clock.local(end), "d. MMMM y, H:mm" if work.locale == "de" else "d MMMM y, H:mm", locale=work.locale
    )
    return work._(N_("Gilt bis %(day)s."), day=day)
