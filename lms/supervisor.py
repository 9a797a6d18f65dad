"""Keeps child processes running until it is told to stop, and takes them along when it does."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 25  # after that a child is killed
POLL_SECONDS = 0.2
TOO_FAST = 5  # deaths within a minute after which starting again makes no sense
PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    environ: dict[str, str]
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl+C reaches it once and through us only."""
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            env=self.environ,
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def kill_group(self) -> None:
        """End whatever is left of it: its own children, too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Starts children, starts them again when they die, and stops them on SIGINT or SIGTERM."""

    def __init__(self, children: Sequence[Child], say: Callable[[str, str], None]) -> None:
        self.children = children
        self.stopping = False
        self._failed = False
        self._say = say

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for child in self.children:
            child.start()
            self._say("start", child.name)
        return self

    def __exit__(self, *_: object) -> None:
        """Ask all children to end, wait, and kill those that do not."""
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
            child.kill_group()

    def run(self) -> int:
        """Keep watch until told to stop; 0 after a clean end, 1 when a child would not stay up."""
        while self.watch():
            time.sleep(POLL_SECONDS)
        return 1 if self._failed else 0

    def watch(self) -> bool:
        """Start dead children again; False once there is nothing more to do."""
        for child in self.children:
            if self.stopping or child.process is None or child.process.poll() is None:
                continue
            now = time.monotonic()
            child.deaths = [*(moment for moment in child.deaths if moment > now - 60), now]
            child.kill_group()  # a killed web server may leave workers behind, holding its port
            if len(child.deaths) >= TOO_FAST:
                self._say(
                    "stop", f"{child.name} ended {TOO_FAST} times within a minute; see its messages above"
                )
                self.stopping = self._failed = True
                continue
            self._say("restart", f"{child.name} ended with {child.process.returncode}")
            child.start()
        return not self.stopping

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _die_with_parent() -> None:
    """Even if the supervisor is killed outright, its children end, and the port is free for the next start."""
    if _libc is not None:
        _libc.prctl(PARENT_DIED, signal.SIGTERM)
