"""Counting what must not happen too often. The counters are rows, so every worker and every restart sees them."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from lms.contract import N_
from lms.errors import Throttled
from lms.people.models import Throttle

if TYPE_CHECKING:
    from lms.house import House
    from lms.work import Work


def network(address: str) -> str:
    """The address a visitor is counted under: an IPv6 visitor owns a whole /64 and is counted as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)  # else all of IPv4 would be one visitor
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def count(work: "Work", key: str, window: timedelta) -> tuple[int, datetime]:
    """Count one more event under this key: how many there were within the window, and when it ends."""
    insert = sqlite.insert if work.house.database.sqlite else postgresql.insert
    over = Throttle.window_ends <= work.now
    row = insert(Throttle).values(key=key, failures=1, window_ends=work.now + window)
    statement = row.on_conflict_do_update(
        index_elements=[Throttle.key],
        set_={
            "failures": case((over, 1), else_=Throttle.failures + 1),
            "window_ends": case((over, row.excluded.window_ends), else_=Throttle.window_ends),
        },
    ).returning(Throttle.failures, Throttle.window_ends)
    failures, ends = work.session.execute(statement).one()
    return failures, ends


def refuse(work: "Work", limits: Iterable[tuple[str, int]]) -> None:
    """Raise Throttled if any of these keys has reached its limit within its window."""
    most = dict(limits)
    statement = select(Throttle.key, Throttle.failures, Throttle.window_ends).where(
        Throttle.key.in_(most), Throttle.window_ends > work.now
    )
    waits = [ends for key, failures, ends in work.session.execute(statement) if failures >= most[key]]
    if waits:
        raise _throttled(work, max(waits))


def limit(house: "House", key: str, most: int, window: timedelta) -> None:
    """Count one more event in a transaction of its own; raise Throttled from the one after `most` on."""
    with house.work() as work:
        counted, ends = count(work, key, window)
    if counted > most:
        raise _throttled(work, ends)


def limit_within(work: "Work", key: str, most: int, window: timedelta) -> None:
    """Count one more event together with the change it belongs to; raise Throttled after `most`."""
    counted, ends = count(work, key, window)
    if counted > most:
        raise _throttled(work, ends)


def forget(work: "Work", *keys: str) -> None:
    """Start counting anew under these keys."""
    work.session.execute(delete(Throttle).where(Throttle.key.in_(keys)))


def clear_old(work: "Work") -> None:
    """Job: drop counters whose window is over."""
    work.session.execute(delete(Throttle).where(Throttle.window_ends < work.now))


def _throttled(work: "Work", ends: datetime) -> Throttled:
    seconds = max(1, int((ends - work.now).total_seconds()) + 1)
    return Throttled(N_("Zu viele Versuche. Warte ein paar Minuten."), seconds=seconds)
