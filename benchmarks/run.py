"""`make bench`: seed, serve, measure, and print each figure beside its budget.

CPU is that of the whole process tree of the server (/proc/*/stat), per iteration, the median of several repetitions
after a warm-up. Statements are counted inside one process by an engine event. Writes build/bench/results.json.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event

from benchmarks import seed
from lms import house as houses
from lms import migrate
from lms import run as serving
from lms.app import create_app
from lms.config import PROJECT, Config
from lms.contract import system
from lms.testing import postgres

TICK = os.sysconf("SC_CLK_TCK")
REPETITIONS, PER_REPETITION, WORKERS, THREADS = 5, 20, 2, 8
BUDGETS = {  # page -> (CPU ms, statements); BENCHMARKS of the project
    "sign-in page": (1.5, 1),
    "sign in (with argon2)": (8 + 28, 8),
    "start page": (8, 10),
    "course page, 50 activities": (8, 8),
    "lesson, first time": (6, 10),
    "lesson, again": (4, 8),
    "quiz of 10 questions": (30, 45),
    "matrix, 25 x 50": (20, 6),
    "matrix as CSV, 1000 x 50": (150, 4),
}
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Client:
    """One person's browser: a kept connection, cookies, the last CSRF token."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def get(self, path: str) -> str:
        return self._send("GET", path, None)

    def post(self, path: str, **data: str) -> str:
        return self._send("POST", path, urlencode({"csrf_token": self.token, **data}))

    def _send(self, method: str, path: str, body: str | None) -> str:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status}\n{text[:500]}")
        found = TOKEN.search(text)
        self.token = found.group(1) if found else self.token
        if response.status in (302, 303):
            return self.get(response.getheader("Location") or "/")
        return text

    def sign_in(self, name: str) -> "Client":
        self.get("/sign-in")
        self.post("/sign-in", login=name, password=seed.PASSWORD)
        return self


class Inside(Client):
    """The same browser against the app in this process, for counting statements."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = ""

    def _send(self, method: str, path: str, body: str | None) -> str:
        answer = self.client.open(
            path, method=method, data=body, content_type="application/x-www-form-urlencoded"
        )
        text = answer.get_data(as_text=True)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code}")
        found = TOKEN.search(text)
        self.token = found.group(1) if found else self.token
        return self.get(answer.location) if answer.status_code in (302, 303) else text


@dataclass(frozen=True)
class Page:
    """Something a person does; `prepare` gives the browser, `act` is measured."""

    name: str
    prepare: Callable[[Any, int], Client]
    act: Callable[[Client, int], object]
    repetitions: int = PER_REPETITION


def pages(ids: dict[str, int], browser: Callable[[], Client]) -> list[Page]:
    """Everything that is measured. `browser()` makes a fresh client."""
    learners: dict[int, Client] = {}

    def learner(_: Any, n: int) -> Client:
        number = n % 16
        if number not in learners:
            learners[number] = browser().sign_in(f"learner{number}")
        return learners[number]

    trainers: dict[int, Client] = {}

    def teacher(_: Any, n: int) -> Client:
        number = n % THREADS  # a connection belongs to one thread
        if number not in trainers:
            trainers[number] = browser().sign_in("trainer")
        return trainers[number]

    course, lesson, quiz = ids["course"], ids["lesson"], ids["quiz"]
    seen: dict[int, int] = {}

    def first_time(client: Client, n: int) -> object:
        step = seen[n % 16] = seen.get(n % 16, lesson - 1) + 1
        return client.get(f"/learn/{step}")

    return [
        Page("sign-in page", lambda _, n: browser(), lambda c, n: c.get("/sign-in")),
        Page(
            "sign in (with argon2)", lambda _, n: browser(), lambda c, n: c.sign_in(f"learner{100 + n % 800}")
        ),
        Page("start page", learner, lambda c, n: c.get("/")),
        Page("course page, 50 activities", learner, lambda c, n: c.get(f"/courses/{course}")),
        Page("lesson, first time", learner, first_time, repetitions=16),
        Page("lesson, again", learner, lambda c, n: c.get(f"/learn/{lesson}")),
        Page("quiz of 10 questions", learner, lambda c, n: take_quiz(c, quiz), repetitions=4),
        Page("matrix, 25 x 50", teacher, lambda c, n: c.get(f"/teach/courses/{course}/progress")),
        Page(
            "matrix as CSV, 1000 x 50",
            teacher,
            lambda c, n: c.get(f"/teach/courses/{course}/progress.csv"),
            4,
        ),
    ]


def take_quiz(client: Client, quiz: int) -> None:
    """Open, answer every question, hand in, look at the result, and open the next attempt."""
    client.get(f"/learn/{quiz}")
    for n, asked in enumerate(seed.QUIZ["questions"]):
        client.post(
            f"/learn/{quiz}/save", question=asked["id"], answer=asked["options"][1]["id"], q=str(n + 1)
        )
    client.post(f"/learn/{quiz}", finish="1")
    client.post(f"/learn/{quiz}/retry")


def tree_cpu(root: int) -> float:
    """CPU seconds used so far by a process and everything below it."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)], used[int(entry.name)] = (
                int(fields[1]),
                (int(fields[11]) + int(fields[12])) / TICK,
            )
    inside, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in inside} - inside
        grown = bool(more)
        inside |= more
    return sum(used.get(pid, 0.0) for pid in inside)


