"""Draw what a kind shows, so that a kind's broken template is a box on the page and not a broken page."""

import structlog
from flask import render_template
from markupsafe import Markup

from courses.contract import At
from lms.contract import Page
from lms.web.chassis import current_work

log = structlog.get_logger()


def drawn(page: Page | None, at: At | None) -> Markup | None:
    """The kind's page as HTML; None where there is none or its template fails (logged). Templates also get `at`."""
    if page is None:
        return None
    try:
        return Markup(render_template(page.template, **{"at": at, **page.values}))  # noqa: S704 - rendered by us
    except Exception:
        if current_work().house.registry.strict:
            raise
        log.exception("activity_template_failed", template=page.template)
        return None
