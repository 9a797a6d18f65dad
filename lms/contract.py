"""What a plugin is. This file is the whole promise to plugin authors; see docs/plugins.md.

A plugin is a folder with a `plugin.py` that holds one `plugin = Plugin(...)`. Found by name beside it, if there:
`models.py`, `views.py` (`blueprints`, mounted under /x/<name>/), `cli.py` (`group`), `templates/<name>/`,
`static/`, `translations/<locale>.po`, `migrations/versions/`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from lms.forms import BaseForm
    from lms.work import Work

API_VERSION = 1


def N_(text: str) -> str:  # noqa: N802 - the customary name
    """The text itself, marked for translation. German is the source language."""
    return text


class Phrase(str):
    """A German sentence with its values put in, which `_()` can still say in another language."""

    __slots__ = ("msgid", "values")
    msgid: str
    values: Mapping[str, Any]

    def __new__(cls, msgid: str, **values: Any) -> Phrase:
        phrase = super().__new__(cls, msgid % values)
        phrase.msgid, phrase.values = msgid, values
        return phrase


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is to be shown: a template and its values. The house draws frame, navigation and error box.

    `focus`: one thing at a time, with a heading of its own; the frame leaves out outline and title. `pieces` then says in
    the top bar how far one is inside it: per piece "done", "now" (at most one), "passed", "failed" or "".
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    focus: bool = False
    pieces: Sequence[str] = ()

    @property
    def place(self) -> int:
        """The number of the current piece, counting from 1; 0 if there is none."""
        return list(self.pieces).index("now") + 1 if "now" in self.pieces else 0


class Kind(ABC):
    """A way of doing something that plugins add to. One object per key; where exactly one answers, it is a kind."""

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str] = ""
    icon: ClassVar[str] = "box"
    plugin: str = ""  # the name of the plugin that brings it, set by the registry

    def check(self) -> None:  # noqa: B027 - nothing to check is allowed
        """Raise AssertionError if this kind breaks its contract (run by the conformance kit)."""

    def samples(self, text: str = "") -> Iterable[Page]:
        """Pages to try out, with `text` in every text an author may set (rendered by the conformance kit)."""
        return ()


class ScopeKind(Kind):
    """A kind of boundary a role can be given within: everywhere, site, organisation, course ..."""

    def people(self, ids: frozenset[int]) -> Select[int]:
        """The ids of the people inside these scopes, as a SELECT."""
        raise NotImplementedError

    def around(self, person_id: int) -> Select[int]:
        """The ids of the scopes this person is inside of, as a SELECT: the other way round."""
        raise NotImplementedError

    def names(self, work: Work, ids: frozenset[int]) -> Mapping[int, str]:
        """What to call each scope on a page."""
        raise NotImplementedError


class FileSubject(Kind):
    """A kind of thing that files can belong to: 'person', 'course' ... Decides who may see them."""

    def visible(self, work: Work) -> Select[int]:
        """The ids of the subjects whose files the actor may see, as a SELECT."""
        raise NotImplementedError


class Verification(Kind):
    """Answers the public address /v/<code>."""

    def verify(self, work: Work, code: str) -> Page | None:
        """The page that states the verdict, or None if the code is not one of ours."""
        raise NotImplementedError

    def status_of(self, work: Work, number: str) -> Page | None:
        """The page for a number typed in by hand: the status and nothing about the person. None if unknown."""
        return None


@dataclass(frozen=True)
class Held:
    """A role somebody holds now, within a scope. `scope_id` is 0 for everywhere."""

    role: str
    scope_kind: str = "everywhere"
    scope_id: int = 0


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts. A value inside Work, never looked up by rule functions."""

    kind: str = "visitor"  # person | visitor | system | link
    person_id: int | None = None
    name: str = ""
    locale: str = "de"
    theme: str = ""
    held: tuple[Held, ...] = ()
    sign_in_id: int | None = None

    @property
    def key(self) -> str:
        """A stable text for audit lines and idempotency: 'person:7', 'system:jobs'."""
        return f"person:{self.person_id}" if self.person_id else f"{self.kind}:{self.name}"

    @property
    def initials(self) -> str:
        parts = self.name.split()
        return "".join(p[0] for p in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(h.role for h in self.held)


VISITOR = Actor()


def system(name: str) -> Actor:
    """An actor for jobs and the command line, allowed everything, named in the audit log."""
    return Actor(kind="system", name=name)


Clause = Callable[["Work"], "ColumnElement[bool]"]


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A name and the WHERE clause that grants it. The clause answers lists and checks alike.

    `on` is the model the clause speaks of; None: a permission without a thing, held or not held.
    `sees` names the permission that decides whether a refusal is 404 (not visible) or 403 (visible, not allowed).
    `everywhere`: it concerns the whole academy, so a role held within a site or a company does not bring it.
    """

    name: str
    title: str
    on: type[Any] | None = None
    clause: Clause | None = None
    sees: str | None = None
    everywhere: bool = False


class Event:
    """An announcement inside the same transaction. Subclasses are frozen dataclasses of plain values."""


Listener = Callable[["Work", Any], None]
SlotFunction = Callable[["Work", Any], "Page | None"]
# (work, profile) -> what it adds to seed.json: {"users": {role: [...]}, "urls": {name: {"url", "user"}}}. An entry of
# urls may be a function of Work, asked when all plugins are through. See lms.seeding.
SeedFunction = Callable[["Work", str], "Mapping[str, Any] | None"]


@dataclass(frozen=True, kw_only=True)
class Done:
    """The result of a command: what was touched, and values as JSON, repeated to whoever sends it twice."""

    subject: str = ""  # 'course:5', for the audit line
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A rule function offered to the outside; forms, API and sync call the same one.

    `run(work, form)` gets the validated form and returns Done. `prepare(form)` runs before any transaction is open
    (password hashes, pictures, PDF) and its result is handed to run as the third argument.
    """

    name: str
    run: Callable[..., Done]
    form: type[BaseForm]
    prepare: Callable[[Any], Any] | None = None
    public: bool = False  # may be run by a visitor
    offline: bool = False
    audited: bool = True  # False for what is no decision: autosave, a place in a text


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work for later. `run(work, **arguments)` must be idempotent: it may be run again after a crash.

    `lease` is how many seconds one run may take; after that another worker may take the job over.
    """

    name: str
    run: Callable[..., None]
    lease: float = 60.0
    every: str | None = None  # "minute", "hour" or "day": also runs by itself


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """An entry of the main menu: at most five are shown, lowest `order` first."""

    title: str
    endpoint: str
    icon: str
    order: int = 50
    permission: str | None = None  # shown only to those who hold it somewhere
    roles: frozenset[str] = frozenset()  # shown only to these roles, if any are named


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """What a plugin keeps about a person: hand it out, and forget it."""

    export: Callable[[Work, int], Any]
    erase: Callable[[Work, int], None]


NOTHING = PersonalData(export=lambda work, person_id: {}, erase=lambda work, person_id: None)


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """Everything a plugin brings."""

    name: str
    package: str
    title: str
    version: str = "1.0"
    api: int = API_VERSION
    language: str = "de"  # the language its texts are written in
    requires: Sequence[str] = ()
    provides: Sequence[Kind] = ()
    permissions: Sequence[Permission] = ()
    grants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: type[BaseForm] | None = None
    listeners: Mapping[type[Event], Listener] = field(default_factory=dict)
    commands: Sequence[Command] = ()
    jobs: Sequence[Job] = ()
    slots: Mapping[str, SlotFunction] = field(default_factory=dict)
    nav: Sequence[NavItem] = ()
    personal_data: PersonalData | None = None
    seed: SeedFunction | None = None
    catch_up: Callable[[Work], None] | None = None  # run when it is switched on again


SLOTS = (
    "home.card",
    "course.header",
    "course.side",
    "activity.footer",
    "person.page",
    "teach.tool",
    "login.way",
)