def tree_memory(root: int) -> float:
    """MiB of the server's processes; what they share is counted once (PSS)."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == root or int(entry.name) == root:
                    pss = re.search(r"Pss:\s+(\d+)", (entry / "smaps_rollup").read_text())
                    total += int(pss.group(1)) if pss else 0
            except OSError:
                continue
    return total / 1024


@contextmanager
def served(config: Config, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A granian with two workers on this configuration."""
    command = serving.web_server(port, str(WORKERS), "4")
    environ = {**os.environ, **serving.MEMORY, **environment(config, port)}
    process = subprocess.Popen(command, cwd=PROJECT, env=environ)
    try:
        for _ in range(900):
            try:
                Client(port).get("/sign-in")
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def environment(config: Config, port: int) -> dict[str, str]:
    return {
        "LMS_HOME": str(config.home),
        "LMS_DATABASE_URL": config.database_url,
        "LMS_BASE_URL": f"http://127.0.0.1:{port}",
        "LMS_ENV": "test",
        "LMS_SECRET_KEY": config.secret_key,
    }


def statements(app: Flask, ids: dict[str, int]) -> dict[str, int]:
    """How many SQL statements each page runs (BEGIN and COMMIT not counted)."""
    counted = 0

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal counted
        counted += not statement.startswith("BEGIN")  # ours on SQLite, the driver's on PostgreSQL

    database = app.extensions["house"].database
    engines = {database.reader, database.writer}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    found = {}
    for page in pages(ids, lambda: Inside(app)):
        client = page.prepare(None, 0)
        page.act(client, 0)  # settings and the like are warm from here on
        found[page.name] = sys.maxsize
        for _ in range(2):  # the settings are read anew every few seconds, which is none of the page's own
            client = page.prepare(None, 0)
            counted = 0
            page.act(client, 0)
            found[page.name] = min(found[page.name], counted)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", count)
    return found


def measure(page: Page, root: int, repetitions: int) -> dict[str, float]:
    """Median CPU ms, p50 and p99 at concurrency 1 and 8, and requests a second at 8."""
    run, cpu, alone = 0, [], []
    for repetition in range(repetitions + 1):
        clients = [page.prepare(None, run + i) for i in range(page.repetitions)]
        before = tree_cpu(root)
        for i, client in enumerate(clients):
            start = time.perf_counter()
            page.act(client, run + i)
            alone.append(time.perf_counter() - start)
        run += page.repetitions
        if repetition:
            cpu.append((tree_cpu(root) - before) * 1000 / page.repetitions)
    together, seconds = parallel(page, run)
    return {
        "cpu_ms": statistics.median(cpu),
        "p50_ms": statistics.median(alone) * 1000,
        "p99_ms": sorted(alone)[int(len(alone) * 0.99)] * 1000,
        "p50_c8_ms": statistics.median(together) * 1000,
        "p99_c8_ms": sorted(together)[int(len(together) * 0.99)] * 1000,
        "per_second_c8": len(together) / seconds,
    }


