"""Finds plugins, refuses bad ones, indexes what they bring, and delivers events."""

import importlib
import importlib.util
import pkgutil
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from lms.contract import (
    API_VERSION,
    SLOTS,
    Command,
    Event,
    Job,
    Kind,
    Listener,
    Permission,
    Plugin,
    SlotFunction,
)
from lms.db import Base
from lms.errors import PluginRefused

if TYPE_CHECKING:
    from lms.work import Work

log = structlog.get_logger()
K = TypeVar("K", bound=Kind)
FLOORS = ("lms", "courses")  # without these there is no site: a fault in them stops the start


@dataclass(frozen=True)
class Quarantined:
    """A plugin that is kept out, and why."""

    name: str
    reason: str
    details: str = ""


@dataclass
class Registry:
    """What all active plugins bring together, found by name."""

    plugins: dict[str, Plugin] = field(default_factory=dict)
    quarantine: list[Quarantined] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    permissions: dict[str, Permission] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    grants: dict[str, set[str]] = field(default_factory=dict)  # role -> permission names
    strict: bool = False  # raise where a running site would box and log (tests, doctor, kit)
    _kinds: dict[type[Kind], dict[str, Kind]] = field(default_factory=dict)
    _listeners: dict[type[Event], list[tuple[str, Listener]]] = field(default_factory=dict)
    _slots: dict[str, list[tuple[str, SlotFunction]]] = field(default_factory=dict)

    def kinds(self, of: type[K]) -> Mapping[str, K]:
        """All kinds of this sort by key, in the order they were registered."""
        return {key: kind for key, kind in self._kinds.get(_sort(of), {}).items() if isinstance(kind, of)}

    def kind(self, of: type[K], key: str) -> K | None:
        """The kind with this key, or None when its plugin is missing, off or quarantined."""
        kind = self._kinds.get(_sort(of), {}).get(key)
        return kind if isinstance(kind, of) else None

    def slots(self, name: str) -> Sequence[tuple[str, SlotFunction]]:
        return self._slots.get(name, ())

    def roles_with(self, permission: str) -> frozenset[str]:
        """The roles that have this permission by default."""
        return frozenset(role for role, granted in self.grants.items() if permission in granted)

    def publish(self, work: "Work", event: Event) -> None:
        """Tell every listener, each in a savepoint. A failing one is logged and gets a redelivery job."""
        for plugin, listener in self._listeners.get(type(event), ()):
            try:
                with work.session.begin_nested():
                    listener(work, event)
            except Exception:
                if self.strict:
                    raise
                log.exception("listener_failed", plugin=plugin, event_type=type(event).__name__)
                work.enqueue("lms.redeliver", plugin=plugin, event=type(event).__name__, values=vars(event))

    def listener(self, plugin: str, event: str) -> tuple[type[Event], Listener] | None:
        """The listener of this plugin for the event class of this name, for redelivery."""
        for kind, listeners in self._listeners.items():
            for owner, listener in listeners:
                if owner == plugin and kind.__name__ == event:
                    return kind, listener
        return None

    def owner_of(self, table: str) -> str | None:
        """The plugin a table belongs to: the longest plugin name that begins the table's name."""
        fitting = [name for name in self.plugins if table.startswith(name + "_")]
        return max(fitting, key=len, default=None)

    def add(self, plugin: Plugin) -> None:
        """Take a checked plugin in. Raises PluginRefused before anything of it is indexed."""
        self._check(plugin)
        self.plugins[plugin.name] = plugin
        for kind in plugin.provides:
            kind.plugin = plugin.name
            self._kinds.setdefault(_sort(type(kind)), {})[kind.key] = kind
        self.permissions.update({p.name: p for p in plugin.permissions})
        self.commands.update({c.name: c for c in plugin.commands})
        self.jobs.update({j.name: j for j in plugin.jobs})
        for role, granted in plugin.grants.items():
            self.grants.setdefault(role, set()).update(granted)
        for event, listener in plugin.listeners.items():
            self._listeners.setdefault(event, []).append((plugin.name, listener))
        for slot, function in plugin.slots.items():
            self._slots.setdefault(slot, []).append((plugin.name, function))

    def _check(self, plugin: Plugin) -> None:
        problems: list[str] = []
        if not plugin.name.isidentifier() or plugin.name != plugin.name.lower():
            problems.append(f"the name '{plugin.name}' is not a lower-case identifier")
        if plugin.name in self.plugins:
            problems.append(f"the name '{plugin.name}' is taken")
        if plugin.api != API_VERSION:
            problems.append(
                f"it is written for contract version {plugin.api}; this house speaks {API_VERSION}"
            )
        missing = [name for name in plugin.requires if name not in self.plugins]
        if missing:
            problems.append(f"it requires {', '.join(missing)}, which is missing, off or refused")
        for thing, known in (
            (plugin.permissions, self.permissions),
            (plugin.commands, self.commands),
            (plugin.jobs, self.jobs),
        ):
            problems += [f"'{t.name}' is taken" for t in thing if t.name in known]
            if plugin.name not in FLOORS:
                problems += [
                    f"'{t.name}' does not begin with '{plugin.name}.'"
                    for t in thing
                    if not t.name.startswith(plugin.name + ".")
                ]
        for kind in plugin.provides:
            if kind.key in self._kinds.get(_sort(type(kind)), {}):
                problems.append(f"a {_sort(type(kind)).__name__} '{kind.key}' exists already")
        problems += [f"there is no slot '{slot}'" for slot in plugin.slots if slot not in SLOTS]
        if problems:
            raise PluginRefused(f"{plugin.name}: " + "; ".join(problems))


