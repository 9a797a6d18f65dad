"""The start page: for visitors what this is, for everybody else what comes next."""

from flask import Blueprint

from lms.people.overview import overview, visits
from lms.people.rules import ROLES
from lms.people.totals import totals
from lms.people.trades import TRADES
from lms.web.chassis import current_work, page, public
from lms.web.templating import greeting

home = Blueprint("home", __name__)


@home.get("/")
@public
def today() -> str:
    work = current_work()
    if work.actor.person_id is None:
        return page("lms/start.html")
    return page(
        "lms/today.html",
        greeting=greeting(work.now),
        today=work.today,
        overview=overview(work),
        totals=totals(work),
        visits=visits(work),
        roles=ROLES,
        trades=TRADES,
    )
