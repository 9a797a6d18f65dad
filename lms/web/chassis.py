"""One Work per request: open, act, commit before the first byte, refuse what asked no permission."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, render_template, request, session
from flask_login import LoginManager, UserMixin
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.routing import IntegerConverter, Map

from lms import commands
from lms.contract import VISITOR, Actor, Done, Page
from lms.errors import Denied, Invalid
from lms.forms import MAX_ID, BaseForm, Posted, tidy
from lms.house import House
from lms.i18n import LOCALES, SOURCE
from lms.people import signing_in
from lms.work import Work

log = structlog.get_logger()
F = TypeVar("F", bound=Callable[..., Any])
login_manager = LoginManager()


class IdConverter(IntegerConverter):
    """<int:…> in addresses: numbers that fit into an id column; anything larger is 404, not a database error."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": MAX_ID, **options})


class Account(UserMixin):
    """What flask-login keeps of the person: the secret token of her sign-in, and the actor it stands for."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.id = token
        self.actor = actor


def public(view: F) -> F:
    """This view answers anybody; it need not ask a permission."""
    view.public = True  # type: ignore[attr-defined]
    return view


def asks(*permissions: str) -> Callable[[F], F]:
    """Declares which permissions this view's rule functions ask. The chassis holds it to its word."""

    def mark(view: F) -> F:
        view.asks = permissions  # type: ignore[attr-defined]
        return view

    return mark


def current_house() -> House:
    """The house this app serves."""
    return current_app.extensions["house"]  # type: ignore[no-any-return]


def current_work() -> Work:
    """The Work of this request."""
    return g.work  # type: ignore[no-any-return]


def page(template: str | Page, /, **values: Any) -> str:
    """The rendered template, or a kind's Page."""
    if isinstance(template, Page):
        return render_template(template.template, **template.values, **values)
    return render_template(template, **values)


def submit(name: str, /, **target: Any) -> tuple[Done | None, BaseForm]:
    """Run a command with what was posted; (None, form with its errors) where it was not accepted.

    `target` are values from the address: they win over posted ones.
    """
    work = current_work()
    command = work.house.registry.commands[name]
    form = posted(command.form, **target)
    try:
        if not form.validate():
            return None, form
        key = request.headers.get("Idempotency-Key") or request.form.get("_key", "")
        return commands.run(work, command, form, tidy(key)[:100]), form
    except Invalid as problem:
        work.rollback()
        attach(form, problem, work)
        return None, form


def posted(form: type[BaseForm], /, **target: Any) -> BaseForm:
    """The form filled with what was posted (fields or JSON, and files); `target` wins over it."""
    sent = _json_values() if request.is_json else request.form
    given = MultiDict({key: str(value) for key, value in target.items() if value is not None})
    rest = MultiDict([(key, value) for key, value in sent.items(multi=True) if key not in given])
    return form(CombinedMultiDict([given, rest, request.files]))


def _json_values() -> MultiDict[str, str]:
    """The posted JSON object as fields; nothing where it is none."""
    try:
        found = request.get_json(silent=True)
    except RecursionError:
        found = None
    fields = Posted(found) if isinstance(found, dict) else Posted({})
    return MultiDict([(name, text) for name in fields for text in fields.getlist(name)])


def attach(form: BaseForm, problem: Invalid, work: Work) -> None:
    """Put a rule's complaint where the person will see it: beside its field, or above the form."""
    message = work._(problem.message, **problem.values)
    if problem.field and problem.field in form:
        form[problem.field].errors = [*form[problem.field].errors, message]
    else:
        form.form_errors = [*form.form_errors, message]


def back_to(default: str) -> str:
    """The same-origin path in ?next=, or the default."""
    return safe_path(request.values.get("next", "")) or default


def safe_path(target: str) -> str:
    """The target if it is a path on this site, else ''. Backslashes, schemes, hosts and control characters are not."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return ""
    if any(ord(c) < 33 or ord(c) > 126 for c in target):
        return ""
    parts = urlsplit(target)
    return "" if parts.scheme or parts.netloc else target


def sign_in_browser(token: str) -> None:
    """Let this browser act for the new sign-in; everything the cookie held before is dropped."""
    session.clear()
    session["_user_id"] = token
    session["_fresh"] = True
    session.permanent = True


def init(app: Flask) -> None:
    """Attach the chassis to the app."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    app.url_map.converters["int"] = IdConverter
    app.before_request(_open)
    app.after_request(_settle)
    app.teardown_request(_close)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> Account | None:
    """The account behind a cookie, read once per request; None where a page is drawn without the database."""
    if g.get("work") is None:
        return None
    held = signing_in.actor_of(g.work, token)
    if held is None:
        return None
    actor, seen_due = held
    if seen_due and actor.sign_in_id:
        g.work.after(signing_in.seen, actor.sign_in_id)
    return Account(token, actor)


def _open() -> None:
    if request.endpoint and request.endpoint.split(".")[-1] in ("static", "healthz"):
        g.work = None
        return
    house = current_house()
    request_id = g.get("request_id", "")
    g.work = Work(house, VISITOR, readonly=True, request_id=request_id)
    g.work.locale = _visitor_locale()
    account = login_manager._request_callback(request) if login_manager._request_callback else None
    account = account or (_load(session["_user_id"]) if "_user_id" in session else None)
    g._login_user = account or login_manager.anonymous_user()
    if account is None and "_user_id" in session:
        session.clear()  # revoked or expired: nothing of the old cookie survives
    if account is None and request.method in ("GET", "HEAD", "OPTIONS"):
        return
    work = g.work
    if account is not None:
        work.actor, work.locale = account.actor, account.actor.locale
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        follow_ups = work.follow_ups
        work.close()  # the actor is known; the writing transaction begins with the rule function's first question
        g.work = Work(house, work.actor, request_id=request_id)
        g.work.locale, g.work.follow_ups = work.locale, follow_ups


def _visitor_locale() -> str:
    chosen = request.cookies.get("locale")
    if chosen in LOCALES:
        return chosen
    return request.accept_languages.best_match(LOCALES, SOURCE) if request.accept_languages else "de"


def _settle(response: Response) -> Response:
    work: Work | None = g.get("work")
    if work is None:
        return response
    well = response.status_code < 400
    try:
        if well:
            _refuse_unasked(work)
            work.commit()
        elif response.status_code == 422:  # a form shown again, on a page that asks for itself
            _refuse_unasked(work, declared=False)
    except Exception as error:  # the answer is not given before what it says has been made to last
        work.rollback()
        return current_app.make_response(current_app.handle_user_exception(error))
    if not well:
        work.rollback()
        return response
    work.close()
    work.house.follow_up(work)
    return response


def _refuse_unasked(work: Work, *, declared: bool = True) -> None:
    """Raise Denied unless a permission was asked, one of those the view declares if that is wanted."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "public", False) or request.method == "OPTIONS":
        return
    named = getattr(view, "asks", ()) if declared else ()
    if work.asked & work.house.registry.commands.keys():
        return  # a repeated command: its first run asked, and the answer is the sender's own
    if not work.asked or (named and not work.asked.intersection(named)):
        work.rollback()
        log.error("no_permission_asked", endpoint=request.endpoint, declared=named, asked=sorted(work.asked))
        raise Denied("no permission was asked")


def _close(error: BaseException | None) -> None:
    work: Work | None = g.pop("work", None)
    if work is not None:
        work.close()
