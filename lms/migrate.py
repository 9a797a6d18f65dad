"""Migrations: Alembic, one linear history and one version table per plugin, in the order of `requires`."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, text

from lms.contract import Plugin
from lms.db import Base, Database, UTCDateTime
from lms.registry import Registry

ENVIRONMENT = Path(__file__).parent / "migrations"
LOCK = 726173  # advisory lock on PostgreSQL: one migration at a time


def upgrade(registry: Registry, database: Database, *, only: str | None = None) -> list[str]:
    """Bring every plugin's tables up to date; the names of plugins that changed."""
    changed = []
    for plugin in with_migrations(registry, only):
        if current(database, plugin) != head(plugin):
            with _environment(registry, database, plugin) as config:
                command.upgrade(config, "head")
            changed.append(plugin.name)
    return changed


def downgrade(registry: Registry, database: Database, name: str, to: str = "base") -> None:
    """Take one plugin's tables back to a revision (default: drop them)."""
    with _environment(registry, database, registry.plugins[name]) as config:
        command.downgrade(config, to)


def revision(registry: Registry, database: Database, name: str, message: str) -> None:
    """Write a new migration for one plugin from the difference between models and database."""
    plugin = registry.plugins[name]
    number = len(list(_versions(plugin).glob("[0-9]*.py"))) + 1
    with _environment(registry, database, plugin) as config:
        command.revision(config, message, autogenerate=True, rev_id=f"{name}_{number:04d}", head="head")


def drift(registry: Registry, database: Database) -> list[Any]:
    """Differences between models and database; empty when all migrations are right."""
    found: list[Any] = []
    for plugin in registry.plugins.values():
        with database.writer.connect() as connection:
            context = MigrationContext.configure(connection, opts=_options(registry, plugin))
            found += compare_metadata(context, Base.metadata)
    return found


def pending(registry: Registry, database: Database) -> list[str]:
    """The plugins whose tables are not up to date."""
    return [p.name for p in with_migrations(registry) if current(database, p) != head(p)]


def current(database: Database, plugin: Plugin) -> str | None:
    """The revision this plugin's tables are at."""
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": f"{plugin.name}_alembic"})
        return context.get_current_revision()


def head(plugin: Plugin) -> str | None:
    """The newest revision this plugin brings."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("version_locations", str(_versions(plugin)))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config).get_current_head()


def configure(connection: Connection, registry: Registry, plugin: Plugin) -> dict[str, Any]:
    """Options for env.py."""
    return {"connection": connection, "target_metadata": Base.metadata, **_options(registry, plugin)}


def _render(kind: str, thing: Any, context: Any) -> str | Literal[False]:
    """Our own column types by name, so that migrations read well and stay the same on both databases."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "lms.db.UTCDateTime()"
    if kind == "type" and isinstance(thing, JSON):
        return "lms.db.JSONType"
    return False


def _options(registry: Registry, plugin: Plugin) -> dict[str, Any]:
    def ours(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        table = name if kind == "table" else thing.table.name
        return registry.owner_of(table or "") == plugin.name and not (table or "").endswith("_alembic")

    return {
        "version_table": f"{plugin.name}_alembic",
        "include_object": ours,
        "render_item": _render,
        "render_as_batch": True,
        "compare_type": False,
        "transactional_ddl": True,
        "transaction_per_migration": True,
    }


@contextmanager
def _environment(registry: Registry, database: Database, plugin: Plugin) -> Iterator[AlembicConfig]:
    """An Alembic configuration bound to one connection; on SQLite with foreign keys off, checked before COMMIT."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("version_locations", str(_versions(plugin)))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s")
    engine = database.writer
    with engine.connect() as connection:
        if database.sqlite:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF").close()  # outside a transaction, else it is ignored
        else:
            connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": LOCK})
            connection.commit()
        try:
            config.attributes.update(connection=connection, registry=registry, plugin=plugin)
            yield config
            if connection.in_transaction():
                if database.sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError(f"{plugin.name}: the migration leaves rows without their parent")
                connection.commit()
        finally:
            if connection.in_transaction():
                connection.rollback()
            if database.sqlite:
                raw.execute("PRAGMA foreign_keys=ON").close()
            else:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": LOCK})
                connection.commit()


def with_migrations(registry: Registry, only: str | None = None) -> Iterator[Plugin]:
    """The plugins that bring tables (or this one alone), in the order of `requires`."""
    for plugin in registry.plugins.values():
        if (only is None or plugin.name == only) and _versions(plugin).is_dir():
            yield plugin


def _versions(plugin: Plugin) -> Path:
    package = importlib.import_module(plugin.package)
    return Path(next(iter(package.__path__))) / "migrations" / "versions"
