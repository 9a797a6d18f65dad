"""One's own account."""

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from lms.contract import N_
from lms.errors import Invalid, Missing, Throttled
from lms.forms import BaseForm
from lms.people import accounts
from lms.people.forms import AccountForm, PasswordForm
from lms.web.chassis import asks, attach, current_house, current_work, page, sign_in_browser, submit
from lms.web.people.blueprint import people
from lms.web.people.ways_in import device


@people.get("/account")
@asks("account.own")
def account() -> str:
    return _account()


@people.post("/account")
@asks("account.own")
def save_account() -> str | Answer | tuple[str, int]:
    done, form = submit("account.save")
    if done is None:
        return _account(form=form), 422
    flash(current_work()._(N_("Gespeichert.")))
    return redirect(url_for("people.account"), 303)


@people.post("/account/password")
@asks("account.own")
def change_password() -> str | Answer | tuple[str, int]:
    work, form = current_work(), PasswordForm(request.form)
    work.require("account.own")
    try:
        if not form.validate():
            return _account(password=form), 422
        token = accounts.change_password(
            current_house(), work.actor, form.current.data, form.password.data, device()
        )
    except Invalid as problem:
        attach(form, problem, work)
        return _account(password=form), 422
    except Throttled as problem:
        attach(form, Invalid(problem.message), work)
        answer = Response(_account(password=form), status=429)
        answer.headers["Retry-After"] = str(problem.seconds)
        return answer
    sign_in_browser(token)
    flash(work._(N_("Passwort geändert. Alle anderen Geräte sind abgemeldet.")))
    return redirect(url_for("people.account"), 303)


@people.post("/account/devices")
@asks("account.own")
def end_sign_in() -> Answer:
    done, _ = submit("account.end_sign_in")
    if done is None:
        raise Missing("sign-in")
    flash(current_work()._(N_("Gerät abgemeldet.")))
    return redirect(url_for("people.account"), 303)


def _account(form: BaseForm | None = None, password: BaseForm | None = None) -> str:
    work = current_work()
    person = accounts.own(work)
    return page(
        "lms/account.html",
        person=person,
        form=form or AccountForm(obj=person),
        password_form=password or PasswordForm(),
        devices=accounts.devices(work),
        current_device=work.actor.sign_in_id,
        viewers=accounts.viewers(work),
    )
