"""Errors as pages: what happened, what to do, and the number to report. Never a stack trace."""

import structlog
from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from lms.errors import Denied, LmsError, Missing, Stale, Throttled
from lms.work import Work

log = structlog.get_logger()
PAGES = (400, 403, 404, 405, 409, 413, 414, 422, 429, 500, 503)


def init(app: Flask) -> None:
    """Attach the error pages."""
    app.register_error_handler(LmsError, _ours)
    app.register_error_handler(CSRFError, lambda error: _page(403, kind="csrf"))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(DataError, _no_database_takes)
    app.register_error_handler(OverflowError, _no_database_takes)
    app.register_error_handler(IntegrityError, _somebody_was_faster)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: LmsError) -> WerkzeugResponse:
    work: Work | None = g.get("work")
    if work is not None:
        work.rollback()
        if (
            isinstance(error, Denied | Missing)
            and work.actor.person_id is None
            and request.method in ("GET", "HEAD")
        ):
            return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
        if isinstance(error, Denied):
            _audit_denied(work, error)
    if isinstance(error, Stale):
        return _page(409, error=error, theirs=error.theirs, mine=error.mine, labels=error.labels)
    response = make_response(_page(error.status, error=error))
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _audit_denied(work: Work, error: Denied) -> None:
    try:
        with work.house.work(work.actor, request_id=work.request_id) as second:
            second.audit(
                "denied", "", permission=error.message, path=request.path[:200], method=request.method
            )
    except Exception:
        log.exception("audit_failed")


def _http(error: HTTPException) -> WerkzeugResponse:
    code = error.code or 500
    if code in (301, 302, 303, 307, 308) or error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    made = _page(code)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "content-range"):
            made.headers[name] = value
    return made


def _database(error: Exception) -> WerkzeugResponse:
    log.exception("database_unavailable")
    response = _page(503)
    response.headers["Retry-After"] = "5"
    return response


def _no_database_takes(error: Exception) -> Response:
    """A number too large or a character no column holds: the request was wrong, not the house."""
    log.exception("value_refused", path=request.path)
    return _page(400)


def _somebody_was_faster(error: Exception) -> Response:
    """Two made the same thing at the same moment; the one who was second is told so."""
    log.exception("constraint_violated", path=request.path)
    return _page(409)


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected", path=request.path)
    return _page(500)


def _page(code: int, /, **values: object) -> Response:
    """The page for this status, as JSON for whoever asks for that."""
    work: Work | None = g.get("work")
    if work is not None:
        work.rollback()
    if request.headers.get("Accept", "").startswith("application/json") or request.is_json:
        error = values.get("error")
        text = work._(error.message, **error.values) if isinstance(error, LmsError) and work else ""
        said = {"status": code, "error": text, "request_id": g.get("request_id", "")}
        return make_response(said, code)
    return make_response(_drawn(code, work, values), code)


def _drawn(code: int, work: Work | None, values: dict[str, object]) -> str:
    """The page as HTML; whatever is broken, there is one."""
    shown = f"errors/{code if code in PAGES else 400 if code < 500 else 500}.html"
    values = {"error": None, "kind": "", **values}
    try:
        return render_template(shown, **values)
    except Exception:
        log.exception("error_page_failed")
    try:
        if work is not None:
            work.close()
        g.work = None  # the database may be away: the same page without menu and academy
        return render_template(shown, **values)
    except Exception:
        log.exception("plain_error_page_failed")
        number = g.get("request_id", "")
        return (
            f"<!doctype html><html lang=de><title>Lehrwerk</title><p>Bei uns klemmt etwas. Nummer: {number}"
        )
