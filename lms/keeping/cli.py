"""`flask lms backup`, `restore`, `state-digest`, `fsck` and `audit`: keeping what is here, and proving it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import select

from lms import seals
from lms.audit import AuditLine
from lms.contract import system
from lms.house import House
from lms.keeping import archive, digests, fsck, restore
from lms.keeping import backup as backups
from lms.keeping.archive import Manifest, Refused

FILE = click.Path(dir_okay=False, path_type=Path)


def _backup(house: House) -> click.Command:
    @click.command("backup")
    @click.argument("file", type=FILE)
    def backup(file: Path) -> None:
        """Write everything that is here into FILE: all tables as of now, and all stored files."""
        try:
            manifest = backups.write(house, file)
        except (Refused, OSError) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        click.echo(f"{file}: {_contents(manifest)}.")
        for digest in manifest.missing:
            click.echo(
                f"warning: the bytes of {digest} are missing or damaged here, hence not in it.", err=True
            )

    return backup


def _restore(house: House) -> click.Command:
    @click.command("restore")
    @click.argument("file", type=FILE)
    @click.option("--replace", is_flag=True, help="Remove what is here.")
    @click.option("--check", is_flag=True, help="Only look whether FILE is whole.")
    def take_back(file: Path, replace: bool, check: bool) -> None:
        """Bring back what is in FILE, into SQLite or PostgreSQL, wherever it was made."""
        try:
            manifest = archive.verify(file) if check else restore.read(house, file, replace=replace)
        except (Refused, OSError) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        click.echo(f"{'Whole' if check else 'Restored'}: {_contents(manifest)}, made {manifest.made_at}.")

    return take_back


def _contents(manifest: Manifest) -> str:
    rows = sum(part.rows for part in manifest.tables.values())
    return f"{len(manifest.tables)} tables with {rows} rows, {len(manifest.files)} files"


def _state_digest(house: House) -> click.Command:
    @click.command("state-digest")
    @click.option("--json", "as_json", is_flag=True)
    def state_digest(as_json: bool) -> None:
        """A SHA-256 per table and one over all stored files; equal on SQLite and PostgreSQL for equal content."""
        found = digests.state(house)
        if as_json:
            click.echo(json.dumps(found, indent=1))
            return
        for name, digest in (*found["tables"].items(), ("files", found["files"])):
            click.echo(f"{digest['sha256']}  {digest['count']:9}  {name}")

    return state_digest


def _fsck(house: House) -> click.Command:
    @click.command("fsck")
    def check() -> None:
        """Look whether rows and bytes fit together. Exit 1 if something is lost or stuck."""
        flaws = 0
        for flaw in fsck.check(house):
            click.echo(f"{'note' if flaw.harmless else 'problem'}: {flaw.text}")
            flaws += not flaw.harmless
        click.echo(f"{flaws} problems.")
        sys.exit(1 if flaws else 0)

    return check


def _audit(house: House) -> click.Group:
    group = click.Group("audit", help="Who did what.")

    @group.command("list")
    @click.option("--limit", default=50, show_default=True)
    @click.option("--action", default="", help="Only this action, 'sign_in' say.")
    @click.option("--json", "as_json", is_flag=True)
    def list_lines(limit: int, action: str, as_json: bool) -> None:
        """The newest lines of the audit log."""
        statement = select(AuditLine).order_by(AuditLine.id.desc()).limit(limit)
        with house.work(system("cli"), readonly=True) as work:
            lines = work.session.scalars(statement.where(AuditLine.action == action) if action else statement)
            for line in lines:
                row = {
                    "at": line.at.isoformat(timespec="seconds"),
                    "actor": line.actor,
                    "action": line.action,
                    "subject": line.subject,
                    "details": line.details,
                }
                click.echo(
                    json.dumps(row, ensure_ascii=False) if as_json else "  ".join(map(str, row.values()))
                )

    @group.command("verify")
    def verify() -> None:
        """Compute the chain anew. Exit 1 and name the first bad line if somebody changed the log."""
        with house.work(system("cli"), readonly=True) as work:
            verdict = seals.verify(work)
        if verdict.fault:
            raise click.ClickException(f"After {verdict.sealed} good lines: {verdict.fault}.")
        click.echo(f"{verdict.sealed} lines are as they were written; {verdict.waiting} wait to be sealed.")

    return group


COMMANDS: tuple[Callable[[House], click.Command], ...] = (_backup, _restore, _state_digest, _fsck, _audit)
