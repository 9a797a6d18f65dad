"""The list of people, one person, and inviting."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from lms.contract import N_
from lms.forms import BaseForm, choices
from lms.people import directory, granting, inviting, letters, organisations
from lms.people.forms import (
    ALL,
    NONE,
    AssignForm,
    EditForm,
    InviteForm,
    LetterForm,
    MembershipForm,
    PeopleFilter,
)
from lms.people.models import Person
from lms.people.rules import ROLES
from lms.people.trades import TRADES
from lms.web.chassis import asks, current_work, page, submit
from lms.web.people.blueprint import neighbours, people


@people.get("/people", endpoint="people")
@asks("people.list")
def people_list() -> str:
    work, form = current_work(), PeopleFilter(request.args).usable()
    form.organisation.choices = choices(ALL, organisations.names(work))
    found = directory.people(work, form)
    return page(
        "lms/people/people.html",
        filter=form,
        listing=found,
        roles=ROLES,
        trades=TRADES,
        **neighbours("people.people", found),
    )


@people.get("/people/<int:id>")
@asks("people.view")
def person(id: int) -> str:
    return _person(directory.person(current_work(), id))


@people.get("/people/<int:id>/edit")
@asks("people.edit")
def edit(id: int) -> str:
    someone = current_work().get("people.edit", Person, id)
    return page("lms/people/edit.html", person=someone, form=EditForm(obj=someone, data={"person": id}))


@people.post("/people/<int:id>/edit")
@asks("people.edit")
def save(id: int) -> Any:
    done, form = submit("people.edit", person=id)
    if done is None:
        someone = current_work().get("people.edit", Person, id)
        return page("lms/people/edit.html", person=someone, form=form), 422
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


@people.post("/people/<int:id>/roles/withdraw")
@asks("people.roles")
def withdraw(id: int) -> Any:
    return _acted(id, "people.withdraw", N_("Rolle entzogen."))


@people.post("/people/<int:id>/memberships")
@asks("people.edit")
def add_membership(id: int) -> Any:
    done, form = submit("people.add_membership", person=id)
    if done is None:
        return _person(directory.person(current_work(), id), membership_form=form), 422
    return _saved(id)


@people.post("/people/<int:id>/memberships/end")
@asks("people.edit")
def end_membership(id: int) -> Any:
    return _acted(id, "people.end_membership", N_("Zugehörigkeit beendet."))


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
def reissue(id: int) -> Any:
    done, form = submit("people.new_link", person=id)
    if done is None:
        return _person(directory.person(current_work(), id), problems=form.form_errors), 422
    return _link_made(id, form)


@people.post("/people/<int:id>/letter")
@asks("people.invite")
def letter(id: int) -> Answer:
    work = current_work()
    made = letters.letter(work, id, LetterForm(request.form))
    work.close()  # setting it in type takes a while and needs nothing more from the database
    answer = Response(letters.rendered(made), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{made.file_name}"'
    return answer


def _invite(form: InviteForm | BaseForm) -> str:
    work = current_work()
    names = inviting.organisation_names(work)
    form.organisation.choices = choices(names) if len(names) == 1 else choices(NONE, names)
    offered = granting.roles_to_offer(work, inviting.scopes(work))
    form.role.choices = choices({role: ROLES[role] for role in offered})
    return page("lms/people/invite.html", form=form)


def _link_made(id: int, form: Any) -> str:
    """The link, shown this once: whoever repeats the request learns that it exists, not what it is."""
    work = current_work()
    someone = directory.person(work, id)
    link = inviting.address(work, "invitation", form.secret) if form.secret else ""
    return page(
        "lms/people/invited.html",
        person=someone,
        link=link,
        token=form.secret,
        qr=letters.picture(link) if link else "",
        until=inviting.latest_end(work, someone),
        mailed=bool(someone.email),
    )


def _acted(id: int, command: str, message: str) -> Any:
    done, form = submit(command, person=id)
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
    manages = granting.manages(work, someone)
    may_edit = manages and work.can("people.edit", someone)
    may_assign = manages and work.can("people.roles", someone)
    return page(
        "lms/people/person.html",
        person=someone,
        assign_form=_role_form(role_form or AssignForm()) if may_assign else None,
        membership_form=_membership_form(membership_form or MembershipForm()) if may_edit else None,
        scope_names=granting.scope_names(work, someone.assignments),
        may_edit=may_edit,
        may_assign=may_assign,
        may_link=inviting.may_link(work, someone),
        problems=problems,
        roles=ROLES,
        trades=TRADES,
    )


def _role_form(form: Any) -> Any:
    scopes = granting.scopes(current_work())
    form.scope.choices = choices({scope.key: scope.name for scope in scopes})
    form.role.choices = choices({r: ROLES[r] for r in granting.roles_to_offer(current_work(), scopes)})
    return form


def _membership_form(form: Any) -> Any:
    form.organisation.choices = choices(NONE, organisations.names(current_work()))
    return form
