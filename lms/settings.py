"""Settings that administrators edit on a page: one JSON row per plugin, defaults on the form's fields."""

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base
from lms.errors import Stale

if TYPE_CHECKING:
    from lms.registry import Registry
    from lms.work import Work

KEEP_SECONDS = 5.0  # another process sees a change after this long


class Setting(Base):
    """The edited settings of one plugin."""

    __tablename__ = "lms_setting"

    plugin: Mapped[str] = mapped_column(Text, primary_key=True)
    values: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)


class Settings:
    """The settings of all plugins, read together and kept for a few seconds."""

    def __init__(self, registry: "Registry") -> None:
        self._registry = registry
        self._kept: dict[str, Any] = {}
        self._until = 0.0
        self._defaults: dict[str, dict[str, Any]] = {}

    def of(self, work: "Work", plugin: str) -> Any:
        """The plugin's settings as attributes; `revision` says which save they are."""
        if time.monotonic() >= self._until:
            self._kept = {row.plugin: (row.values, row.revision) for row in work.session.query(Setting)}
            self._until = time.monotonic() + KEEP_SECONDS
        values, revision = self._kept.get(plugin, ({}, 0))
        if plugin not in self._defaults:  # every page asks; a form is built once
            form = self._registry.plugins[plugin].settings
            self._defaults[plugin] = {field.name: field.data for field in form()} if form else {}
        return SimpleNamespace(**{**self._defaults[plugin], **values}, revision=revision)

    def save(self, work: "Work", plugin: str, values: dict[str, Any], revision: int) -> None:
        """Store new settings; raises Stale if somebody saved since `revision`."""
        row = work.session.get(Setting, plugin, with_for_update=True)
        if row is None:
            row = Setting(plugin=plugin, values={}, revision=0)
            work.session.add(row)
        if row.revision != revision:
            raise Stale("Jemand hat inzwischen gespeichert.", theirs=row.values, mine=values)
        row.values = {**row.values, **values}
        row.revision = revision + 1
        work.session.flush()
        self.forget()

    def forget(self) -> None:
        """Read anew at the next question."""
        self._until = 0.0
