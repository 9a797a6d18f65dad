"""Organisations (companies, guilds, schools ...) and the places of the academy."""

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from lms.contract import N_, Done
from lms.errors import Denied, Invalid, Missing
from lms.people import granting
from lms.people.directory import Listing, listing, require_revision
from lms.people.models import Membership, Organisation, Person, Site
from lms.people.names import folded
from lms.people.rules import members

if TYPE_CHECKING:
    from lms.people.forms import OrganisationFilter, OrganisationForm, SiteForm
    from lms.work import Work


def organisations(work: "Work", form: "OrganisationFilter") -> Listing:
    """The organisations the actor may see, by name; `extra` counts the people in each that she may see."""
    statement = work.allowed("organisations.view", Organisation).options(selectinload(Organisation.site))
    for word in folded(form.name.data or "").split():
        statement = statement.where(Organisation.sort_key.contains(word, autoescape=True))
    if form.kind.data:
        statement = statement.where(Organisation.kind == form.kind.data)
    found = listing(work, statement, (Organisation.sort_key, Organisation.id), form.page.data, form.size.data)
    ids = [organisation.id for organisation in found.rows]
    visible = work.allowed("people.view", Person).where(Person.active).with_only_columns(Person.id)
    counts = (
        members()
        .with_only_columns(Membership.organisation_id, func.count(func.distinct(Membership.person_id)))
        .where(Membership.organisation_id.in_(ids), Membership.person_id.in_(visible))
        .group_by(Membership.organisation_id)
    )
    found.extra.update(dict(work.session.execute(counts).all()))
    return found


def save_organisation(work: "Work", form: "OrganisationForm") -> Done:
    """Create an organisation or change one. Raises Stale if somebody was faster."""
    if form.organisation.data:
        organisation = work.get("organisations.edit", Organisation, form.organisation.data)
        require_revision(organisation, form)
        organisation.revision += 1
    else:
        work.require("organisations.edit")
        organisation = Organisation()
    if form.site.data:
        _require_site(work, form.site.data)
    elif not work.scopes("organisations.edit").everywhere:
        raise Invalid(N_("Wählen Sie einen Standort."), field="site")
    organisation.kind, organisation.name = form.kind.data, form.name.data
    organisation.sort_key = folded(form.name.data)
    organisation.place, organisation.site_id = form.place.data or "", form.site.data or None
    work.session.add(organisation)
    work.session.flush()
    return Done(subject=f"organisation:{organisation.id}", values={"organisation": organisation.id})


def names(work: "Work") -> dict[int, str]:
    """Number and name of the organisations the actor may see, by name."""
    statement = work.allowed("organisations.view", Organisation).order_by(Organisation.sort_key)
    rows = work.session.execute(statement.with_only_columns(Organisation.id, Organisation.name))
    return dict(rows.all())


def sites(work: "Work") -> list[Site]:
    """All places of the academy, by name."""
    work.require("organisations.view")
    return list(work.session.scalars(select(Site).order_by(Site.name)))


def site(work: "Work", id: int) -> Site:
    """A place of the academy, to be changed."""
    require_sites(work)
    found = work.session.get(Site, id)
    if found is None:
        raise Missing("site")
    return found


def require_sites(work: "Work") -> None:
    """Raise Denied unless the actor may create and change places: whoever edits organisations everywhere."""
    work.require("organisations.edit")
    if not edits_sites(work):
        raise Denied("organisations.edit")


def edits_sites(work: "Work") -> bool:
    """Whether the actor may create and change places."""
    return granting.covers(work, "organisations.edit", *granting.EVERYWHERE)


def save_site(work: "Work", form: "SiteForm") -> Done:
    """Create a place of the academy or change one."""
    require_sites(work)
    changed = site(work, form.site.data) if form.site.data else Site()
    same = select(Site.id).where(Site.name == form.name.data, Site.id != (changed.id or 0))
    if work.session.scalar(same):
        raise Invalid(N_("Diesen Standort gibt es schon."), field="name")
    changed.name, changed.address = form.name.data, form.address.data or ""
    work.session.add(changed)
    work.session.flush()
    return Done(subject=f"site:{changed.id}", values={"site": changed.id})


def sites_to_offer(work: "Work") -> list[Site]:
    """The places within which the actor may edit organisations."""
    work.require("organisations.edit")
    held = work.scopes("organisations.edit")
    statement = select(Site).order_by(Site.name)
    return list(
        work.session.scalars(statement if held.everywhere else statement.where(Site.id.in_(held.of("site"))))
    )


def _require_site(work: "Work", id: int) -> None:
    held = work.scopes("organisations.edit")
    if work.session.get(Site, id) is None or not (held.everywhere or id in held.of("site")):
        raise Invalid(N_("Diesen Standort gibt es nicht."), field="site")
