"""The queue: carries numbers of outbox rows to the worker. Losing a message costs seconds, never a job."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from huey import Huey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from lms import jobs
from lms.config import Config

if TYPE_CHECKING:
    from lms.house import House

log = structlog.get_logger()
TASK = "lehrwerk.run"


class JsonSerializer(Serializer):
    """Messages as JSON: Huey's own serialisers pickle, and a message must never be able to run code."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


def connect(house: "House") -> tuple[Huey, Callable[[int], Any]]:
    """The queue this house is configured for, and the function that puts a job's number on it."""
    huey = _huey(house.config)

    @huey.task(name=TASK)
    def carry(id: int) -> None:
        jobs.run(house, id)

    return huey, carry


def announcer(house: "House") -> Callable[[Sequence[int]], None]:
    """The function that tells the worker of committed jobs; with LMS_QUEUE=memory it runs them at once instead."""
    if house.config.queue == "memory":
        return lambda ids: _run_at_once(house, ids)
    connected: list[Callable[[int], Any]] = []

    def announce(ids: Sequence[int]) -> None:
        try:
            if ids and not connected:
                connected.append(connect(house)[1])
            for id in ids:
                connected[0](id)
        except Exception:  # the row is committed; the worker's sweep will find it
            log.exception("announce_failed", jobs=list(ids))

    return announce


def _run_at_once(house: "House", ids: Sequence[int]) -> None:
    for id in ids:
        jobs.run(house, id)


def _huey(config: Config) -> Huey:
    """The queue in a file of its own: on the application's database it would wait for the writers there."""
    return SqliteHuey(
        "lehrwerk",
        filename=str(config.home / "jobs.db"),
        results=False,
        serializer=JsonSerializer(),
        timeout=20,
    )
