"""Find and show courses."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import defer

from courses import learning, outline, progress
from courses.contract import CourseType, Progress, Step
from courses.models import Course, CourseVersion, Enrolment
from courses.outline import Row
from lms.errors import Missing
from lms.people.names import folded
from lms.people.trades import TRADES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from lms.work import Work

PER_PAGE = 24
MINE = ("active", "completed", "new")  # what "Für dich" can be narrowed to
WORDS = 6  # of a search that are looked for


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What somebody looks for. Empty: everything."""

    text: str = ""
    trades: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    mine: str = ""
    page: int = 1

    @classmethod
    def of(cls, args: Any) -> "Filters":
        """The filters in the query of an address; what is nonsense is left out."""
        number = args.get("page", "1")
        return cls(
            text=args.get("q", "")[:100].replace("\x00", "").strip(),
            trades=_few(args.getlist("trade")),
            levels=_few(args.getlist("level")),
            types=_few(args.getlist("type")),
            mine=args.get("mine", "") if args.get("mine") in MINE else "",
            page=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 5 else 1,
        )

    def query(self, **changes: Any) -> dict[str, Any]:
        """The filters as the query of an address, for paging."""
        now = replace(self, **changes)
        pairs = {"q": now.text, "trade": now.trades, "level": now.levels, "type": now.types, "mine": now.mine}
        return {key: value for key, value in {**pairs, "page": now.page}.items() if value and value != 1}

    def __bool__(self) -> bool:
        return bool(self.text or self.trades or self.levels or self.types or self.mine)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A course in the catalogue, and how far the person looking is."""

    course: Course
    lessons: int
    minutes: int
    kind: CourseType | None
    enrolment: Any = None  # done, total, completed_at; None where she is not in

    @property
    def trade(self) -> str:
        return trade_name(self.course.trade)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One page of what was found, and what can be chosen among all there is."""

    tiles: Sequence[Tile]
    count: int
    pages: int
    filters: Filters
    trades: Sequence[tuple[str, str, int]] = field(default=())  # value, name, how many
    levels: Sequence[tuple[str, str, int]] = field(default=())
    types: Sequence[tuple[str, str, int]] = field(default=())


@dataclass(frozen=True, kw_only=True)
class CoursePage:
    """A course as a visitor or a member sees it."""

    course: Course
    kind: CourseType | None
    version: CourseVersion | None
    enrolment: Enrolment | None
    rows: Sequence[Row]
    progress: Progress | None
    next: Row | None  # where to go on
    minutes: int
    can_join: bool

    @property
    def trade(self) -> str:
        return trade_name(self.course.trade)

    @property
    def sections(self) -> list[tuple[str, list[Row]]]:
        return outline.sections(self.rows)

    @property
    def missing(self) -> list[tuple[Row, str]]:
        return outline.missing(self.rows)

    @property
    def required(self) -> list[Row]:
        return [row for row in self.rows if row.step.required]


def trade_name(key: str) -> str:
    """What a trade is called; courses without one are for all."""
    return TRADES.get(key, key)


