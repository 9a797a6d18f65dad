"""The pages of the office and the administration: settings, public texts, messages, plugins, audit log."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from lms import academy, audit
from lms.audit import AuditLine
from lms.contract import N_
from lms.forms import BaseForm
from lms.people import directory, legal, reporting
from lms.people.forms import AuditFilter, LegalPageForm, PageNumber
from lms.web.chassis import asks, current_work, page, submit
from lms.web.people.blueprint import neighbours

admin = Blueprint("admin", __name__)


@admin.get("/admin")
@asks("settings.edit")
def index() -> str:
    work = current_work()
    work.require("settings.edit")
    return page(
        "lms/admin/index.html", waiting=reporting.open_reports(work), unreviewed=legal.unreviewed(work)
    )


@admin.get("/admin/settings")
@admin.get("/admin/settings/<name>")
@asks("settings.edit")
def settings(name: str = "lms") -> str:
    plugin, form = academy.settings_form(current_work(), name)
    return _settings(plugin, form, current_work().settings(name).revision)


@admin.post("/admin/settings")
@admin.post("/admin/settings/<name>")
@asks("settings.edit")
def save_settings(name: str = "lms") -> Any:
    work = current_work()
    plugin, form = academy.settings_form(work, name, request.form)
    revision = request.form.get("revision", -1, type=int)
    if not form.validate():
        return _settings(plugin, form, revision), 422
    academy.save_settings(work, plugin, form, revision, request.form.get("_key", "")[:100])
    flash(work._(N_("Gespeichert.")))
    return redirect(url_for("admin.settings", name=None if name == "lms" else name), 303)


@admin.get("/admin/pages")
@asks("pages.edit")
def pages() -> str:
    return page("lms/admin/pages.html", pages=legal.pages(current_work()), titles=legal.TITLES)


@admin.get("/admin/pages/<key>")
@asks("pages.edit")
def edit_page(key: str) -> str:
    found = legal.page(current_work(), key, request.args.get("locale", "de"))
    return _page(LegalPageForm(obj=found), found)


@admin.post("/admin/pages/<key>")
@asks("pages.edit")
def save_page(key: str) -> Any:
    work = current_work()
    done, form = submit("pages.save", key=key)
    if done is None:
        return _page(form, legal.page(work, key, form.locale.data or "de")), 422
    flash(work._(N_("Gespeichert.")))
    return redirect(url_for("admin.pages"), 303)


@admin.get("/admin/reports")
@asks("reports.handle")
def reports() -> str:
    form = PageNumber(request.args).usable()
    found = reporting.reports(current_work(), form)
    return page("lms/admin/reports.html", listing=found, **neighbours("admin.reports", found))


@admin.post("/admin/reports/<int:report>/handled")
@asks("reports.handle")
def handle_report(report: int) -> Any:
    submit("reports.handle", report=report)
    flash(current_work()._(N_("Erledigt.")))
    return redirect(url_for("admin.reports"), 303)


@admin.get("/admin/plugins")
@asks("plugins.view")
def plugins() -> str:
    work = current_work()
    work.require("plugins.view")
    return page("lms/admin/plugins.html", registry=work.house.registry)


@admin.get("/admin/audit")
@asks("audit.view")
def audit_log() -> str:
    work, form = current_work(), AuditFilter(request.args).usable()
    statement = audit.lines(
        work, actor=form.actor.data or "", action=form.action.data or "", subject=form.subject.data or ""
    )
    found = directory.listing(work, statement, (AuditLine.id.desc(),), form.page.data, form.size.data)
    return page("lms/admin/audit.html", listing=found, filter=form, **neighbours("admin.audit_log", found))


def _settings(plugin: Any, form: BaseForm, revision: int) -> str:
    others = [p for p in academy.with_settings(current_work()) if p.name != plugin.name]
    return page("lms/admin/settings.html", plugin=plugin, form=form, revision=revision, others=others)


def _page(form: BaseForm, found: Any) -> str:
    return page(
        "lms/legal_edit.html",
        form=form,
        title=current_work()._(legal.TITLES[found.key]),
        url=url_for("admin.save_page", key=found.key),
        back_url=url_for("admin.pages"),
    )
