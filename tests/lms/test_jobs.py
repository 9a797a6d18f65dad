"""Jobs: committed with the change, run once, tried again, and never lost with a worker."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from lms import house as houses
from lms import jobs, migrate, queue
from lms.audit import AuditLine
from lms.config import Config
from lms.contract import Event, Job, system
from lms.house import House
from lms.jobs import OutboxJob
from lms.web import logs
from lms.work import Work
from tests.lms import slow_worker

HERE = Path(__file__).parent


@pytest.fixture
def calm(own_house: House) -> House:
    """A house of its own that boxes errors, as a running site does, and runs no job by itself."""
    logs.init()
    own_house.registry.strict = False
    own_house.announce = lambda ids: None
    return own_house


def put(house: House, run: Callable[..., None], **arguments: Any) -> int:
    """The id of a committed job that does this."""
    house.registry.jobs["test.job"] = Job(name="test.job", run=run)
    with house.work(system("test")) as work:
        work.enqueue("test.job", **arguments)
        return work.queued[-1]


def row(house: House, id: int) -> OutboxJob:
    with house.work(readonly=True) as work:
        return work.session.get_one(OutboxJob, id)


def make_due(house: House, id: int) -> None:
    with house.work() as work:
        work.session.get_one(OutboxJob, id).run_at = work.now


def test_effect_and_mark_commit_together(calm: House) -> None:
    id = put(calm, lambda work, word: work.audit("test.done", word), word="hello")

    assert jobs.run(calm, id)
    assert not jobs.run(calm, id), "a done job is not run again"

    done = row(calm, id)
    assert (done.state, done.arguments, done.lease_until) == ("done", {}, None)
    with calm.work(readonly=True) as work:
        line = work.session.scalars(select(AuditLine).where(AuditLine.action == "test.done")).one()
    assert (line.subject, line.actor) == ("hello", "system:jobs")


def test_a_failing_job_leaves_nothing_waits_longer_each_time_and_dies_after_five(calm: House) -> None:
    def fail(work: Work) -> None:
        work.audit("test.half")
        work.session.flush()
        raise ValueError("no paper left")

    id = put(calm, fail)
    waits = []
    for _ in range(jobs.TRIES):
        make_due(calm, id)
        before = jobs.clock.now()
        assert jobs.run(calm, id)
        waits.append((row(calm, id).run_at - before).total_seconds())
        assert not jobs.run(calm, id), "it waits for its back-off"

    dead = row(calm, id)
    assert (dead.state, dead.tries, dead.last_error) == ("dead", 5, "ValueError: no paper left")
    assert waits == pytest.approx([10, 40, 160, 640, 2560], abs=2)
    with calm.work(readonly=True) as work:
        assert work.session.scalar(select(func.count()).where(AuditLine.action == "test.half")) == 0


def test_a_dead_job_can_be_tried_again_by_hand(calm: House) -> None:
    id = put(calm, lambda work: None)
    with calm.work() as work:
        work.session.get_one(OutboxJob, id).state = "dead"
    assert not jobs.run(calm, id)

    with calm.work(system("test")) as work:
        assert jobs.retry(work, id)
        assert not jobs.retry(work, id + 1)

    assert jobs.run(calm, id)
    assert row(calm, id).state == "done"


def test_a_claimed_job_is_left_alone_until_its_lease_ends(calm: House) -> None:
    id = put(calm, lambda work: None)
    with calm.work() as work:
        work.session.get_one(OutboxJob, id).lease_until = work.now + timedelta(seconds=30)
    assert jobs.due(calm) == []
    assert not jobs.run(calm, id)

    with calm.work() as work:
        work.session.get_one(OutboxJob, id).lease_until = work.now - timedelta(seconds=1)
    assert jobs.due(calm) == [id]
    assert jobs.run(calm, id)


def test_whoever_loses_the_lease_has_no_effect(calm: House) -> None:
    def overtaken(work: Work) -> None:
        work.audit("test.late")
        work.session.get_one(OutboxJob, id).lease_until = work.now + timedelta(seconds=99)
        work.session.flush()

    id = put(calm, overtaken)
    jobs.run(calm, id)

    with calm.work(readonly=True) as work:
        assert work.session.scalar(select(func.count()).where(AuditLine.action == "test.late")) == 0
    assert "LeaseLost" in row(calm, id).last_error


def test_the_same_key_is_queued_once(work: Work) -> None:
    for _ in range(2):
        work.enqueue("lms.forget_done_jobs", key="once")
    assert work.session.scalar(select(func.count()).where(OutboxJob.key == "once")) == 1


def test_periodic_jobs_have_one_row_per_slot(calm: House) -> None:
    ran = []
    calm.registry.jobs["test.hourly"] = Job(name="test.hourly", run=lambda work: ran.append(1), every="hour")
    jobs.queue_periodic(calm, {})
    jobs.queue_periodic(calm, {})  # another worker, which knows of nothing
    for id in jobs.due(calm):
        jobs.run(calm, id)
    assert ran == [1]


def test_a_rolled_back_change_leaves_no_job(calm: House) -> None:
    calm.registry.jobs["test.job"] = Job(name="test.job", run=lambda work: None)
    announced: list[int] = []
    calm.announce = announced.extend
    with pytest.raises(ZeroDivisionError), calm.work(system("test")) as work:
        work.enqueue("test.job")
        raise ZeroDivisionError
    with calm.work(readonly=True) as work:
        assert work.session.scalar(select(func.count()).select_from(OutboxJob)) == 0
    assert announced == []


class Rang(Event):
    def __init__(self, bell: int) -> None:
        self.bell = bell


def test_a_failed_listener_is_told_again(calm: House) -> None:
    heard: list[int] = []

    def deaf(work: Work, event: Rang) -> None:
        raise RuntimeError("not listening")

    calm.registry._listeners[Rang] = [("test", deaf)]
    with calm.work(system("test")) as work:
        work.publish(Rang(7))
    calm.registry._listeners[Rang] = [("test", lambda work, event: heard.append(event.bell))]
    for id in jobs.due(calm):
        jobs.run(calm, id)
    assert heard == [7]


def test_in_memory_a_committed_job_runs_at_once(house: House) -> None:
    ran = []
    house.registry.jobs["test.now"] = Job(name="test.now", run=lambda work: ran.append(work.locale))
    with house.work(system("test")) as work:
        work.locale = "en"
        work.enqueue("test.now")
        assert ran == []
    del house.registry.jobs["test.now"]
    assert ran == ["en"]


def test_messages_are_json_and_hold_a_number_only(tmp_path: Path) -> None:
    environ = {"LMS_HOME": str(tmp_path), "LMS_ENV": "test"}
    house = houses.build(Config.load(environ))
    huey, carry = queue.connect(house)
    carry(12)
    raw = bytes(huey.storage.dequeue())
    assert raw.startswith(b"[") and b"[12]" in raw
    assert huey.serializer.deserialize(raw).args == [12]
    huey.storage.close()


def test_kill_9_in_the_middle_of_a_job_loses_nothing(tmp_path: Path) -> None:
    environ = {"LMS_HOME": str(tmp_path), "LMS_ENV": "test"}
    house = houses.build(Config.load(environ))
    migrate.upgrade(house.registry, house.database)
    house.registry.jobs["test.slow"] = slow_worker.job()
    with house.work(system("test")) as work:
        work.enqueue("test.slow", seconds=60)

    first = start_worker(environ)
    wait_for(lambda: runs(tmp_path) == 1, "the worker took the job")
    first.kill()
    first.wait()
    (tmp_path / "hurry").touch()

    second = start_worker(environ)
    try:
        wait_for(lambda: finished(house) == 1, "another worker ran it to the end")
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(10) == 0, "SIGTERM ends a worker cleanly"
    assert runs(tmp_path) == 2
    house.database.dispose()


def start_worker(environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.lms.slow_worker"]
    return subprocess.Popen(command, env=environ, cwd=HERE.parent.parent)


def runs(home: Path) -> int:
    file = home / "runs"
    return len(file.read_text().split()) if file.exists() else 0


def finished(house: House) -> int:
    with house.work(readonly=True) as work:
        done = work.session.scalar(
            select(func.count()).where(OutboxJob.name == "test.slow", OutboxJob.state == "done")
        )
        lines = work.session.scalar(select(func.count()).where(AuditLine.action == "test.slow"))
    assert done == lines
    return done or 0


def wait_for(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, f"not within 30 s: {what}"
        time.sleep(0.1)
