"""What the house itself keeps about a person: hand it out, and forget it."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, delete, select, update

from lms.contract import PersonalData
from lms.files import StoredFile
from lms.people.models import Assignment, Membership, OneTimeLink, Organisation, Person, Report, SignIn

if TYPE_CHECKING:
    from lms.work import Work

PUBLIC_COLUMNS = (
    "given_name",
    "family_name",
    "username",
    "email",
    "birth_date",
    "trade",
    "training_year",
    "locale",
)


def export(work: "Work", person_id: int) -> dict[str, Any]:
    """Account, roles, memberships and devices as JSON."""
    person = work.session.get_one(Person, person_id)
    roles = work.session.scalars(select(Assignment).where(Assignment.person_id == person_id))
    member = work.session.execute(
        select(Organisation.name, Membership.valid_from, Membership.valid_until)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id)
    )
    devices = work.session.scalars(select(SignIn).where(SignIn.person_id == person_id))
    files = work.session.scalars(_files_about(person_id))
    return {
        "account": {name: str(getattr(person, name) or "") for name in PUBLIC_COLUMNS},
        "roles": [{"role": r.role, "scope": r.scope_kind, "until": str(r.valid_until or "")} for r in roles],
        "organisations": [
            {"name": n, "from": str(since or ""), "until": str(until or "")} for n, since, until in member
        ],
        "devices": [{"device": d.device, "since": d.created_at.isoformat()} for d in devices],
        "files": [{"name": f.name, "type": f.type, "since": f.created_at.isoformat()} for f in files],
    }


def erase(work: "Work", person_id: int) -> None:
    """Make the person nobody: the row stays for what must be kept, without name, address or way in."""
    for table in (Assignment, Membership, SignIn, OneTimeLink):
        work.session.execute(delete(table).where(table.person_id == person_id))
    work.session.execute(
        update(Report).where(Report.person_id == person_id).values(person_id=None, reply_to="")
    )
    for file in work.session.scalars(_files_about(person_id)):
        work.session.delete(file)  # the bytes follow with the next sweep
    work.session.execute(update(StoredFile).where(StoredFile.person_id == person_id).values(person_id=None))
    person = work.session.get_one(Person, person_id)
    person.given_name, person.family_name, person.sort_key = "", "", f"~{person_id}"
    person.username = person.email = person.email_key = person.password_hash = person.birth_date = None
    person.trade, person.training_year, person.active = "", None, False


def _files_about(person_id: int) -> Select[StoredFile]:
    return select(StoredFile).where(StoredFile.subject_kind == "person", StoredFile.subject_id == person_id)


PERSONAL_DATA = PersonalData(export=export, erase=erase)
