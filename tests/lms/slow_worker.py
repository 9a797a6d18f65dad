"""A real worker with one job that takes its time; run by test_jobs in a process of its own."""

import os
import time
from pathlib import Path

from lms import house as houses
from lms.config import Config
from lms.contract import Job
from lms.work import Work
from lms.worker import Worker


def slow(work: Work, seconds: float) -> None:
    """Leave a trace at the beginning, and an audit line if it gets to the end."""
    with (work.house.config.home / "runs").open("a") as file:
        file.write(f"{os.getpid()}\n")
    if not (Path(work.house.config.home) / "hurry").exists():
        time.sleep(seconds)
    work.audit("test.slow")


def job() -> Job:
    return Job(name="test.slow", run=slow, lease=2)


if __name__ == "__main__":
    house = houses.build(Config.load())
    house.registry.jobs["test.slow"] = job()
    Worker(house).run()