def parallel(page: Page, run: int, threads: int = THREADS) -> tuple[list[float], float]:
    """Times of the page asked by eight people at once, and how long all of it took."""
    times: list[float] = []
    clients = [
        [page.prepare(None, run + t) for _ in range(max(2, page.repetitions // 4))] for t in range(threads)
    ]

    def work(number: int) -> None:
        for client in clients[number]:
            start = time.perf_counter()
            page.act(client, run + number)
            times.append(time.perf_counter() - start)

    crew = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    begun = time.perf_counter()
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return times, time.perf_counter() - begun


def bench(name: str, url: str | None, home: Path, port: int, repetitions: int) -> dict[str, Any]:
    """All figures on one database."""
    environ = {"LMS_HOME": str(home), "LMS_ENV": "test", "LMS_SECRET_KEY": "bench-" + "0123456789abcdef" * 3}
    if url:
        environ["LMS_DATABASE_URL"] = url
    config = Config.load({**environ, "LMS_BASE_URL": "http://localhost", "LMS_QUEUE": "memory"})
    house = houses.build(config)
    migrate.upgrade(house.registry, house.database)
    begun = time.perf_counter()
    with house.work(system("bench")) as work:
        ids = seed.fill(work)
    print(f"\n{name}: seeded in {time.perf_counter() - begun:.1f} s")
    counts = statements(create_app(config, house=house), ids)
    results: dict[str, Any] = {}
    with served(config, port) as server:
        time.sleep(1)
        print(
            f"{'page':28}{'CPU ms':>9}{'budget':>9}{'SQL':>5}{'budget':>8}{'p50':>8}{'p99':>8}{'p50 c8':>9}{'p99 c8':>9}{'/s c8':>8}"
        )
        for page in pages(ids, lambda: Client(port)):
            found = measure(page, server.pid, repetitions)
            cpu, sql = BUDGETS[page.name]
            results[page.name] = {**found, "sql": counts[page.name], "cpu_budget": cpu, "sql_budget": sql}
            over = " !" if found["cpu_ms"] > cpu or counts[page.name] > sql else ""
            print(
                f"{page.name:28}{found['cpu_ms']:9.1f}{cpu:9.1f}{counts[page.name]:5}{sql:8}{found['p50_ms']:8.1f}"
                f"{found['p99_ms']:8.1f}{found['p50_c8_ms']:9.1f}{found['p99_c8_ms']:9.1f}{found['per_second_c8']:8.0f}{over}",
                flush=True,
            )
        results["memory_mib"] = tree_memory(server.pid)
        print(f"web workers, memory in all: {results['memory_mib']:.0f} MiB ({WORKERS} workers; budget 120)")
    house.database.dispose()
    return results


def main() -> None:
    """Measure on the databases named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument(
        "--quick", action="store_true", help="one repetition: an impression, no figures to quote"
    )
    wanted = parser.parse_args()
    chosen, repetitions = wanted.databases, 1 if wanted.quick else REPETITIONS
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        if "sqlite" in chosen:
            results["sqlite"] = bench("SQLite", None, Path(folder) / "sqlite", 8731, repetitions)
        if "postgres" in chosen:
            with postgres.server_url() as server, postgres.database_url(server) as url:
                home = Path(folder) / "postgres"
                results["postgres"] = bench("PostgreSQL", url, home, 8732, repetitions)
    out = PROJECT / "build" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
