"""All tables of the house, gathered for migrations."""

from lms.audit import AuditLine
from lms.commands import CommandRecord
from lms.files import StoredFile
from lms.jobs import OutboxJob
from lms.people.models import (
    Assignment,
    LegalPage,
    Membership,
    OneTimeLink,
    Organisation,
    Person,
    Report,
    SignIn,
    Site,
    Throttle,
)
from lms.seals import AuditSeal
from lms.settings import Setting

__all__ = [
    "Assignment",
    "AuditLine",
    "AuditSeal",
    "CommandRecord",
    "LegalPage",
    "Membership",
    "OneTimeLink",
    "Organisation",
    "OutboxJob",
    "Person",
    "Report",
    "Setting",
    "SignIn",
    "Site",
    "StoredFile",
    "Throttle",
]
