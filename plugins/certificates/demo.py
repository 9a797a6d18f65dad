"""The demo academy's certificates: who signs them, and one to verify. They are issued as its stories are played."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from plugins.certificates.models import Certificate

if TYPE_CHECKING:
    from lms.work import Work

SIGNER = {"place": "Meißen", "signer": "Anke Wolf", "signer_role": "Leitung der Akademie"}


def seed(work: "Work", profile: str) -> Mapping[str, Any]:
    """Say who signs; the address of a valid certificate is known once the stories have been played."""
    work.house.settings.save(work, "certificates", SIGNER, work.settings("certificates").revision)
    return {"urls": {"verify_valid": _valid}}


def _valid(work: "Work") -> dict[str, str]:
    statement = select(Certificate.code).where(Certificate.revoked_at.is_(None)).order_by(Certificate.id)
    return {"url": f"/v/{work.session.scalars(statement.limit(1)).one()}"}
