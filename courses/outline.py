"""The published outline as one learner sees it: how each step stands, where to go on, what is missing and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from courses.contract import FINISHED, MARKED, OPENED, PASSED, SIGNED, SUBMITTED, Progress, Step
from lms.contract import N_

Gate = Callable[[Step], str]

NOT_BEGUN = N_("Noch nicht begonnen.")
REASONS = {  # what keeps a step that was begun from being finished, by the way its author chose
    OPENED: NOT_BEGUN,
    MARKED: N_("Angesehen, aber noch nicht als fertig markiert."),
    SUBMITTED: N_("Angesehen, aber noch nichts abgegeben."),
    PASSED: N_("Angefangen, aber noch nicht abgegeben."),
    SIGNED: N_("Wartet noch darauf, dass es jemand abzeichnet."),
}
NOT_PASSED = N_("Abgegeben, aber noch nicht bestanden.")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One step of the outline. `state` is open, opened, tried, done or waived; `gate` says why it is closed, or ''."""

    step: Step
    number: int
    state: str
    gate: str = ""
    current: bool = False

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def piece(self) -> str:
        """How the progress bar shows it."""
        return "done" if self.finished else "now" if self.current else ""


def rows(steps: Sequence[Step], progress: Progress, gate: Gate, current: Step | None = None) -> list[Row]:
    """Every step and how it stands. Finished ones stay open, whatever the order says."""
    found = []
    for number, step in enumerate(steps, 1):
        state = progress.state(step.id)
        closed = "" if state in FINISHED else gate(step)
        found.append(Row(step=step, number=number, state=state, gate=closed, current=step is current))
    return found


def sections(found: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows by section, in order."""
    return [(title, list(part)) for title, part in groupby(found, key=lambda row: row.step.section)]


def where_next(steps: Sequence[Step], progress: Progress, gate: Gate, last_id: int | None) -> Step | None:
    """The step to go on with: exactly where she stopped; if that is finished, the next open one. None: all done."""
    at = next((index for index, step in enumerate(steps) if step.id == last_id), 0)
    around = [*steps[at:], *steps[:at]]
    unfinished = [step for step in around if progress.state(step.id) not in FINISHED]
    if unfinished and unfinished[0].id == last_id:
        return unfinished[0]
    wanted = [step for step in unfinished if step.required] or unfinished
    return next((step for step in wanted if not gate(step)), None)


def missing(found: Sequence[Row]) -> list[tuple[Row, str]]:
    """The required steps that are not finished, and why not, as German sentences."""
    return [(row, reason(row)) for row in found if row.step.required and not row.finished]


def reason(row: Row) -> str:
    """Why this step is not finished."""
    if row.gate:
        return row.gate
    if row.state == "open":
        return NOT_BEGUN
    if row.state == "tried" and row.step.completion == PASSED:
        return NOT_PASSED
    return REASONS[row.step.completion]
