"""Work: one piece of work on the database, by one actor. The first argument of every rule function."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import False_

from lms import audit, clock, i18n, jobs, permissions
from lms.contract import Actor, Event, Kind
from lms.errors import Denied, Missing
from lms.permissions import Scopes

if TYPE_CHECKING:
    from lms.house import House

T = TypeVar("T")
K = TypeVar("K", bound=Kind)


class Work:
    """Session, actor and plugins, and the questions every rule asks of them.

    The transaction begins with the first use of `session`; a reading Work cannot write.
    """

    def __init__(self, house: "House", actor: Actor, *, readonly: bool = False, request_id: str = "") -> None:
        self.house = house
        self.actor = actor
        self.readonly = readonly
        self.request_id = request_id
        self.locale = actor.locale
        self.asked: set[str] = set()  # permissions this work has asked for
        self.follow_ups: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self.queued: list[int] = []  # ids of jobs to announce once committed
        self._scopes: dict[str, Scopes] = {}
        self._open: Any = None
        self._session: Session | None = None

    # -- the database ---------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The session of this work, opened on first use."""
        if self._session is None:
            self._open = self.house.database.session(readonly=self.readonly)
            self._session = self._open.__enter__()
        return self._session

    def commit(self) -> None:
        """Make everything done so far last, then announce the jobs it queued."""
        if self._session is not None and not self.readonly:
            self._session.commit()
            queued, self.queued = self.queued, []
            self.close()
            self.house.announce(queued)

    def rollback(self) -> None:
        """Undo everything done so far; the next use of `session` begins anew."""
        self.queued.clear()
        self.follow_ups.clear()
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        opened, self._open, self._session = self._open, None, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def acting(self, actor: Actor, at: datetime | None = None) -> "Work":
        """Another actor's Work within this transaction, at another moment if one is named. Only this one commits."""
        theirs = Work(self.house, actor, readonly=self.readonly, request_id=self.request_id)
        theirs._session, theirs.queued = self.session, self.queued
        if at is not None:
            theirs.now = at
        return theirs

    def after(self, run: Callable[..., None], *arguments: Any) -> None:
        """Let `run(work, *arguments)` happen in a second, writing transaction once this one is through.

        For what a reading request leaves behind (opened, last seen). Must be idempotent; a failure is only logged.
        """
        self.follow_ups.append((run, arguments))

    # -- permissions ----------------------------------------------------------------------------------------------

    def scopes(self, permission: str) -> Scopes:
        """Where the actor holds this permission. Does not count as having asked."""
        if permission not in self._scopes:
            self._scopes[permission] = permissions.scopes(self.house.registry, self.actor, permission)
        return self._scopes[permission]

    def reach(self, permission: str, column: Any) -> Any:
        """The clause 'column is a person within my scopes for this permission'."""
        return permissions.reach(self, permission, column)

    def allowed(self, permission: str, model: type[T], of: Any = None) -> Select[T]:
        """SELECT of all things of this model the actor has the permission for; `of` is a SELECT to narrow instead."""
        self.asked.add(permission)
        statement: Select[T] = select(model) if of is None else of
        return statement.where(permissions.clause(self, permission))

    def get(self, permission: str, model: type[T], id: Any, *options: Any) -> T:
        """The thing with this id, if the actor has the permission for it. Raises Missing or Denied."""
        self.asked.add(permission)
        if isinstance(id, int) and not 0 < id < 2**31:
            raise Missing(permission)
        statement = self.allowed(permission, model).where(model.id == id)  # type: ignore[attr-defined]
        thing = self.session.scalars(statement.options(*options)).one_or_none()
        if thing is None:
            raise self._refusal(permission, model, id)
        return thing

    def require(self, permission: str, thing: Any = None) -> None:
        """Raise Missing or Denied unless the actor has the permission (for this thing, if one is named)."""
        self.asked.add(permission)
        if not self._holds(permission, thing):
            if thing is None:
                raise Denied(permission)
            raise self._refusal(permission, type(thing), thing.id)

    def can(self, permission: str, thing: Any = None) -> bool:
        """Whether the actor has the permission. For hiding buttons; never protects anything."""
        return self._holds(permission, thing)

    def _holds(self, permission: str, thing: Any) -> bool:
        if self.actor.kind == "system":
            return True
        if thing is None or self.house.registry.permissions[permission].on is None:
            return bool(self.scopes(permission))
        clause, model = permissions.clause(self, permission), type(thing)
        if isinstance(clause, False_):
            return False
        statement = select(model.id).where(clause, model.id == thing.id)
        return self.session.scalar(statement) is not None

    def _refusal(self, permission: str, model: type[Any], id: Any) -> Exception:
        sees = self.house.registry.permissions[permission].sees
        if sees and self.session.scalar(
            select(model.id).where(permissions.clause(self, sees), model.id == id)
        ):
            return Denied(permission)
        return Missing(permission)

    # -- the rest of the house ------------------------------------------------------------------------------------

    @cached_property
    def now(self) -> datetime:
        """The moment this work began, in UTC."""
        return clock.now()

    @property
    def today(self) -> date:
        """The academy's date."""
        return clock.local(self.now).date()

    def kind(self, of: type[K], key: str) -> K | None:
        return self.house.registry.kind(of, key)

    def publish(self, event: Event) -> None:
        """Announce something to all listeners, inside this transaction."""
        self.house.registry.publish(self, event)

    def enqueue(self, job: str, *, key: str | None = None, delay: float = 0, **arguments: Any) -> None:
        """Queue a job in this transaction; with a `key`, the same work is queued only once."""
        jobs.enqueue(self, job, key=key, delay=delay, arguments=arguments)

    def audit(self, action: str, subject: str = "", **details: Any) -> None:
        """Add an audit line in this transaction. Details hold ids and hashes, no names."""
        audit.write(self, action, subject, details)

    def settings(self, plugin: str) -> Any:
        """The plugin's settings as an object of plain values (cached for a few seconds)."""
        return self.house.settings.of(self, plugin)

    def _(self, text: str, **values: Any) -> str:
        """The text in this work's language, with its values put in."""
        return i18n.translate(self.house.catalogues, self.locale, text, values)

    @contextmanager
    def speaking(self, locale: str) -> Iterator[None]:
        """Use another language for a while, the recipient's in a mail, say."""
        before, self.locale = self.locale, locale
        try:
            yield
        finally:
            self.locale = before
