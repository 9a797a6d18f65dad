"""The public texts in every footer: Impressum, Datenschutz, Barrierefreiheit, Hilfe."""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.contract import N_, Done
from lms.errors import Missing
from lms.i18n import LOCALES, SOURCE
from lms.people.directory import require_revision
from lms.people.models import LegalPage

if TYPE_CHECKING:
    from lms.people.forms import LegalPageForm
    from lms.work import Work

TITLES = {
    "impressum": N_("Impressum"),
    "datenschutz": N_("Datenschutz"),
    "barrierefreiheit": N_("Barrierefreiheit"),
    "hilfe": N_("Hilfe"),
}
STARTERS = files("lms.people") / "starter_texts"


def ensure_legal_pages(work: "Work") -> None:
    """Put the starter texts where a public text is missing; what is there stays as it is."""
    there = set(work.session.execute(select(LegalPage.key, LegalPage.locale)))
    for key in TITLES:
        for locale in LOCALES:
            if (key, locale) not in there:
                html = (STARTERS / f"{key}.{locale}.html").read_text(encoding="utf-8")
                work.session.add(LegalPage(key=key, locale=locale, html=html, reviewed=False, revision=1))
    work.session.flush()


def shown(work: "Work", key: str) -> LegalPage:
    """The public text in the visitor's language, else in German. Raises Missing for an unknown one."""
    found = {page.locale: page for page in work.session.scalars(select(LegalPage).filter_by(key=key))}
    page = found.get(work.locale) or found.get(SOURCE)
    if page is None:
        raise Missing("legal")
    return page


def pages(work: "Work") -> list[LegalPage]:
    """All public texts, to be edited."""
    work.require("pages.edit")
    return list(work.session.scalars(select(LegalPage).order_by(LegalPage.key, LegalPage.locale)))


def page(work: "Work", key: str, locale: str) -> LegalPage:
    """One public text, to be edited."""
    work.require("pages.edit")
    found = work.session.scalars(select(LegalPage).filter_by(key=key, locale=locale)).one_or_none()
    if found is None:
        raise Missing("legal")
    return found


def unreviewed(work: "Work") -> list[str]:
    """The keys of public texts that nobody has reviewed yet, or that are missing or empty."""
    rows = work.session.execute(select(LegalPage.key, LegalPage.html).filter_by(locale=SOURCE, reviewed=True))
    reviewed = {key for key, html in rows if html.strip()}
    return [key for key in TITLES if key not in reviewed]


def save(work: "Work", form: "LegalPageForm") -> Done:
    """Change a public text. Raises Stale if somebody was faster."""
    changed = page(work, form.key.data, form.locale.data)
    require_revision(changed, form)
    changed.html, changed.reviewed = form.html.data, bool(form.reviewed.data)
    changed.revision += 1
    return Done(subject=f"legal:{changed.key}.{changed.locale}")
