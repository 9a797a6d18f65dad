"""OnlineModule: a course taken alone, step by step."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import RadioField, SelectChoice

from courses.contract import FINISHED, CourseType, Progress, Step
from lms.contract import N_, Phrase
from lms.forms import BaseForm

FREE = "free"
IN_ORDER = "in_order"


class OnlineModule(CourseType):
    """A course taken alone. Counts every required step; optionally opens one after the other."""

    key = "online_module"
    title = N_("Online-Modul")
    description = N_("Lektionen und Quiz, die jede Person allein und im eigenen Tempo bearbeitet.")
    icon = "book-open"

    class Settings(BaseForm):
        """In which order the steps may be taken."""

        order = RadioField(
            N_("Reihenfolge"),
            choices=[SelectChoice(FREE, N_("Frei")), SelectChoice(IN_ORDER, N_("Der Reihe nach"))],
            default=FREE,
        )

    def gate(self, settings: Mapping[str, Any], steps: Sequence[Step], progress: Progress, step: Step) -> str:
        """In order: a step stays closed while a required step before it is unfinished."""
        if settings.get("order") != IN_ORDER or progress.state(step.id) in FINISHED:
            return ""
        for earlier in steps:
            if earlier.id == step.id:
                break
            if earlier.required and progress.state(earlier.id) not in FINISHED:
                return Phrase(N_("Erst „%(title)s“ fertig machen."), title=earlier.title)
        return ""
