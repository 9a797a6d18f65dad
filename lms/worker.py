"""The job worker: `python -m lms.worker`. Any number may run; the outbox decides who gets which job."""

import threading
from typing import Any

import structlog
from huey.consumer import Consumer, Scheduler

from lms import house as houses
from lms import jobs, queue
from lms.config import Config
from lms.house import House
from lms.web import logs

log = structlog.get_logger()
THREADS = 2
SWEEP_SECONDS = 2.0
STOP_SECONDS = 20  # how long a running job may go on after SIGTERM


class Sweeper(Scheduler):
    """Puts back on the queue what lost its message, waited out its back-off, or belongs to a dead worker."""

    def __init__(self, house: House, huey: Any, announce: Any, stop_flag: threading.Event) -> None:
        super().__init__(huey, stop_flag, interval=1, periodic=False)
        self._house = house
        self._announce = announce
        self._known: dict[str, str] = {}

    def loop(self, now: Any = None) -> None:
        try:
            jobs.queue_periodic(self._house, self._known)
            if self.huey.pending_count() == 0:  # else the workers have enough to do, and it may be among that
                for id in jobs.due(self._house):
                    self._announce(id)
        except Exception:
            log.exception("sweep_failed")
        self.stop_flag.wait(SWEEP_SECONDS)


class Worker(Consumer):
    """Huey's consumer in one process: threads that run jobs, and the sweeper in place of the scheduler."""

    def __init__(self, house: House) -> None:
        self._house = house
        huey, self._announce = queue.connect(house)
        super().__init__(
            huey,
            workers=THREADS,
            periodic=False,
            max_delay=1.0,
            worker_type="thread",
            graceful_signal="TERM",
            shutdown_timeout=STOP_SECONDS,
        )

    def _create_scheduler(self) -> Sweeper:
        return Sweeper(self._house, self.huey, self._announce, self.stop_flag)


def main() -> None:
    """Run jobs until SIGTERM; a job in hand is finished first."""
    config = Config.load()
    logs.init(readable=not config.production)
    house = houses.build(config)
    log.info("worker_started", queue=config.queue)
    Worker(house).run()
    house.database.dispose()
    log.info("worker_stopped")


if __name__ == "__main__":
    main()
