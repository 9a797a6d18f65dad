"""`python -m lms.run`: an empty installation comes up, survives a death, and ends cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lms.config import PROJECT

BUILT = PROJECT / "lms" / "static" / "dist" / "manifest.json"
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not BUILT.exists(), reason="the front end is not built: `make assets`"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run:
    """One `python -m lms.run` on a port and folder of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.output = home / "output.txt"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ = {**kept, "LMS_HOME": str(home), "PORT": str(port), "SEED": "none", "LMS_WORKERS": "1"}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lms.run"],
                env=environ,
                cwd=home,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def said(self, text: str) -> bool:
        return re.search(text, self.output.read_text()) is not None

    def children(self) -> dict[str, int]:
        """Command line -> process id of the direct children."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {Path(f"/proc/{pid}/cmdline").read_text(): int(pid) for pid in pids}


def wait_for(true: Callable[[], bool], what: str, seconds: float = 60) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() < began + seconds, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Run]]:
    started: list[Run] = []

    def begin() -> Run:
        started.append(Run(tmp_path, free_port()))
        return started[-1]

    yield begin
    for run in started:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGTERM)
            run.process.wait(30)


def test_an_empty_installation_starts_restarts_and_stops(start: Callable[[], Run]) -> None:
    run = start()
    wait_for(run.healthy, "/healthz")
    wait_for(lambda: run.said(r"/setup/\S{40,}"), "the set-up link")

    before = run.children()
    web = next(pid for command, pid in before.items() if "granian" in command)
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: run.said("restart"), "a dead child is noticed")
    wait_for(run.healthy, "the site is back")
    assert web not in run.children().values()

    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(30) == 0
    assert not run.healthy()

    again = start()
    assert wait_for(again.healthy, "the second start") < 30
    assert again.said("as it was")
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(30) == 0


def test_children_do_not_outlive_a_killed_parent(start: Callable[[], Run]) -> None:
    run = start()
    wait_for(run.healthy, "/healthz")
    children = run.children().values()
    run.process.kill()
    run.process.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in children), "they ended, too", 40)


def test_a_taken_port_says_what_to_do(start: Callable[[], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(sys.modules[__name__], "free_port", lambda: taken.getsockname()[1])
        run = start()
        assert run.process.wait(60) == 1
    assert run.said(r"Port \d+ is taken .* PORT=\d+ make run")
