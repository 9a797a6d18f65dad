"""`flask lms ...`: what operators do from the command line."""

import json
import sys

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from lms import jobs, mail, migrate, seeding
from lms.contract import system
from lms.doctor import examine
from lms.errors import Invalid
from lms.house import House
from lms.jobs import OutboxJob
from lms.keeping import cli as keeping
from lms.people import cli as people
from lms.people import legal
from lms.registry import FLOORS, submodule


def init(app: Flask, house: House) -> None:
    """Attach `flask lms`: the house's commands, the teaching's beside them, and a group per plugin below its name."""
    lms = AppGroup("lms", help="Lehrwerk: database, people, jobs, plugins.")
    made = (_db, _seed, _doctor, _jobs, _plugins, _mail, people.group, *keeping.COMMANDS)
    for command in (*(make(house) for make in made), _routes(app)):
        lms.add_command(command)
    app.cli.add_command(lms)
    for plugin in house.registry.plugins.values():
        module = submodule(plugin, "cli") if plugin.name != "lms" else None
        group = getattr(module, "group", None)
        if isinstance(group, click.Group):
            _attach(lms, plugin.name, group)


def _attach(lms: click.Group, name: str, group: click.Group) -> None:
    if name not in FLOORS:
        lms.add_command(group, name)
        return
    for command in group.commands.values():
        lms.add_command(command)


def _db(house: House) -> click.Group:
    group = click.Group("db", help="Tables of all plugins.")
    registry, database = house.registry, house.database

    @group.command()
    def upgrade() -> None:
        """Bring all tables up to date."""
        changed = migrate.upgrade(registry, database)
        if changed:
            with house.work(system("upgrade")) as work:
                legal.ensure_legal_pages(work)
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


def _seed(house: House) -> click.Command:
    @click.command("seed")
    @click.option("--profile", type=click.Choice(seeding.PROFILES), default="demo", show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="Print who may sign in and which addresses to try.")
    def seed(profile: str, as_json: bool) -> None:
        """Fill an empty database, once."""
        migrate.upgrade(house.registry, house.database)
        try:
            new = seeding.seed(house, profile)
        except seeding.SeedingRefused as refusal:
            raise click.ClickException(str(refusal)) from refusal
        if as_json:
            click.echo(json.dumps(seeding.report(house) or {}, indent=1, ensure_ascii=False))
        else:
            click.echo(f"Filled with '{profile}'." if new else f"Was filled with '{profile}' before.")

    return seed


def _doctor(house: House) -> click.Command:
    @click.command("doctor")
    def doctor() -> None:
        """Say everything that is wrong. Exit 1 if something must be put right."""
        found = examine(house)
        for finding in found:
            click.echo(f"{finding.level}: {finding.text}")
        problems = [finding for finding in found if finding.level == "problem"]
        click.echo(f"{len(problems)} problems, {len(found) - len(problems)} warnings.")
        sys.exit(1 if problems else 0)

    return doctor


def _jobs(house: House) -> click.Group:
    group = click.Group("jobs", help="Work for later.")

    @group.command("list")
    @click.option("--state", type=click.Choice(("queued", "done", "dead")))
    @click.option("--limit", default=50, show_default=True)
    def list_jobs(state: str | None, limit: int) -> None:
        """The newest jobs and what became of them."""
        with house.work(system("cli"), readonly=True) as work:
            statement = select(OutboxJob).order_by(OutboxJob.id.desc()).limit(limit)
            for job in work.session.scalars(
                statement.where(OutboxJob.state == state) if state else statement
            ):
                click.echo(
                    f"{job.id:8}  {job.state:7}{job.tries} tries  {job.run_at:%Y-%m-%d %H:%M:%S}  {job.name}  "
                    + job.last_error
                )

    @group.command("run")
    def run_jobs() -> None:
        """Run what is due now, here, without a worker."""
        ran = 0
        while due := [id for id in jobs.due(house) if jobs.run(house, id)]:
            ran += len(due)
        click.echo(f"{ran} jobs run.")

    @group.command("retry")
    @click.argument("job_id", type=int)
    def retry(job_id: int) -> None:
        """Give a dead or waiting job all its tries again."""
        with house.work(system("cli")) as work:
            found = jobs.retry(work, job_id)
        if not found:
            raise click.ClickException(f"There is no job {job_id} that could be run.")
        click.echo(f"Job {job_id} is queued.")

    return group


def _plugins(house: House) -> click.Group:
    group = click.Group("plugin", help="What is installed.")

    @group.command("list")
    @click.option("--json", "as_json", is_flag=True)
    def list_plugins(as_json: bool) -> None:
        """Every plugin found, with its state; of refused ones the reason."""
        registry = house.registry
        rows = [
            {"name": p.name, "state": "active", "version": p.version, "package": p.package, "reason": ""}
            for p in registry.plugins.values()
        ]
        rows += [
            {"name": n, "state": "off", "version": "", "package": "", "reason": ""} for n in registry.off
        ]
        rows += [
            {"name": bad.name, "state": "quarantined", "version": "", "package": "", "reason": bad.reason}
            for bad in registry.quarantine
        ]
        if as_json:
            click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
            return
        for row in rows:
            click.echo(f"{row['name']:20}{row['state']:13}{row['version']:8}{row['reason']}")

    return group


def _mail(house: House) -> click.Group:
    group = click.Group("mail", help="Mail.")

    @group.command("test")
    @click.argument("address")
    def test(address: str) -> None:
        """Queue a test mail; the worker sends it."""
        try:
            with house.work(system("cli")) as work:
                message_id = mail.queue(work, address, "test")
        except Invalid as error:
            raise click.ClickException(f"No mail can be sent to {address!r}.") from error
        click.echo(f"Queued {message_id}. `flask lms jobs list` shows what becomes of it.")

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
