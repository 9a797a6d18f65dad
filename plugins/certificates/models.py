"""Certificates as they were issued. Nothing here follows later changes to people, courses or templates."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base


class Certificate(Base):
    """One certificate: its public code, its number, and a snapshot of everything it says."""

    __tablename__ = "certificates_certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)  # 128 random bits, the address under /v/
    number: Mapped[str] = mapped_column(Text, unique=True)  # 'EH-2026-0417'
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("lms_person.id", ondelete="SET NULL"), index=True
    )
    course_id: Mapped[int | None] = mapped_column(
        ForeignKey("courses_course.id", ondelete="SET NULL"), index=True
    )
    enrolment_id: Mapped[int | None] = mapped_column(
        ForeignKey("courses_enrolment.id", ondelete="SET NULL"), unique=True
    )  # one certificate per enrolment
    snapshot: Mapped[dict[str, Any]]  # what stands on it, see issuing.snapshot
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("lms_person.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, default="")  # of the revocation; never shown in public
    file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_file.id"))
    sha256: Mapped[str] = mapped_column(Text, default="")  # of the stored PDF
    rendered_at: Mapped[datetime | None]


class Counter(Base):
    """The last running number given in a year."""

    __tablename__ = "certificates_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
