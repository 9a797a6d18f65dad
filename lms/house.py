"""The house as one value: configuration, plugins, database and services, built once per process."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from lms import html, i18n, queue, registry
from lms.config import Config
from lms.contract import VISITOR, Actor
from lms.db import Database
from lms.i18n import Catalogues
from lms.registry import Registry
from lms.settings import Settings
from lms.work import Work

log = structlog.get_logger()


@dataclass
class House:
    """What every piece of work shares. Has no Flask, so the worker and the command line use it alike."""

    config: Config
    registry: Registry
    database: Database
    catalogues: Catalogues
    settings: Settings
    ready: bool = False  # set once tables and seeding were found complete, see lms.seeding
    announce: Callable[[Sequence[int]], None] = field(
        default=lambda queued: None
    )  # tells the worker of new jobs

    @contextmanager
    def work(self, actor: Actor = VISITOR, *, readonly: bool = False, request_id: str = "") -> Iterator[Work]:
        """A Work that commits at the end, or rolls back if anything is raised; then its follow-ups."""
        work = Work(self, actor, readonly=readonly, request_id=request_id)
        try:
            yield work
            work.commit()
        finally:
            work.close()
        self.follow_up(work)

    def follow_up(self, work: Work) -> None:
        """Run what `work.after` asked for, in one transaction of its own. A failure is logged, never shown."""
        waiting, work.follow_ups = work.follow_ups, []
        if not waiting:
            return
        try:
            with self.work(work.actor, request_id=work.request_id) as second:
                for run, arguments in waiting:
                    run(second, *arguments)
        except Exception:
            if self.registry.strict:
                raise
            log.exception("follow_up_failed")


def build(config: Config, *, strict: bool = False) -> House:
    """The house for this configuration, with every plugin that may come in."""
    html.use(config.html_cleaner)
    found = registry.load(config.plugins_off, strict=strict)
    house = House(
        config=config,
        registry=found,
        database=Database(config.database_url),
        catalogues=i18n.load(found.plugins.values()),
        settings=Settings(found),
    )
    house.announce = queue.announcer(house)
    return house
