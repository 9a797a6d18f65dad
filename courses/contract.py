"""What course types and activity types are. Public: plugin authors import from here."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from wtforms import Field, StringField

from lms.contract import N_, Event, Kind, Page
from lms.forms import BaseForm, JSONField, Posted, errors_of

if TYPE_CHECKING:
    from lms.work import Work

# How a step can be finished; an author chooses among those its type allows.
OPENED = "opened"  # she opened it
MARKED = "marked"  # she says so herself: "Fertig, weiter"
SUBMITTED = "submitted"  # she sent something in
PASSED = "passed"  # she sent something in that passed
SIGNED = "signed"  # somebody else signs it off

COMPLETIONS = {
    OPENED: N_("Ansehen reicht"),
    MARKED: N_("Selbst abhaken"),
    SUBMITTED: N_("Etwas abgeben"),
    PASSED: N_("Bestehen"),
    SIGNED: N_("Abzeichnen lassen"),
}


@dataclass(frozen=True, kw_only=True)
class At:
    """Where a learner stands in an activity: everything a type needs to show, save, judge or review.

    `settings` are the author's published (or, in a preview, draft) settings; `state` is this attempt's working state.
    `work` and `person_id` are None in tests of types that do not need them.
    """

    settings: Mapping[str, Any]
    state: Mapping[str, Any] = field(default_factory=dict)
    activity_id: int = 0
    title: str = ""
    attempt: int = 1
    closed: bool = False  # this attempt has been submitted and judged
    attempts_left: int | None = None  # None: as many as you like
    done: bool = False  # this step is finished, perhaps in an earlier attempt
    best_score: float | None = None
    preview: bool = False
    person_id: int | None = None
    now: datetime | None = None
    args: Mapping[str, str] = field(default_factory=dict)  # the query of the address: ?q=3
    work: Work | None = None
    steps: Sequence[Step] = ()  # the outline of the course, for links to other steps
    url: Callable[..., str] = lambda **query: "?" + "&".join(f"{k}={v}" for k, v in query.items())
    action_url: str = ""  # where forms of the activity post to
    save_url: str = ""  # where autosave posts to
    retry_url: str = ""  # where "noch einmal" posts to
    back_url: str = ""  # the course page


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a submission. `score` is 0..1; `state` replaces the attempt's state; `closes` ends the attempt."""

    done: bool
    score: float | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    feedback: str = ""
    closes: bool = True


@dataclass(frozen=True, kw_only=True)
class Step:
    """One activity as learners see it in the outline."""

    id: int
    type: str
    title: str
    section: str = ""
    completion: str = MARKED
    required: bool = True
    minutes: int = 0
    revision: int = 1


