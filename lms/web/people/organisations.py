"""Organisations and the places of the academy."""

from typing import Any

from flask import flash, redirect, request, url_for

from lms.contract import N_
from lms.forms import choices
from lms.people import organisations
from lms.people.forms import NONE, OrganisationFilter, OrganisationForm, SiteForm
from lms.people.models import ORGANISATION_KINDS, Organisation
from lms.web.chassis import asks, current_work, page, submit
from lms.web.people.blueprint import neighbours, people


@people.get("/organisations", endpoint="organisations")
@asks("organisations.view")
def organisation_list() -> str:
    form = OrganisationFilter(request.args).usable()
    work = current_work()
    found = organisations.organisations(work, form)
    return page(
        "lms/organisations/organisations.html",
        filter=form,
        listing=found,
        kinds=ORGANISATION_KINDS,
        sites=organisations.sites(work),
        edits_sites=organisations.edits_sites(work),
        **neighbours("people.organisations", found),
    )


@people.get("/organisations/new")
@asks("organisations.edit")
def new_organisation() -> str:
    current_work().require("organisations.edit")
    return _organisation(OrganisationForm())


@people.get("/organisations/<int:id>")
@asks("organisations.edit")
def organisation(id: int) -> str:
    found = current_work().get("organisations.edit", Organisation, id)
    return _organisation(OrganisationForm(obj=found, site=found.site_id, organisation=id), found)


@people.post("/organisations/new")
@asks("organisations.edit")
def create_organisation() -> Any:
    return _save_organisation(None)


@people.post("/organisations/<int:id>")
@asks("organisations.edit")
def save_organisation(id: int) -> Any:
    return _save_organisation(id)


@people.get("/sites/new")
@asks("organisations.edit")
def new_site() -> str:
    return _site(SiteForm())


@people.get("/sites/<int:id>")
@asks("organisations.edit")
def site(id: int) -> str:
    found = organisations.site(current_work(), id)
    return _site(SiteForm(obj=found, data={"site": id}))


@people.post("/sites/new")
@asks("organisations.edit")
def create_site() -> Any:
    return _save_site(None)


@people.post("/sites/<int:id>")
@asks("organisations.edit")
def save_site(id: int) -> Any:
    return _save_site(id)


def _save_site(id: int | None) -> Any:
    done, form = submit("sites.save", site=id or "")
    if done is None:
        return _site(form), 422
    flash(current_work()._(N_("Gespeichert.")))
    return redirect(url_for("people.organisations"), 303)


def _site(form: Any) -> str:
    organisations.require_sites(current_work())
    title = N_("Standort bearbeiten") if form.site.data else N_("Standort anlegen")
    return page("lms/organisations/edit.html", title=current_work()._(title), form=form, url=request.path)


def _save_organisation(id: int | None) -> Any:
    done, form = submit("organisations.save", organisation=id or "")
    if done is None:
        work = current_work()
        return _organisation(form, work.get("organisations.edit", Organisation, id) if id else None), 422
    flash(current_work()._(N_("Gespeichert.")))
    return redirect(url_for("people.organisations"), 303)


def _organisation(form: Any, found: Organisation | None = None) -> str:
    work = current_work()
    form.site.choices = choices(NONE, {site.id: site.name for site in organisations.sites_to_offer(work)})
    title = found.name if found else work._(N_("Betrieb oder Einrichtung anlegen"))
    return page("lms/organisations/edit.html", title=title, form=form, url=request.path)
