"""Course files: YAML in, checked values out. Every problem is named with its line, all of them at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from lms.contract import N_
from lms.errors import Invalid

SCHEMA = "sample_course/1"
LARGEST = 2 * 1024 * 1024
DEEPEST = 20
WITH_BODY = ("text", "warning", "task")
WITH_ITEMS = ("list", "steps", "checklist")


class CourseFileError(Invalid):
    """A course file that cannot be used; `problems` says why, each with its line."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(
            N_("%(file)s lässt sich nicht laden: %(problems)s"), file=path.name, problems="; ".join(problems)
        )

    def __str__(self) -> str:
        return self.message % self.values


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a lesson: a text of some kind, or a list with an optional heading."""

    type: str
    body: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson of a course file."""

    id: str
    title: str
    minutes: int
    objective: str
    content: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class CourseFile:
    """A course file as plain, checked values."""

    id: str
    type: str
    title: str
    subtitle: str
    language: str
    audience: str
    minutes: int
    level: str
    trade: str
    drawing: str
    curriculum_refs: tuple[str, ...]
    digcomp: tuple[str, ...]
    prerequisites: tuple[str, ...]
    objectives: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    quiz: Mapping[str, Any] | None
    quiz_line: int
    sources: tuple[Mapping[str, str], ...]
    review: str


def read(path: Path) -> CourseFile:
    """The course in this file. Raises CourseFileError with every problem and its line."""
    try:
        data = path.read_bytes()
        if len(data) > LARGEST:
            raise CourseFileError(path, ["die Datei ist größer als 2 MiB"])
        root = _parse(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise CourseFileError(path, ["die Datei ist nicht in UTF-8 geschrieben"]) from None
    except YAMLError as error:
        raise CourseFileError(path, [_place(error)]) from None
    reader = _Reader()
    course = _course(reader, root)
    if reader.problems:
        raise CourseFileError(path, reader.problems)
    return course


def _parse(text: str) -> Any:
    """The document with its line numbers. Aliases are refused: a few of them can stand for gigabytes."""
    depth = 0
    for event in YAML().parse(text):
        if isinstance(event, AliasEvent):
            raise YAMLError(f"Zeile {event.start_mark.line + 1}: Verweise (*) sind nicht erlaubt")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            raise YAMLError(f"Zeile {event.start_mark.line + 1}: zu tief verschachtelt")
    return YAML().load(text)


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if isinstance(error, MarkedYAMLError) and mark is not None:
        return f"Zeile {mark.line + 1}: {error.problem}"
    return str(error)


@dataclass
class _Reader:
    """Takes values out of the parsed file and notes what is wrong with them."""

    problems: list[str] = field(default_factory=list)

    def note(self, node: Any, key: Any, text: str) -> None:
        self.problems.append(f"Zeile {_line(node, key)}: {text}")

    def text(self, node: Any, key: str, *, required: bool = False) -> str:
        value = node.get(key)
        if value is None or value == "":
            if required:
                self.note(node, key, f"„{key}“ fehlt")
            return ""
        if not isinstance(value, str):
            self.note(node, key, f"„{key}“ muss ein Text sein")
            return ""
        return str(value)

    def minutes(self, node: Any, key: str) -> int:
        value = node.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 6000:
            self.note(node, key, f"„{key}“ muss eine Zahl von 0 bis 6000 sein")
            return 0
        return int(value)

    def texts(self, node: Any, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = node.get(key)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or (required and not value):
            self.note(node, key, f"„{key}“ muss eine Liste von Texten sein")
            return ()
        for place, item in enumerate(value):
            if not isinstance(item, str):
                self.note(value, place, f"„{key}“ darf nur Texte enthalten")
        return tuple(str(item) for item in value)

    def maps(self, node: Any, key: str, *, required: bool = False) -> Iterator[Any]:
        value = node.get(key)
        if value is None and not required:
            return
        if not isinstance(value, list) or (required and not value):
            self.note(node, key, f"„{key}“ muss eine Liste sein")
            return
        for place, item in enumerate(value):
            if isinstance(item, dict):
                yield item
            else:
                self.note(value, place, f"in „{key}“ wird ein Eintrag mit Feldern erwartet")


def _line(node: Any, key: Any) -> int:
    """The line of this entry, or of the node that lacks it."""
    place = getattr(node, "lc", None)
    if place is None:
        return 1
    try:
        return int(place.key(key)[0] if isinstance(node, dict) else place.item(key)[0]) + 1
    except (KeyError, AttributeError, TypeError):
        return int(place.line or 0) + 1


def _course(reader: _Reader, root: Any) -> CourseFile:
    if not isinstance(root, dict):
        reader.problems.append("Zeile 1: hier beginnt keine Kursdatei")
        root = {}
    elif root.get("schema") != SCHEMA:
        reader.note(root, "schema", f"„schema“ muss „{SCHEMA}“ sein")
    lessons = tuple(_lesson(reader, node) for node in reader.maps(root, "lessons", required=True))
    ids = [lesson.id for lesson in lessons]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        reader.note(root, "lessons", f"die Kennung „{name}“ steht zweimal")
    quiz = root.get("quiz")
    if quiz is not None and not isinstance(quiz, dict):
        reader.note(root, "quiz", "„quiz“ muss Felder haben")
        quiz = None
    refs = reader.texts(root, "curriculum_refs")
    standard = reader.texts(root, "standard_positions")
    return CourseFile(
        id=reader.text(root, "id", required=True),
        type=reader.text(root, "type") or "online_module",
        title=reader.text(root, "title", required=True),
        subtitle=reader.text(root, "subtitle"),
        language=reader.text(root, "language") or "de",
        audience=reader.text(root, "audience"),
        minutes=reader.minutes(root, "duration_minutes"),
        level=reader.text(root, "level"),
        trade=reader.text(root, "trade"),
        drawing=reader.text(root, "drawing"),
        curriculum_refs=(*refs, *(f"standard:{name}" for name in standard)),
        digcomp=reader.texts(root, "digcomp_area"),
        prerequisites=reader.texts(root, "prerequisites"),
        objectives=reader.texts(root, "objectives"),
        lessons=lessons,
        quiz=_plain(quiz) if quiz is not None else None,
        quiz_line=_line(root, "quiz"),
        sources=tuple(
            {key: reader.text(node, key) for key in ("fact", "ref", "status")}
            for node in reader.maps(root, "sources")
        ),
        review=reader.text(root, "review_required_by"),
    )


def _lesson(reader: _Reader, node: Any) -> Lesson:
    return Lesson(
        id=reader.text(node, "id", required=True),
        title=reader.text(node, "title", required=True),
        minutes=reader.minutes(node, "minutes"),
        objective=reader.text(node, "objective"),
        content=tuple(_block(reader, block) for block in reader.maps(node, "content", required=True)),
    )


def _block(reader: _Reader, node: Any) -> Block:
    kind = reader.text(node, "type", required=True)
    if kind and kind not in (*WITH_BODY, *WITH_ITEMS):
        reader.note(node, "type", f"„{kind}“ ist keine Art von Inhalt")
    return Block(
        type=kind,
        body=reader.text(node, "body", required=kind in WITH_BODY),
        items=reader.texts(node, "items", required=kind in WITH_ITEMS),
    )


def _plain(value: Any) -> Any:
    """The value without the parser's own classes."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, bool) or value is None:
        return value
    for simple in (int, float, str):
        if isinstance(value, simple):
            return simple(value)
    return str(value)
