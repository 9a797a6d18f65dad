"""Who may see and revoke certificates."""

from typing import TYPE_CHECKING

from sqlalchemy import or_

from lms.contract import N_, Permission
from plugins.certificates.models import Certificate

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from lms.work import Work


def sees(work: "Work") -> "ColumnElement[bool]":
    """Her own, and those of people within her scopes."""
    return or_(
        Certificate.person_id == (work.actor.person_id or 0),
        work.reach("certificates.view", Certificate.person_id),
    )


PERMISSIONS = (
    Permission(name="certificates.own", title=N_("Eigene Zertifikate")),
    Permission(name="certificates.view", title=N_("Zertifikate sehen"), on=Certificate, clause=sees),
    Permission(name="certificates.list", title=N_("Zertifikatsliste")),
    Permission(
        name="certificates.revoke",
        title=N_("Zertifikate widerrufen"),
        on=Certificate,
        clause=lambda work: work.reach("certificates.revoke", Certificate.person_id),
        sees="certificates.view",
    ),
)

GRANTS = {
    "apprentice": ("certificates.own",),
    "participant": ("certificates.own",),
    "company_trainer": ("certificates.own", "certificates.view", "certificates.list"),
    "academy_trainer": ("certificates.own",),
    "office": ("certificates.own", "certificates.view", "certificates.list", "certificates.revoke"),
    "administrator": ("certificates.own", "certificates.view", "certificates.list", "certificates.revoke"),
}
