"""Audit lines: who did what to which thing. Written in the transaction of the change itself."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base

if TYPE_CHECKING:
    from lms.work import Work


class AuditLine(Base):
    """One line of the audit log; never changed. Ids only, so that erasing a person leaves the log whole."""

    __tablename__ = "lms_audit_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(Text)  # 'person:7', 'system:jobs', 'visitor:'
    action: Mapped[str] = mapped_column(Text, index=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    details: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(Text)


def write(work: "Work", action: str, subject: str, details: dict[str, Any]) -> None:
    """Add a line to the audit log within this work's transaction."""
    work.session.add(
        AuditLine(
            at=work.now,
            actor=work.actor.key,
            action=action,
            subject=subject,
            details=details,
            request_id=work.request_id,
        )
    )


def lines(work: "Work", *, actor: str = "", action: str = "", subject: str = "") -> Select[AuditLine]:
    """SELECT of the audit lines that begin with these texts. Asks for audit.view."""
    work.require("audit.view")
    statement = select(AuditLine)
    for column, text in ((AuditLine.actor, actor), (AuditLine.action, action), (AuditLine.subject, subject)):
        if text:
            statement = statement.where(column.startswith(text, autoescape=True))
    return statement
