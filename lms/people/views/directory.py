"""The list of people, one person, and inviting."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from lms.contract import N_
from lms.forms import BaseForm
from lms.people import directory, granting, inviting, letters, organisations
from lms.people.forms import (
    AssignForm,
    EditForm,
    InviteForm,
    MembershipForm,
    PeopleFilter,
)
from lms.people.models import TRADES, Person
from lms.people.rules import ROLES
from lms.people.views.blueprint import people
from lms.web.chassis import asks, current_work, page, submit


@people.get("/people", endpoint="people")
@asks("people.list")
def people_list() -> str:
    work, form = current_work(), PeopleFilter(request.args)
    form.validate()
    form.organisation.choices = [("", work._("alle")), *organisations.choices(work)]
    found = directory.people(work, form)
    return page("lms/people.html", found=found, form=form, roles=ROLES, trades=TRADES)


@people.get("/people/<int:id>")
@asks("people.view")
def person(id: int) -> str:
    return _person(directory.person(current_work(), id))


@people.get("/people/<int:id>/edit")
@asks("people.edit")
def edit(id: int) -> str:
    someone = current_work().get("people.edit", Person, id)
    return page("lms/person_edit.html", person=someone, form=EditForm(obj=someone, data={"person": id}))


@people.post("/people/<int:id>/edit")
@asks("people.edit")
def save(id: int) -> Any:
    done, form = submit("people.edit", person=id)
    if done is None:
        someone = current_work().get("people.edit", Person, id)
        return page("lms/person_edit.html", person=someone, form=form), 422
    return _saved(id)


@people.post("/people/<int:id>/deactivate")
@asks("people.edit")
def deactivate(id: int) -> Any:
    return _acted(id, "people.deactivate", N_("Das Konto ist gesperrt, alle Geräte sind abgemeldet."))


@people.post("/people/<int:id>/reactivate")
@asks("people.edit")
def reactivate(id: int) -> Any:
    return _acted(id, "people.reactivate", N_("Das Konto ist wieder offen."))


@people.post("/people/<int:id>/roles")
@asks("people.roles")
def assign(id: int) -> Any:
    done, form = submit("people.assign", person=id)
    if done is None:
        return _person(directory.person(current_work(), id), role_form=form), 422
    return _saved(id)


@people.post("/people/<int:id>/roles/<int:assignment>/withdraw")
@asks("people.roles")
def withdraw(id: int, assignment: int) -> Any:
    return _acted(id, "people.withdraw", N_("Rolle entzogen."), assignment=assignment)


@people.post("/people/<int:id>/memberships")
@asks("people.edit")
def add_membership(id: int) -> Any:
    done, form = submit("people.add_membership", person=id)
    if done is None:
        return _person(directory.person(current_work(), id), membership_form=form), 422
    return _saved(id)


@people.post("/people/<int:id>/memberships/<int:membership>/end")
@asks("people.edit")
def end_membership(id: int, membership: int) -> Any:
    return _acted(id, "people.end_membership", N_("Zugehörigkeit beendet."), membership=membership)


@people.get("/people/invite")
@asks("people.invite")
def invite() -> str:
    return _invite(InviteForm())


@people.post("/people/invite")
@asks("people.invite")
def send_invitation() -> Any:
    done, form = submit("people.invite")
    if done is None:
        return _invite(form), 422
    return _link_made(done.values["person"], form)


@people.post("/people/<int:id>/link")
@asks("people.invite")
def new_link(id: int) -> Any:
    done, form = submit("people.new_link", person=id)
    if done is None:
        return _person(directory.person(current_work(), id), problems=form.form_errors), 422
    return _link_made(id, form)


def _invite(form: InviteForm | BaseForm) -> str:
    work = current_work()
    choices = inviting.organisation_choices(work)
    form.organisation.choices = choices if len(choices) == 1 else [("", "–"), *choices]
    offered = granting.roles_to_offer(work, inviting.scopes(work))
    form.role.choices = [(role, ROLES[role]) for role in offered]
    return page("lms/invite.html", form=form)


def _link_made(id: int, form: Any) -> str:
    """The link, shown this once: whoever repeats the request learns that it exists, not what it is."""
    work = current_work()
    someone = directory.person(work, id)
    link = inviting.address(work, "invitation", form.secret) if form.secret else ""
    return page(
        "lms/invited.html", person=someone, link=link, token=form.secret, qr=letters.qr(link) if link else ""
    )


def _acted(id: int, command: str, message: str, **target: int) -> Any:
    done, form = submit(command, person=id, **target)
    if done is None:
        return _person(directory.person(current_work(), id), problems=form.form_errors), 422
    return _saved(id, message)


def _saved(id: int, message: str = N_("Gespeichert.")) -> Answer:
    flash(current_work()._(message))
    return redirect(url_for("people.person", id=id), 303)


def _person(
    someone: Person,
    role_form: BaseForm | None = None,
    membership_form: BaseForm | None = None,
    problems: Any = (),
) -> str:
    work = current_work()
    scopes = granting.scopes(work) if work.can("people.roles", someone) else []
    role_form, membership_form = role_form or AssignForm(), membership_form or MembershipForm()
    role_form.scope.choices = [(scope.key, scope.name) for scope in scopes]
    role_form.role.choices = [(role, ROLES[role]) for role in granting.roles_to_offer(work, scopes)]
    membership_form.organisation.choices = (
        organisations.choices(work) if work.can("people.edit", someone) else []
    )
    return page(
        "lms/person.html",
        person=someone,
        role_form=role_form,
        membership_form=membership_form,
        scope_names=granting.scope_names(work, someone.assignments),
        manages=granting.manages(work, someone),
        may_link=inviting.may_link(work, someone),
        problems=problems,
        roles=ROLES,
        trades=TRADES,
    )