def search(work: "Work", filters: Filters) -> Catalogue:
    """The courses the actor may see that fit, by title. Three statements, however many there are."""
    person_id = work.actor.person_id or 0
    mine = and_(
        Enrolment.course_id == Course.id, Enrolment.person_id == person_id, Enrolment.state == "active"
    )
    fitting = _published(work).outerjoin(Enrolment, mine).where(*_conditions(filters))
    count = work.session.scalar(fitting.with_only_columns(func.count(Course.id))) or 0
    pages = max(1, -(-count // PER_PAGE))
    page = min(filters.page, pages)
    found = work.session.execute(
        fitting.join(CourseVersion, CourseVersion.id == Course.version_id)
        .add_columns(
            CourseVersion.lessons,
            CourseVersion.minutes,
            Enrolment.id.label("enrolment_id"),
            Enrolment.done,
            Enrolment.total,
            Enrolment.completed_at,
        )
        .options(defer(Course.description), defer(Course.objectives), defer(Course.settings))
        .order_by(Course.sort_key, Course.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    tiles = [
        Tile(
            course=row.Course,
            lessons=row.lessons,
            minutes=row.Course.minutes or row.minutes,
            kind=work.kind(CourseType, row.Course.type),
            enrolment=row if row.enrolment_id else None,
        )
        for row in found
    ]
    return Catalogue(
        tiles=tiles, count=count, pages=pages, filters=replace(filters, page=page), **_choices(work)
    )


def _published(work: "Work") -> Select[Course]:
    statement: Select[Course] = work.allowed("course.view", Course)
    return statement.where(Course.state == "published", Course.version_id.is_not(None))


def _conditions(filters: Filters) -> list["ColumnElement[bool]"]:
    conditions = []
    for word in filters.text.split()[:WORDS]:
        conditions.append(
            or_(
                Course.sort_key.contains(folded(word), autoescape=True),
                Course.subtitle.icontains(word, autoescape=True),
                Course.description.icontains(word, autoescape=True),
            )
        )
    if filters.trades:
        conditions.append(Course.trade.in_([*filters.trades, ""]))  # a course for all trades is for hers, too
    if filters.levels:
        conditions.append(Course.level.in_(filters.levels))
    if filters.types:
        conditions.append(Course.type.in_(filters.types))
    if filters.mine == "active":
        conditions.append(and_(Enrolment.id.is_not(None), Enrolment.completed_at.is_(None)))
    elif filters.mine == "completed":
        conditions.append(Enrolment.completed_at.is_not(None))
    elif filters.mine == "new":
        conditions.append(Enrolment.id.is_(None))
    return conditions


def _choices(work: "Work") -> dict[str, list[tuple[str, str, int]]]:
    """What the filters offer, with how many courses there are of each."""
    grouped = work.session.execute(
        _published(work)
        .with_only_columns(Course.trade, Course.level, Course.type, func.count())
        .group_by(Course.trade, Course.level, Course.type)
    ).all()
    trades, levels, types = Counter[str](), Counter[str](), Counter[str]()
    for trade, level, type_key, number in grouped:
        trades[trade] += number
        levels[level] += number
        types[type_key] += number
    kinds = work.house.registry.kinds(CourseType)
    return {
        "trades": _named(trades, TRADES),
        "levels": _named(levels, {}),
        "types": _named(types, {key: kind.title for key, kind in kinds.items()}),
    }


def _named(counted: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, str, int]]:
    found = [(value, names.get(value, value), number) for value, number in counted.items() if value]
    return sorted(found, key=lambda choice: folded(choice[1]))


def _few(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(value[:60].replace("\x00", "") for value in values[:20] if value)


def course_page(work: "Work", course_id: int) -> CoursePage:
    """The course with how far the actor is. One statement."""
    mine = and_(
        Enrolment.course_id == Course.id,
        Enrolment.person_id == (work.actor.person_id or 0),
        Enrolment.state == "active",
    )
    row = work.session.execute(
        work.allowed("course.view", Course)
        .add_columns(CourseVersion, Enrolment)
        .outerjoin(CourseVersion, CourseVersion.id == Course.version_id)
        .outerjoin(Enrolment, mine)
        .where(Course.id == course_id)
    ).one_or_none()
    if row is None:
        raise Missing("course.view")
    course, version, enrolment = row
    steps = progress.steps_of(version.outline) if version else []
    counted = progress.current(work, course, version, enrolment) if enrolment else None
    found, way = _way(work, course, version, steps, counted, enrolment)
    return CoursePage(
        course=course,
        kind=work.kind(CourseType, course.type),
        version=version,
        enrolment=enrolment,
        rows=found,
        progress=counted,
        next=way,
        minutes=course.minutes or sum(step.minutes for step in steps),
        can_join=_can_join(work, course, enrolment),
    )


def _way(
    work: "Work",
    course: Course,
    version: CourseVersion | None,
    steps: Sequence[Step],
    counted: Progress | None,
    enrolment: Enrolment | None,
) -> tuple[list[Row], Row | None]:
    """The rows of the outline, and the one to go on with."""
    if version is None or counted is None or enrolment is None:
        nothing = Progress(states={}, done=0, total=0, complete=False)
        return outline.rows(steps, nothing, lambda step: ""), None
    gate = partial(learning.gate, work, course, version, steps, counted)
    step = outline.where_next(steps, counted, gate, enrolment.last_activity_id)
    found = outline.rows(steps, counted, gate, step)
    return found, next((row for row in found if row.current), None)


def _can_join(work: "Work", course: Course, enrolment: Enrolment | None) -> bool:
    return (
        enrolment is None
        and course.self_enrol
        and course.state == "published"
        and course.version_id is not None
        and (work.actor.person_id is None or bool(work.scopes("course.join")))
    )


def finished_course(work: "Work", course_id: int) -> tuple[Course, Enrolment]:
    """The course the actor has completed. Raises Missing where she has not."""
    row = work.session.execute(
        work.allowed("enrolment.learn", Enrolment)
        .add_columns(Course)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Course.id == course_id, Enrolment.completed_at.is_not(None))
    ).one_or_none()
    if row is None:
        raise Missing("enrolment.learn")
    return row.Course, row.Enrolment


def further_courses(work: "Work", but: int, limit: int = 3) -> Sequence[Course]:
    """Published courses the actor is not in yet."""
    mine = select(Enrolment.course_id).where(Enrolment.person_id == (work.actor.person_id or 0))
    statement = _published(work).where(Course.id.not_in(mine), Course.id != but)
    return work.session.scalars(statement.order_by(Course.sort_key, Course.id).limit(limit)).all()
