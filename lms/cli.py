"""`flask lms ...`: what operators do from the command line."""

import json
import sys

import click
from flask import Flask
from flask.cli import AppGroup

from lms import migrate
from lms.house import House
from lms.registry import submodule


def init(app: Flask, house: House) -> None:
    """Attach the command groups: `lms` and one per plugin that brings `cli.group`."""
    lms = AppGroup("lms", help="Lehrwerk: database, people, jobs, plugins.")
    lms.add_command(_db(house))
    lms.add_command(_routes(app))
    app.cli.add_command(lms)
    for plugin in house.registry.plugins.values():
        module = submodule(plugin, "cli") if plugin.name != "lms" else None
        group = getattr(module, "group", None)
        if isinstance(group, click.Group):
            app.cli.add_command(group, plugin.name)


def _db(house: House) -> click.Group:
    group = click.Group("db", help="Tables of all plugins.")
    registry, database = house.registry, house.database

    @group.command()
    def upgrade() -> None:
        """Bring all tables up to date."""
        changed = migrate.upgrade(registry, database)
        click.echo(f"Tables up to date{': ' + ', '.join(changed) if changed else ''}.")

    @group.command()
    @click.argument("plugin")
    @click.option("--to", default="base")
    @click.option("--yes", is_flag=True, help="I have a backup; drop what this revision added.")
    def downgrade(plugin: str, to: str, yes: bool) -> None:
        """Take one plugin's tables back."""
        if not yes:
            raise click.ClickException("This drops tables. Make a backup, then repeat with --yes.")
        migrate.downgrade(registry, database, plugin, to)

    @group.command()
    @click.argument("plugin")
    @click.option("-m", "message", required=True)
    def revision(plugin: str, message: str) -> None:
        """Write a migration from the difference between models and database."""
        migrate.revision(registry, database, plugin, message)

    @group.command()
    def check() -> None:
        """Exit 1 if models and database differ."""
        differences = migrate.drift(registry, database)
        for difference in differences:
            click.echo(str(difference))
        sys.exit(1 if differences else 0)

    return group


def _routes(app: Flask) -> click.Command:
    @click.command("routes")
    @click.option("--json", "as_json", is_flag=True)
    def routes(as_json: bool) -> None:
        """Every address with its methods and the permission it asks, or "public"."""
        rows = route_policy(app)
        if as_json:
            click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        else:
            for row in rows:
                click.echo(f"{row['method']:7}{row['rule']:60}{row['permission']}")

    return routes


def route_policy(app: Flask) -> list[dict[str, str]]:
    """Method, rule, endpoint and permission of every route, sorted by rule."""
    rows = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
        view = app.view_functions[rule.endpoint]
        is_public = getattr(view, "public", False) or rule.endpoint.rsplit(".", 1)[-1] == "static"
        permission = "public" if is_public else " ".join(getattr(view, "asks", ()))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            rows.append(
                {"method": method, "rule": rule.rule, "endpoint": rule.endpoint, "permission": permission}
            )
    return rows
