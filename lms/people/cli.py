"""`flask lms user ...`: accounts from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from lms.contract import Done, system
from lms.errors import LmsError
from lms.forms import errors_of
from lms.house import House
from lms.people import directory, inviting, signing_in
from lms.people.forms import InviteForm, PersonForm
from lms.people.models import Person
from lms.people.rules import ROLES
from lms.work import Work


def group(house: House) -> click.Group:
    """The command group `user`."""
    user = click.Group("user", help="Accounts: set-up link, create, list, deactivate, new password.")

    @user.command("setup-link")
    def setup_link() -> None:
        """Print the one-time address under which an empty installation is set up (valid for 24 hours)."""
        with _work(house) as work:
            click.echo(inviting.create_setup_link(work))

    @user.command()
    @click.argument("given_name")
    @click.argument("family_name")
    @click.option("--role", type=click.Choice(list(ROLES)), default="apprentice", show_default=True)
    @click.option("--organisation", type=int, help="Number of the company or other organisation.")
    @click.option("--email")
    @click.option("--username", help="Made from the name if left out.")
    def create(**given: object) -> None:
        """Create an account and print the link under which its owner chooses a password."""
        form = InviteForm.of({name: value for name, value in given.items() if value is not None})
        if not form.validate():
            raise click.ClickException("; ".join(f"{k}: {', '.join(v)}" for k, v in errors_of(form).items()))
        with _work(house) as work:
            done = _noted(work, "people.invite", inviting.invite(work, form))
            person = work.session.get_one(Person, done.values["person"])
            click.echo(f"{person.id}  {person.username}")
            click.echo(inviting.address(work, "invitation", form.secret))

    @user.command("list")
    @click.option("--all", "everybody", is_flag=True, help="Closed accounts too.")
    def list_people(everybody: bool) -> None:
        """Number, user name, e-mail, name and roles of every account."""
        with _work(house) as work:
            statement = select(Person).options(selectinload(Person.assignments)).order_by(Person.sort_key)
            for person in work.session.scalars(statement):
                if person.active or everybody:
                    roles = ", ".join(a.role for a in person.assignments) or "-"
                    click.echo(
                        f"{person.id:>6}  {person.username or '-':24} {person.email or '-':32} "
                        f"{person.name:28} {roles}{'' if person.active else '  (closed)'}"
                    )

    @user.command()
    @click.argument("login")
    def deactivate(login: str) -> None:
        """Close an account; every sign-in of it ends at once."""
        with _work(house) as work:
            form = PersonForm.of({"person": _find(work, login).id})
            _noted(work, "people.deactivate", directory.deactivate(work, form))
        click.echo("Closed.")

    @user.command("password-link")
    @click.argument("login")
    def password_link(login: str) -> None:
        """Print a link under which this person chooses a new password; her older links end."""
        with _work(house) as work:
            person = _find(work, login)
            token = inviting.new_link(work, person)
            work.audit("people.new_link", f"person:{person.id}")
            click.echo(inviting.address(work, "invitation", token))

    return user


@contextmanager
def _work(house: House) -> Iterator[Work]:
    """A Work that may do everything; what people may cause is told in one line instead of a stack trace."""
    try:
        with house.work(system("command line")) as work:
            yield work
    except LmsError as problem:
        raise click.ClickException(problem.message or type(problem).__name__) from problem


def _noted(work: Work, action: str, done: Done) -> Done:
    work.audit(action, done.subject)
    return done


def _find(work: Work, login: str) -> Person:
    person = signing_in.find_person(work, login)
    if person is None:
        raise click.ClickException(f"There is no open account '{login}'.")
    return person