@dataclass(frozen=True, kw_only=True)
class StepFact:
    """A fact about a step, as progress reads it."""

    step_id: int
    kind: str  # opened, tried, done, graded, waived
    score: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far somebody is. `states` maps step ids to open, opened, tried, done or waived."""

    states: Mapping[int, str]
    done: int
    total: int
    complete: bool

    def state(self, step_id: int) -> str:
        return self.states.get(step_id, "open")


class ActivityType(Kind):
    """A way to learn something in one step. One method is mandatory: `show`."""

    completion: ClassVar[Sequence[str]] = (MARKED, OPENED)  # the first one is the default
    version: ClassVar[int] = 1  # of the settings; raise it and write `upgrade` when they change
    category: ClassVar[str] = N_("Inhalt")
    needs_work: ClassVar[bool] = False  # show and submit use at.work
    settings_template: ClassVar[str] = (
        ""  # draws the settings in the editor (`form`, `activity`); "": field by field
    )

    class Settings(BaseForm):
        """What the author edits; its validated values are the activity's settings."""

    @abstractmethod
    def show(self, at: At) -> Page:
        """What the learner sees."""

    def save(self, at: At, data: Any) -> dict[str, Any]:
        """The new working state (autosave, video position). Never evidence. The default keeps what was."""
        return dict(at.state)

    def submit(self, at: At, data: Any) -> Outcome:
        """Judge what the learner sent (a MultiDict). The default accepts it."""
        return Outcome(done=True)

    def review(self, at: At) -> Page:
        """What the trainer sees of one learner's work. The default is what the learner sees."""
        return self.show(at)

    def attempts(self, settings: Mapping[str, Any]) -> int | None:
        """How many attempts a learner has; None for as many as she likes."""
        return None

    def upgrade(self, settings: dict[str, Any], version: int) -> dict[str, Any]:
        """Settings written by an older version, brought up to date."""
        return settings

    def from_file(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Settings from this type's entry in a course file. The default: the entry's values are the settings.

        Raises ValueError with a German sentence where the entry cannot be used.
        """
        form = self.Settings.of(dict(entry))
        if not form.validate():
            field, errors = next(iter(errors_of(form).items()))
            raise ValueError(f"{field}: {' '.join(errors)}")
        return form.values()

    def text(self, settings: Mapping[str, Any]) -> str:
        """Its words, for search and reading time."""
        return ""

    def files(self, settings: Mapping[str, Any]) -> Iterable[int]:
        """Ids of the files it owns, for access, copy and export."""
        return ()

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        """What keeps it from being published, as German sentences. Empty: nothing."""
        return []

    def samples(self, text: str = "") -> Iterable[Page]:
        """What it shows for its default settings, and with `text` in every text setting."""
        if self.needs_work:
            return ()
        form = self.Settings.of(
            {field.name: text for field in self.Settings() if _is_text(field)} if text else None
        )
        form.validate()
        return (self.show(At(settings=form.values(), title=text or self.title)),)

    def check(self) -> None:
        """Raise AssertionError if this type breaks the contract."""
        check_kind(self)
        assert self.completion, f"{self.key}: names no way to be finished"
        assert set(self.completion) <= set(COMPLETIONS), f"{self.key}: unknown completion {self.completion}"
        form = self.Settings()
        settings = form.values()
        assert json.loads(json.dumps(settings)) == settings, f"{self.key}: default settings are not JSON"
        if not self.needs_work:
            at = At(settings=settings)
            assert isinstance(self.show(at), Page), f"{self.key}: show() does not return a Page"
            for hostile in ({}, {"answer": "<script>alert(1)</script>"}, {"\x00": "\x00" * 10}):
                posted = Posted(hostile)
                json.dumps(self.save(at, posted))
                outcome = self.submit(at, posted)
                assert isinstance(outcome, Outcome), f"{self.key}: submit() does not return an Outcome"
                json.dumps(dict(outcome.state))


class CourseType(Kind):
    """A way to put activities together: what is open when, and what counts."""

    activity_types: ClassVar[frozenset[str] | None] = None  # None: any

    class Settings(BaseForm):
        """What the author edits about courses of this type."""

    def gate(self, settings: Mapping[str, Any], steps: Sequence[Step], progress: Progress, step: Step) -> str:
        """Why a step is closed, as a German sentence, or '' when it is open."""
        return ""

    def progress(
        self, settings: Mapping[str, Any], steps: Sequence[Step], facts: Sequence[StepFact]
    ) -> Progress:
        """Count. Depends on nothing but its arguments, so that it can be rebuilt at any time."""
        return count(steps, facts)

    def check(self) -> None:
        check_kind(self)
        steps = [Step(id=1, type="page", title="1"), Step(id=2, type="page", title="2", required=False)]
        empty = self.progress({}, steps, [])
        full = self.progress({}, steps, [StepFact(step_id=s.id, kind="done") for s in steps])
        assert not empty.complete and full.complete, f"{self.key}: progress() does not tell empty from full"
        assert isinstance(self.gate({}, steps, empty, steps[1]), str), (
            f"{self.key}: gate() does not return text"
        )


FINISHED = ("done", "waived")  # states of a step that counts as finished
RANK = {"open": 0, "opened": 1, "tried": 2, "done": 3, "waived": 3}
STATE_OF = {
    "opened": "opened",
    "tried": "tried",
    "done": "done",
    "graded": "tried",
    "signed": "done",
    "waived": "waived",
}


def count(steps: Sequence[Step], facts: Sequence[StepFact]) -> Progress:
    """The plain way to count: every required step must be done or waived."""
    states = {step.id: "open" for step in steps}
    for fact in facts:
        state = STATE_OF.get(fact.kind)
        if state and fact.step_id in states and RANK[state] > RANK[states[fact.step_id]]:
            states[fact.step_id] = state
    required = [step for step in steps if step.required]
    done = sum(states[step.id] in FINISHED for step in required)
    return Progress(
        states=states, done=done, total=len(required), complete=bool(required) and done == len(required)
    )


def _is_text(field: Field) -> bool:
    """Whether an author may write free text here."""
    return isinstance(field, StringField) and not isinstance(field, JSONField)


def check_kind(kind: Kind) -> None:
    """Raise AssertionError unless the kind has key, title and icon."""
    assert kind.key and kind.key.isidentifier(), (
        f"{type(kind).__name__}: key '{kind.key}' is not an identifier"
    )
    assert kind.title and kind.icon, f"{kind.key}: needs title and icon"


@dataclass(frozen=True)
class Enrolled(Event):
    """Somebody was enrolled in a course."""

    enrolment_id: int
    person_id: int
    course_id: int


@dataclass(frozen=True)
class ActivityDone(Event):
    """A step was finished for the first time."""

    enrolment_id: int
    person_id: int
    course_id: int
    activity_id: int


@dataclass(frozen=True)
class CourseCompleted(Event):
    """The last required step of a course was finished; the fact 'completed' is written."""

    enrolment_id: int
    person_id: int
    course_id: int


@dataclass(frozen=True)
class CourseChanged(Event):
    """A course was published anew."""

    course_id: int


@dataclass(frozen=True)
class FactRevoked(Event):
    """A fact was taken back by a named person."""

    fact_id: int
    person_id: int
    kind: str
    subject: str