def load(off: Iterable[str] = (), *, strict: bool = False) -> Registry:
    """A registry of the house, the teaching, the bundled plugins and the installed ones, in the order of `requires`."""
    registry = Registry(strict=strict)
    waiting: dict[str, Plugin] = {}
    for name, package in _found():
        if name in set(off):
            registry.off.append(name)
            continue
        try:
            waiting[name] = _import(package)
        except Exception as error:
            if name in FLOORS:
                raise
            registry.quarantine.append(
                Quarantined(name, f"{type(error).__name__}: {error}", traceback.format_exc())
            )
    for name in _in_order(waiting):
        try:
            registry.add(waiting[name])
        except PluginRefused as refusal:
            if name in FLOORS:
                raise
            registry.quarantine.append(Quarantined(name, str(refusal)))
    for bad in registry.quarantine:
        log.error("plugin_quarantined", plugin=bad.name, reason=bad.reason)
    return registry


def submodule(plugin: Plugin, name: str) -> ModuleType | None:
    """The plugin's module of this name (models, views, cli), or None where it has none."""
    full = f"{plugin.package}.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def _found() -> Iterator[tuple[str, str]]:
    """(name, package) of every plugin on this machine: floors first, then bundled, then installed."""
    # Found by name, not imported by name: the house does not depend on what stands above it.
    spec = importlib.util.find_spec("plugins")
    bundled = (spec and spec.submodule_search_locations) or []
    yield from ((floor, floor) for floor in FLOORS)
    for module in sorted(pkgutil.iter_modules(bundled), key=lambda m: m.name):
        if module.ispkg:
            yield module.name, f"plugins.{module.name}"
    for entry in sorted(entry_points(group="lms.plugins"), key=lambda e: e.name):
        yield entry.name, entry.value.partition(":")[0].removesuffix(".plugin")


def _import(package: str) -> Plugin:
    tables_before = set(Base.metadata.tables)
    plugin: Any = importlib.import_module(f"{package}.plugin").plugin
    if not isinstance(plugin, Plugin):
        raise PluginRefused(f"{package}.plugin has no `plugin = Plugin(...)`")
    submodule(plugin, "models")
    prefixes = (plugin.name + "_", *(f"{floor}_" for floor in FLOORS))
    foreign = [
        name for name in Base.metadata.tables if name not in tables_before and not name.startswith(prefixes)
    ]
    if foreign:
        raise PluginRefused(
            f"{plugin.name}: tables without the prefix '{plugin.name}_': {', '.join(foreign)}"
        )
    return plugin


def _in_order(waiting: Mapping[str, Plugin]) -> list[str]:
    """The names so that every plugin comes after what it requires (a circle keeps its order and is refused later)."""
    done: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in done or name in path or name not in waiting:
            return
        for required in waiting[name].requires:
            visit(required, (*path, name))
        done.append(name)

    for name in waiting:
        visit(name, ())
    return done


def _sort(of: type[Kind]) -> type[Kind]:
    """The contract class directly below Kind: ActivityType for Quiz, say."""
    return next(c for c in of.__mro__ if Kind in c.__bases__)
