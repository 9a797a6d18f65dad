"""Signing in and out, invitations, and the set-up of an empty installation."""

from datetime import timedelta

from flask import Response, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response as Answer

from lms.contract import N_
from lms.errors import Conflict, Invalid, Missing, Throttled
from lms.people import inviting, signing_in, throttling
from lms.people.forms import AcceptForm, SetupForm, SignInForm
from lms.people.models import Person
from lms.web.chassis import (
    attach,
    back_to,
    current_house,
    current_work,
    page,
    public,
    sign_in_browser,
    submit,
)
from lms.web.people.blueprint import people

LINK_TRIES, LINK_WINDOW = 60, timedelta(minutes=10)


def device() -> str:
    """What this browser says of itself, in two words."""
    return signing_in.device_name(request.headers.get("User-Agent", ""))


@people.get("/sign-in")
@public
def sign_in() -> str | Answer:
    if current_work().actor.person_id is not None:
        return redirect(back_to(url_for("home.today")), 303)
    return page("lms/sign_in.html", form=SignInForm(), next=back_to(""), seconds=0)


@people.post("/sign-in")
@public
def sign_in_now() -> str | Answer | tuple[str, int]:
    work, form, seconds = current_work(), SignInForm(request.form), 0
    try:
        if form.validate():
            token = signing_in.sign_in(
                current_house(),
                form.login.data,
                form.password.data,
                request.remote_addr or "",
                device(),
                instead_of=work.actor.sign_in_id,
            )
            sign_in_browser(token)
            return redirect(back_to(url_for("home.today")), 303)
    except Invalid as problem:
        attach(form, problem, work)
    except Throttled as problem:
        seconds = problem.seconds
    answer = Response(page("lms/sign_in.html", form=form, next=back_to(""), seconds=seconds), status=422)
    if seconds:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(seconds)
    return answer


@people.post("/sign-out")
@public
def sign_out() -> Answer:
    work = current_work()
    if work.actor.sign_in_id is not None:
        signing_in.sign_out(work, work.actor.sign_in_id)
        work.audit("sign_out", work.actor.key)
    session.clear()
    answer = redirect(url_for("people.sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # nothing stays behind on a shared computer
    return answer


@people.get("/invitation/<token>")
@public
def invitation(token: str) -> str | tuple[str, int]:
    work = current_work()
    try:
        return _invitation(AcceptForm(), inviting.invited_person(work, token), token)
    except (Missing, Conflict) as problem:
        return _no_link(problem)


@people.post("/invitation/<token>")
@public
def accept_invitation(token: str) -> str | Answer | tuple[str, int]:
    throttling.limit(current_house(), _tries("invitation"), LINK_TRIES, LINK_WINDOW)
    try:
        with current_house().work(readonly=True) as reading:  # before the password costs anything
            inviting.invited_person(reading, token)
        done, form = submit("people.accept", token=token, device=device())
    except (Missing, Conflict) as problem:
        return _no_link(problem)
    if done is None:
        return _invitation(form, inviting.invited_person(current_work(), token), token), 422
    return _let_in(form)


@people.get("/setup/<token>")
@public
def setup(token: str) -> str | tuple[str, int]:
    try:
        inviting.open_link(current_work(), token, "setup")
    except (Missing, Conflict) as problem:
        return _no_link(problem)
    return _setup(SetupForm(), token)


@people.post("/setup/<token>")
@public
def set_up(token: str) -> str | Answer | tuple[str, int]:
    throttling.limit(current_house(), _tries("setup"), LINK_TRIES, LINK_WINDOW)
    try:
        with current_house().work(readonly=True) as reading:
            inviting.open_link(reading, token, "setup")
        done, form = submit("people.set_up", token=token, device=device())
    except (Missing, Conflict) as problem:
        return _no_link(problem)
    if done is None:
        return _setup(form, token), 422
    return _let_in(form)


def _tries(purpose: str) -> str:
    return f"link:{purpose}:{throttling.network(request.remote_addr or '')}"


def _let_in(form: object) -> Answer:
    """Sign the browser in; a repeat of the same request has no token to give and goes to the sign-in page."""
    work, token = current_work(), getattr(form, "secret", "")
    if not token:
        return redirect(url_for("people.sign_in"), 303)
    if work.actor.sign_in_id is not None:
        signing_in.sign_out(work, work.actor.sign_in_id)
    sign_in_browser(token)
    flash(work._(N_("Willkommen.")))
    return redirect(url_for("home.today"), 303)


def _invitation(form: object, person: Person, token: str) -> str:
    return page(
        "lms/invitation.html",
        form=form,
        person=person,
        url=url_for("people.invitation", token=token),
        again=person.password_hash is not None,
    )


def _setup(form: object, token: str) -> str:
    return page("lms/setup.html", form=form, url=url_for("people.setup", token=token))


def _no_link(problem: Missing | Conflict) -> tuple[str, int]:
    """404 for a link that never was, 410 for one that is used up or over; nothing is changed."""
    work = current_work()
    work.rollback()
    gone = isinstance(problem, Conflict)
    return page("lms/link_gone.html", gone=gone), 410 if gone else 404
