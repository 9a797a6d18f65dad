"""`python -m lms.run`: bring the tables up to date, fill an empty installation once, then serve and run jobs."""

import contextlib
import os
import socket
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import click

from lms import house as houses
from lms import migrate, seeding
from lms.config import PROJECT, Config, ConfigError
from lms.contract import system
from lms.house import House
from lms.people import granting, inviting, legal
from lms.supervisor import Child, Supervisor
from lms.web import logs

HOST = "127.0.0.1"
START_SECONDS = 60
WAITING = "128"  # requests a worker takes on before it lets the kernel hold the others
MEMORY = {  # glibc keeps a heap per thread and what a password check needed once; neither is worth the memory
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
}


class CannotStart(Exception):
    """Something has to be put right first; the text says what."""


def main() -> int:
    """Serve until SIGINT or SIGTERM. The exit code is 0 after a clean end."""
    try:
        config = _configuration()
        port = _free_port()
        house = houses.build(config)
        _prepare(house)
        supervisor = Supervisor(_children(config, port), say)
    except (CannotStart, ConfigError, seeding.SeedingRefused) as problem:
        click.echo(f"\n!! {problem}", err=True)
        return 1
    with supervisor:
        if _wait_until_healthy(config, port, supervisor):
            for line in _welcome(house):
                click.echo(line)
        house.database.dispose()
        return supervisor.run()


def say(topic: str, text: str) -> None:
    """One line of progress."""
    click.echo(f"   {topic:<10}{text}")


def _configuration() -> Config:
    if not (PROJECT / "lms" / "static" / "dist" / "manifest.json").is_file():
        raise CannotStart("The front end is not built yet. Run `make assets` (or `make run`, which does it).")
    config = Config.load()
    logs.init(readable=not config.production)
    click.echo(f"\n== Lehrwerk in {config.home}")
    return config


def _prepare(house: House) -> None:
    """Tables and data; every step says what it did."""
    for bad in house.registry.quarantine:
        say("plugins", f"{bad.name} is kept out: {bad.reason}")
    try:
        changed = migrate.upgrade(house.registry, house.database)
    except Exception as error:
        raise CannotStart(
            f"The tables could not be brought up to date: {error}\n"
            f"   Database: {_without_password(house.config.database_url)}. Is it there, and may we write to it?"
        ) from error
    say("tables", f"brought up to date ({', '.join(changed)})" if changed else "up to date")
    with house.work(system("seed"), readonly=True) as work:
        before = seeding.profile_of(work)
    profile = os.environ.get("SEED") or before or ("none" if house.config.production else "demo")
    began = time.monotonic()
    if seeding.seed(house, profile) and profile != "none":
        say("data", f"{profile} academy loaded in {time.monotonic() - began:.1f} s")
    else:
        say("data", "as it was" if before else "none")
    with house.work(system("start")) as work:
        legal.ensure_legal_pages(work)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def _free_port() -> int:
    """The port asked for, if we can have it."""
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise CannotStart(f"PORT is '{wanted}'; use a number from 1 to 65535.")
    port = int(wanted)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} is taken ({error.strerror}). Stop what runs there, or choose another: "
                f"PORT={port + 1} make run"
            ) from error
    return port


def _children(config: Config, port: int) -> list[Child]:
    workers = os.environ.get("LMS_WORKERS") or "2"
    environ = {**MEMORY, **os.environ, "LMS_HOME": str(config.home), "PORT": str(port)}
    web = web_server(port, workers, os.environ.get("LMS_THREADS") or "4")
    return [
        Child(f"web ({workers} workers)", web, environ, config.home),
        Child("jobs", [sys.executable, "-m", "lms.worker"], environ, config.home),
    ]


def web_server(port: int, workers: str, threads: str) -> list[str]:
    """The command that serves the site. Each worker answers `threads` requests at once; the rest wait in line."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "lms.app:create_app"]
    web += ["--host", HOST, "--port", str(port), "--workers", workers]
    web += ["--blocking-threads", threads, "--backpressure", WAITING, "--no-ws", "--log-level", "warning"]
    return [*web, "--respawn-failed-workers", "--workers-kill-timeout", "10"]


def _wait_until_healthy(config: Config, port: int, supervisor: Supervisor) -> bool:
    """Whether the site answered in time; what is wrong has been said otherwise."""
    deadline = time.monotonic() + START_SECONDS
    # Asked by the name visitors use: in production no other Host is answered.
    host = urlsplit(config.base_url).netloc
    request = urllib.request.Request(f"http://{HOST}:{port}/healthz", headers={"Host": host})
    while time.monotonic() < deadline and supervisor.watch():
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5):  # noqa: S310 - ourselves
            return True
        time.sleep(0.1)
    if not supervisor.stopping:
        click.echo(f"\n!! The site did not answer within {START_SECONDS} s; see the lines above.", err=True)
    return False


def _welcome(house: House) -> list[str]:
    """Where to go, and who may come in."""
    lines = ["", f"== Lehrwerk is at {house.config.base_url}", ""]
    with house.work(system("start")) as work:
        if not granting.administrators(work):
            lines += ["   Set it up within 24 hours, once:", f"   {inviting.create_setup_link(work)}"]
    found = seeding.report(house)
    if found is not None:
        seeding.write_report(house, found)  # the address may have changed
        lines.append(f"   Sign in with any of these and the password {seeding.PASSWORD}")
        lines += [f"   {role:<18}{people[0]['email']}" for role, people in found["users"].items() if people]
    return [*lines, "", "   Ctrl+C stops it.", ""]


if __name__ == "__main__":
    sys.exit(main())
