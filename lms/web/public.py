"""Pages for everybody: texts, contact, barriers, certificates, and whether we are well."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from lms import health
from lms.contract import Page, Verification
from lms.people import legal, throttling
from lms.people.forms import LanguageForm, ReportForm, VerifyForm
from lms.web.chassis import back_to, current_house, current_work, page, public, submit

public_pages = Blueprint("public", __name__)
CHECKS, CHECK_WINDOW = 20, timedelta(minutes=1)  # looks at certificates per visitor's address
A_YEAR = 365 * 24 * 3600


@public_pages.get("/legal/<key>", endpoint="legal")
@public
def legal_page(key: str) -> str:
    if key not in legal.TITLES:
        abort(404)
    work = current_work()
    found = legal.shown(work, key)
    edit_url = url_for("admin.edit_page", key=key, locale=found.locale) if work.can("pages.edit") else ""
    return page("lms/legal_page.html", text=found, title=work._(legal.TITLES[found.key]), edit_url=edit_url)


@public_pages.get("/contact")
@public
def contact() -> str:
    return page("lms/contact.html", form=ReportForm(kind="contact"), sent="sent" in request.args)


@public_pages.post("/contact")
@public
def send_contact() -> Any:
    return _send("contact", "lms/contact.html", url_for("public.contact", sent=1))


@public_pages.get("/barrier")
@public
def report_barrier() -> str:
    form = ReportForm(kind="barrier", page=request.args.get("page", "")[:300])
    return page("lms/report_barrier.html", form=form, sent="sent" in request.args)


@public_pages.post("/barrier")
@public
def send_barrier() -> Any:
    return _send("barrier", "lms/report_barrier.html", url_for("public.report_barrier", sent=1))


@public_pages.post("/language")
@public
def language() -> Answer:
    work, form = current_work(), LanguageForm(request.form)
    answer = redirect(back_to(url_for("home.today")), 303)
    if not form.validate():
        return answer
    if work.actor.person_id is not None:
        submit("account.language")
    answer.set_cookie(
        "locale",
        form.locale.data,
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_house().config.secure,
    )
    return answer


@public_pages.get("/v")
@public_pages.get("/v/<code>")
@public
def verify(code: str = "") -> Answer:
    form = VerifyForm(request.args)
    if code:
        _count_check()
        return _verdict("verify", code, form)
    number = form.number.data or ""
    if not number or not form.validate():
        return _unindexed(page("lms/verify.html", form=form))
    _count_check()
    return _verdict("status_of", number, form)


@public_pages.get("/healthz")
@public
def healthz() -> Answer:
    if health.started(current_house()):
        return Response("ok\n", mimetype="text/plain")
    return Response("starting\n", status=503, mimetype="text/plain", headers={"Retry-After": "5"})


@public_pages.get("/readyz")
@public
def readyz() -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = dict(health.readiness(current_house()))
    code = 200 if all(value == "ok" for value in found.values()) else 503
    if current_work().can("plugins.view"):
        found["versions"] = health.versions(current_house())
    return found, code


def _send(kind: str, template: str, thanks: str) -> Any:
    done, form = submit("reports.send", kind=kind, address=request.remote_addr)
    if done is None:
        return page(template, form=form), 422
    return redirect(thanks, 303)


def _count_check() -> None:
    visitor = throttling.network(request.remote_addr or "")
    throttling.limit(current_house(), f"verify:{visitor}", CHECKS, CHECK_WINDOW)


def _verdict(question: str, text: str, form: VerifyForm) -> Answer:
    """What the first plugin that knows this code or number says of it, else that nobody does (404)."""
    work = current_work()
    for kind in work.house.registry.kinds(Verification).values():
        answer: Page | None = getattr(kind, question)(work, text)
        if answer is not None:
            return _unindexed(page(answer))
    return _unindexed(page("lms/verify_unknown.html", form=form, now=work.now), 404)


def _unindexed(html: str, code: int = 200) -> Answer:
    answer = Response(html, status=code)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
