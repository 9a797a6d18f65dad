"""`flask lms` from any folder: found through an entry point, it builds the site only when a command is asked for."""

from functools import cached_property

import click
from flask import Flask
from flask.cli import ScriptInfo

from lms.app import create_app
from lms.config import ConfigError


class CommandLine(click.Group):
    """The commands of lms.cli and of every plugin."""

    @cached_property
    def app(self) -> Flask:
        """The site these commands work on, configured by LMS_* variables."""
        try:
            return create_app()
        except ConfigError as error:
            raise click.ClickException(str(error)) from error

    @property
    def filled(self) -> click.Group:
        """The group with all commands in it."""
        group = self.app.cli.commands["lms"]
        assert isinstance(group, click.Group)
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self.filled.list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        ctx.ensure_object(ScriptInfo).create_app = lambda: self.app
        return self.filled.get_command(ctx, cmd_name)


lms = CommandLine("lms", help="Lehrwerk: database, people, jobs, plugins.")
