"""People, organisations, sites, roles, and the ways in."""

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base

ORGANISATION_KINDS = {  # key -> German name
    "training_company": "Betrieb",
    "creative_partner": "Kreativunternehmen",
    "science": "Wissenschaft und Bildung",
    "public_body": "Öffentliche Stelle",
    "chamber": "Kammer",
    "guild": "Innung",
    "school": "Berufsschule",
}


class Person(Base):
    """Somebody with an account, with or without e-mail."""

    __tablename__ = "lms_person"

    id: Mapped[int] = mapped_column(primary_key=True)
    given_name: Mapped[str] = mapped_column(Text)
    family_name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text, index=True)  # family name first, umlauts folded
    username: Mapped[str | None] = mapped_column(Text, unique=True)  # canonical form
    email: Mapped[str | None] = mapped_column(Text)  # as written, for sending
    email_key: Mapped[str | None] = mapped_column(Text, unique=True)  # canonical form, for finding
    password_hash: Mapped[str | None] = mapped_column(Text)
    birth_date: Mapped[date | None]
    trade: Mapped[str] = mapped_column(
        Text, default=""
    )  # training occupation of an apprentice, e.g. 'tischler'
    training_year: Mapped[int | None]
    locale: Mapped[str] = mapped_column(Text, default="de")
    theme: Mapped[str] = mapped_column(Text, default="")  # "", light, dark
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    assignments: Mapped[list["Assignment"]] = relationship(
        back_populates="person", cascade="all, delete-orphan"
    )
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="person", cascade="all, delete-orphan"
    )

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Site(Base):
    """A place of the academy."""

    __tablename__ = "lms_site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    address: Mapped[str] = mapped_column(Text, default="")


class Organisation(Base):
    """A company, guild, school or other partner."""

    __tablename__ = "lms_organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text, index=True)
    place: Mapped[str] = mapped_column(Text, default="")
    site_id: Mapped[int | None] = mapped_column(ForeignKey("lms_site.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)

    site: Mapped[Site | None] = relationship()


class Membership(Base):
    """Somebody belongs to an organisation, for a time."""

    __tablename__ = "lms_membership"
    __table_args__ = (Index("ix_lms_membership_org_person", "organisation_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_person.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("lms_organisation.id", ondelete="CASCADE"))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]  # last day

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()


class Assignment(Base):
    """A role somebody holds, within a scope, for a time and a purpose."""

    __tablename__ = "lms_assignment"
    __table_args__ = (UniqueConstraint("person_id", "role", "scope_kind", "scope_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_person.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(Text)
    scope_kind: Mapped[str] = mapped_column(Text, default="everywhere")
    scope_id: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]  # last day
    purpose: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")  # who or what gave it: 'person:3', 'seed'

    person: Mapped[Person] = relationship(back_populates="assignments")


class SignIn(Base):
    """One signed-in device. The cookie holds a random token; only its hash is kept."""

    __tablename__ = "lms_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_person.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(Text)  # "Chrome auf Android", from the user agent
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]  # when the password was last given
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLink(Base):
    """A link that lets in once: an invitation, or the set-up of an empty installation."""

    __tablename__ = "lms_one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    purpose: Mapped[str] = mapped_column(Text)  # invitation | setup | password
    person_id: Mapped[int | None] = mapped_column(ForeignKey("lms_person.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Base):
    """Failures counted per key ('sign-in:account:…', 'sign-in:address:…') within a window."""

    __tablename__ = "lms_throttle"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    window_ends: Mapped[datetime]


class LegalPage(Base):
    """A public text the office edits: Impressum, Datenschutz, Barrierefreiheit, Hilfe."""

    __tablename__ = "lms_legal_page"
    __table_args__ = (UniqueConstraint("key", "locale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    reviewed: Mapped[bool] = mapped_column(
        Boolean, default=False
    )  # False: starter text, "bitte prüfen lassen"
    revision: Mapped[int] = mapped_column(default=1)


class Report(Base):
    """A message from the public: a barrier met, or a question through the contact form."""

    __tablename__ = "lms_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)  # barrier | contact
    text: Mapped[str] = mapped_column(Text)
    reply_to: Mapped[str] = mapped_column(Text, default="")
    page: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("lms_person.id", ondelete="SET NULL"))
    handled_at: Mapped[datetime | None]
