"""Organisations and the places of the academy."""

from typing import Any

from flask import flash, redirect, request, url_for

from lms.contract import N_
from lms.forms import BaseForm
from lms.people import organisations
from lms.people.forms import OrganisationFilter, OrganisationForm, SiteForm
from lms.people.models import ORGANISATION_KINDS, Organisation
from lms.people.views.blueprint import people
from lms.web.chassis import asks, current_work, page, submit


@people.get("/organisations", endpoint="organisations")
@asks("organisations.view")
def organisation_list() -> str:
    form = OrganisationFilter(request.args)
    form.validate()
    found = organisations.organisations(current_work(), form)
    return page("lms/organisations.html", found=found, form=form, kinds=ORGANISATION_KINDS)


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


@people.get("/sites")
@asks("organisations.edit")
def sites() -> str:
    return _sites(SiteForm())


@people.post("/sites")
@asks("organisations.edit")
def save_site() -> Any:
    done, form = submit("sites.save")
    if done is None:
        return _sites(form), 422
    flash(current_work()._(N_("Gespeichert.")))
    return redirect(url_for("people.sites"), 303)


def _save_organisation(id: int | None) -> Any:
    done, form = submit("organisations.save", organisation=id or "")
    if done is None:
        work = current_work()
        return _organisation(form, work.get("organisations.edit", Organisation, id) if id else None), 422
    flash(current_work()._(N_("Gespeichert.")))
    return redirect(url_for("people.organisations"), 303)


def _organisation(form: OrganisationForm | BaseForm, found: Organisation | None = None) -> str:
    work = current_work()
    form.site.choices = [("", "–"), *((site.id, site.name) for site in organisations.sites_to_offer(work))]
    return page("lms/organisation.html", form=form, organisation=found)


def _sites(form: BaseForm) -> str:
    return page("lms/sites.html", form=form, sites=organisations.sites(current_work()))
