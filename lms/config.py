"""Deployment settings from `LMS_*` variables, checked at start. Insecure production settings are refused."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATES = next(  # beside the packages in a checkout, inside lms/ in a wheel
    (folder for folder in (PROJECT / "templates", PROJECT / "lms" / "templates") if folder.is_dir()),
    PROJECT / "templates",
)


class ConfigError(Exception):
    """The settings cannot be used; the text says which and why."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything an operator decides. Paths are absolute; URLs have no trailing slash."""

    home: Path
    database_url: str
    secret_key: str
    base_url: str
    environment: str = "development"  # development | production | test
    hosts: tuple[str, ...] = ()
    mail: str = "file"  # file (as .eml below home/mail) or smtp://user:password@host:port
    mail_from: str = "lehrwerk@localhost"
    queue: str = "sqlite"  # or memory: jobs run at once, in tests
    files: str = "folder"  # below home/files
    proxies: int = 0  # trusted reverse proxies in front
    html_cleaner: str = "bleach"
    plugins_off: frozenset[str] = field(default_factory=frozenset)
    upload_limit: int = 64 * 1024 * 1024

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """Whether visitors reach us over TLS."""
        return self.base_url.startswith("https://")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """The checked configuration; raises ConfigError with every problem at once."""
        env = os.environ if environ is None else environ
        home = Path(env.get("LMS_HOME") or PROJECT / "var").resolve()
        home.mkdir(parents=True, exist_ok=True)
        base_url = (env.get("LMS_BASE_URL") or f"http://127.0.0.1:{env.get('PORT') or 8000}").rstrip("/")
        host = urlsplit(base_url).hostname or ""
        extra = tuple(filter(None, (h.strip() for h in env.get("LMS_HOSTS", "").split(","))))
        environment = env.get("LMS_ENV", "development")
        local = () if environment == "production" else ("127.0.0.1", "localhost", "[::1]")
        config = cls(
            home=home,
            database_url=_driver(env.get("LMS_DATABASE_URL") or f"sqlite:///{home / 'lehrwerk.db'}"),
            secret_key=env.get("LMS_SECRET_KEY") or _key_file(home / "keys" / "secret"),
            base_url=base_url,
            environment=environment,
            hosts=tuple(dict.fromkeys((host, *local, *extra))),
            mail=env.get("LMS_MAIL", "file"),
            mail_from=env.get("LMS_MAIL_FROM", f"lehrwerk@{host or 'localhost'}"),
            queue=env.get("LMS_QUEUE", "sqlite"),
            files=env.get("LMS_FILES", "folder"),
            proxies=int(env.get("LMS_PROXIES", "0")),
            html_cleaner=env.get("LMS_HTML_CLEANER", "bleach"),
            plugins_off=frozenset(filter(None, env.get("LMS_PLUGINS_OFF", "").split(","))),
            upload_limit=int(env.get("LMS_UPLOAD_LIMIT", str(64 * 1024 * 1024))),
        )
        problems = config.problems(env)
        if problems:
            raise ConfigError("\n".join(problems))
        return config

    def problems(self, env: Mapping[str, str]) -> list[str]:
        """Sentences that say what an operator must change before this may start."""
        found = []
        if self.environment not in ("development", "production", "test"):
            found.append(f"LMS_ENV is '{self.environment}'; use development, test or production.")
        if self.queue not in ("sqlite", "memory"):
            found.append(f"LMS_QUEUE is '{self.queue}'; use sqlite, or memory in tests.")
        if self.files != "folder":
            found.append(f"LMS_FILES is '{self.files}'; use folder.")
        if self.html_cleaner not in ("bleach", "nh3"):
            found.append(f"LMS_HTML_CLEANER is '{self.html_cleaner}'; use bleach or nh3.")
        if len(self.secret_key) < 32 or len(set(self.secret_key)) < 8:
            found.append("LMS_SECRET_KEY is too short or too simple; use at least 32 random characters.")
        if not self.production:
            return found
        if not self.secure:
            found.append("LMS_BASE_URL must begin with https:// in production.")
        if env.get("FLASK_DEBUG", "0") not in ("", "0"):
            found.append("FLASK_DEBUG must be off in production.")
        if env.get("LMS_TIME_OFFSET"):
            found.append("LMS_TIME_OFFSET must not be set in production.")
        if any("*" in host or host.startswith(".") for host in self.hosts):
            found.append("LMS_HOSTS must name hosts, without wildcards, in production.")
        return found


def _driver(url: str) -> str:
    """The database URL with the driver we ship: plain `postgresql://` means psycopg."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def _key_file(path: Path) -> str:
    """The key kept in this file, made on first use, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
