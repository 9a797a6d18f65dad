"""What can go wrong in a rule function. Views never raise these; the chassis turns them into pages."""

from collections.abc import Mapping
from typing import Any


class LmsError(Exception):
    """Base of all errors a person may cause."""

    status = 400

    def __init__(self, message: str = "", **values: Any) -> None:
        super().__init__(message)
        self.message = message  # German msgid, translated when shown
        self.values = values


class Denied(LmsError):
    """She may see the thing, but not do this with it."""

    status = 403


class Missing(LmsError):
    """There is no such thing, or she may not know that there is."""

    status = 404


class Invalid(LmsError):
    """What was sent cannot be accepted; `field` names the form field it concerns, if one does."""

    status = 422

    def __init__(self, message: str = "", field: str | None = None, **values: Any) -> None:
        super().__init__(message, **values)
        self.field = field


class Conflict(LmsError):
    """The thing is in a state that does not allow this."""

    status = 409


class Stale(Conflict):
    """Somebody else saved in the meantime; `theirs` and `mine` are shown side by side.

    `labels` says what to call their fields (German msgids).
    """

    def __init__(
        self,
        message: str,
        *,
        theirs: dict[str, Any],
        mine: dict[str, Any],
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.theirs = theirs
        self.mine = mine
        self.labels = labels or {}


class Throttled(LmsError):
    """Too many tries; `seconds` says when to try again."""

    status = 429

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message, seconds=seconds)
        self.seconds = seconds


class PluginRefused(Exception):
    """A plugin breaks the contract; the text names it and says how."""
