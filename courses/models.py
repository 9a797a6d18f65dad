"""Courses as authors edit them, as learners see them, and what happened to people in them.

`Activity` and `Section` rows are the draft. Publishing freezes the outline as a `CourseVersion` and the settings of
each changed activity as an `ActivityRevision`; learners only ever see those.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base


class Course(Base):
    """A course: its description, its type, and whether it is online."""

    __tablename__ = "courses_course"

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[str | None] = mapped_column(Text, unique=True)  # the course file it was loaded from
    type: Mapped[str] = mapped_column(Text)  # key of a CourseType
    title: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text, index=True)
    subtitle: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")  # rich text
    objectives: Mapped[list[Any]] = mapped_column(default=list)  # "Das kannst du danach", infinitives
    trade: Mapped[str] = mapped_column(Text, default="")  # training occupation, '' for all
    level: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(Text, default="de")
    drawing: Mapped[str] = mapped_column(Text, default="d-dovetail")
    minutes: Mapped[int] = mapped_column(default=0)  # 0: the sum of its steps
    curriculum_refs: Mapped[list[Any]] = mapped_column(default=list)  # 'tischler:T3'
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # of the course type
    state: Mapped[str] = mapped_column(Text, default="draft")  # draft | published | archived
    listed: Mapped[bool] = mapped_column(Boolean, default=True)  # in the public catalogue
    self_enrol: Mapped[bool] = mapped_column(Boolean, default=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("lms_site.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)  # of the description and the type's settings
    outline_revision: Mapped[int] = mapped_column(default=1)  # of the draft's sections and their order
    version_id: Mapped[int | None]  # what learners see; no foreign key, since versions point back here
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(
        ForeignKey("lms_person.id", ondelete="SET NULL"), index=True
    )

    sections: Mapped[list["Section"]] = relationship(
        back_populates="course", order_by="Section.position", cascade="all, delete-orphan"
    )
    version: Mapped["CourseVersion | None"] = relationship(
        primaryjoin="foreign(Course.version_id) == CourseVersion.id", viewonly=True
    )


class Section(Base):
    """A part of a course draft."""

    __tablename__ = "courses_section"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses_course.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)

    course: Mapped[Course] = relationship(back_populates="sections")
    activities: Mapped[list["Activity"]] = relationship(
        back_populates="section",
        order_by="Activity.position",
        primaryjoin="and_(Activity.section_id == Section.id, Activity.removed_at.is_(None))",
    )


class Activity(Base):
    """A step of a course draft. Removed ones stay, because facts speak of them."""

    __tablename__ = "courses_activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses_course.id", ondelete="CASCADE"), index=True)
    section_id: Mapped[int | None] = mapped_column(
        ForeignKey("courses_section.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[int]
    type: Mapped[str] = mapped_column(Text)  # key of an ActivityType
    title: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    type_version: Mapped[int] = mapped_column(default=1)
    completion: Mapped[str] = mapped_column(Text, default="marked")
    required: Mapped[bool] = mapped_column(Boolean, default=True)
    minutes: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship()
    section: Mapped[Section | None] = relationship(back_populates="activities")


def _outline(row: Any) -> list[dict[str, Any]]:
    """The outline of the version that is being stored."""
    return list(row.get_current_parameters()["outline"])


class CourseVersion(Base):
    """A published state of a course. `outline` is a list of steps (see courses.outline); never changed."""

    __tablename__ = "courses_course_version"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses_course.id", ondelete="CASCADE"))
    number: Mapped[int]
    outline: Mapped[list[Any]]
    # What lists of courses show, counted when the version is stored.
    lessons: Mapped[int] = mapped_column(default=lambda row: len(_outline(row)))
    minutes: Mapped[int] = mapped_column(default=lambda row: sum(s.get("minutes", 0) for s in _outline(row)))
    settings: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("lms_person.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(Text, default="")


class ActivityRevision(Base):
    """An activity's content as it was published; never changed."""

    __tablename__ = "courses_activity_revision"

    activity_id: Mapped[int] = mapped_column(
        ForeignKey("courses_activity.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]]
    type_version: Mapped[int]


class Enrolment(Base):
    """Somebody is in a course. The progress columns are a cache that `courses.progress` can rebuild from the facts."""

    __tablename__ = "courses_enrolment"
    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_person.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses_course.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(Text, default="active")  # active | ended
    source: Mapped[str] = mapped_column(Text, default="self")  # self | trainer | seed
    enrolled_at: Mapped[datetime]
    enrolled_by: Mapped[int | None] = mapped_column(ForeignKey("lms_person.id", ondelete="SET NULL"))
    deadline: Mapped[date | None]

    # cache, see courses.progress
    version_id: Mapped[int | None] = mapped_column(ForeignKey("courses_course_version.id"))  # counted against
    states: Mapped[dict[str, Any]] = mapped_column(default=dict)  # str(activity id) -> state
    tries: Mapped[dict[str, Any]] = mapped_column(default=dict)  # str(activity id) -> judged attempts
    stuck: Mapped[bool] = mapped_column(Boolean, default=False)  # tried something three times, not done
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None]
    last_activity_id: Mapped[int | None]  # where to go on
    last_step_at: Mapped[datetime | None]  # the last learning step in this course

    course: Mapped[Course] = relationship()


class ActivityState(Base):
    """Working state of one attempt: autosave, positions, drafts. Mutable, and never evidence."""

    __tablename__ = "courses_activity_state"
    __table_args__ = (UniqueConstraint("enrolment_id", "activity_id", "attempt"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("courses_enrolment.id", ondelete="CASCADE"))
    activity_id: Mapped[int] = mapped_column(
        ForeignKey("courses_activity.id", ondelete="CASCADE"), index=True
    )
    attempt: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    content_revision: Mapped[int] = mapped_column(default=1)  # of the activity this attempt was begun with
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    score: Mapped[float | None] = mapped_column(Float)
    passed: Mapped[bool] = mapped_column(Boolean, default=False)


class Fact(Base):
    """Something that happened to a person. Appended, never changed; a correction is a fact of kind 'revoked'."""

    __tablename__ = "courses_fact"
    __table_args__ = (
        Index("ix_courses_fact_person_kind", "person_id", "kind"),
        Index("ix_courses_fact_enrolment", "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)  # what makes it happen only once
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_person.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("courses_enrolment.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(Text, index=True)  # 'activity:42', 'course:7'
    kind: Mapped[str] = mapped_column(Text)  # opened, tried, done, graded, signed, waived, revoked, completed
    day: Mapped[date | None]
    minutes: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[float | None] = mapped_column(Float)
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    self_reported: Mapped[bool] = mapped_column(Boolean, default=False)
    revokes: Mapped[int | None] = mapped_column(ForeignKey("courses_fact.id"), index=True)
    at: Mapped[datetime]  # when it happened
    received_at: Mapped[datetime]  # when we learned of it
    by: Mapped[int | None] = mapped_column(ForeignKey("lms_person.id", ondelete="SET NULL"))  # who wrote it
