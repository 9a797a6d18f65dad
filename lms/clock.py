"""The only place that reads the clock, so that tests and drills can move it."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ACADEMY_ZONE = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """The current moment in UTC, shifted by `LMS_TIME_OFFSET` seconds (refused in production)."""
    offset = os.environ.get("LMS_TIME_OFFSET")
    moment = datetime.now(UTC)
    return moment + timedelta(seconds=float(offset)) if offset else moment


def of_the_disk() -> float:
    """Seconds since 1970 as the file system counts them, never shifted; only for comparing with a file's age."""
    return time.time()


def local(moment: datetime) -> datetime:
    """The same moment in the academy's time zone."""
    return moment.astimezone(ACADEMY_ZONE)


def today() -> date:
    """Today's date in the academy's time zone."""
    return local(now()).date()
