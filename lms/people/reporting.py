"""Messages from the public: questions through the contact form, and barriers somebody met."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.contract import Done
from lms.errors import Missing
from lms.people import throttling
from lms.people.directory import Listing, listing
from lms.people.models import Report

if TYPE_CHECKING:
    from lms.people.forms import PageNumber, ReportForm, ReportHandledForm
    from lms.work import Work

KINDS = ("contact", "barrier")
MOST, WINDOW = 5, timedelta(hours=1)  # messages per visitor's address


def send(work: "Work", form: "ReportForm") -> Done:
    """Keep a message for the office. Raises Throttled after a handful from one address."""
    throttling.limit_within(work, f"report:{throttling.network(form.address.data or '')}", MOST, WINDOW)
    report = Report(
        kind=form.kind.data if form.kind.data in KINDS else "contact",
        text=form.text.data,
        reply_to=form.reply_to.data or "",
        page=form.page.data or "",
        created_at=work.now,
        person_id=work.actor.person_id,
    )
    work.session.add(report)
    work.session.flush()
    return Done(subject=f"report:{report.id}")


def reports(work: "Work", form: "PageNumber") -> Listing:
    """All messages, those still open first."""
    work.require("reports.handle")
    order = (Report.handled_at.is_not(None), Report.created_at.desc(), Report.id.desc())
    return listing(work, select(Report), order, form.page.data, form.size.data)


def open_reports(work: "Work") -> int:
    """How many messages wait for somebody."""
    return work.session.scalar(select(func.count(Report.id)).where(Report.handled_at.is_(None))) or 0


def handle(work: "Work", form: "ReportHandledForm") -> Done:
    """Mark a message as dealt with."""
    work.require("reports.handle")
    report = work.session.get(Report, form.report.data)
    if report is None:
        raise Missing("report")
    report.handled_at = report.handled_at or work.now
    return Done(subject=f"report:{report.id}")
