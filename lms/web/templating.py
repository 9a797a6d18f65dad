"""What every template can use: words, dates, assets, navigation, permissions."""

import json
import secrets
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import structlog
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, current_app, g, has_request_context, render_template, request, url_for
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import Markup

from lms import clock, i18n
from lms.config import TEMPLATES
from lms.contract import Page, Phrase
from lms.house import House
from lms.html import clean
from lms.work import Work

log = structlog.get_logger()
STATIC = Path(__file__).resolve().parent.parent / "static"
NAV_ITEMS = 5
ADDRESSES, LONG_VALUE = 2048, 200  # how many are remembered; longer values are what visitors typed


def init(app: Flask, house: House) -> None:
    """Attach loaders, globals and filters. The project's own templates/ come first, then each plugin's."""
    packages = [p for p in house.registry.plugins.values() if _has_templates(p.package)]
    app.jinja_env.loader = ChoiceLoader(
        [FileSystemLoader(TEMPLATES), *(PackageLoader(p.package) for p in packages)]
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        _=_translate,
        _n=_plural,
        url_for=_remembering(),
        asset=asset,
        can=lambda permission, thing=None: g.work is not None and g.work.can(permission, thing),
        slot=slot,
        new_key=lambda: secrets.token_urlsafe(12),
    )
    app.jinja_env.filters.update(
        rich=lambda text: clean(text or ""),
        date=lambda d: format_date(
            _local(d), "d. MMMM y" if _locale() == "de" else "d MMMM y", locale=_locale()
        ),
        longdate=lambda d: format_date(
            _local(d), "EEEE, d. MMMM" if _locale() == "de" else "EEEE, d MMMM", locale=_locale()
        ),
        datetime=lambda d: format_datetime(
            _local(d), "d. MMMM y, H:mm" if _locale() == "de" else "d MMMM y, H:mm", locale=_locale()
        ),
        number=lambda n, digits=1: format_decimal(round(n, digits), locale=_locale()),
        ago=ago,
        isodate=date.fromisoformat,
    )
    app.context_processor(_context)


def _has_templates(package: str) -> bool:
    return (files(package) / "templates").is_dir()


def _work() -> Work | None:
    return g.get("work")


def _locale() -> str:
    work = _work()
    return work.locale if work else "de"


def _local(moment: date | datetime) -> date | datetime:
    return clock.local(moment) if isinstance(moment, datetime) else moment


def _translate(text: str, /, **values: Any) -> Any:
    work = _work()
    if work is None:
        return text % values if values else text
    found = i18n.translate(
        work.house.catalogues, work.locale, text if isinstance(text, Phrase) else str(text), {}
    )
    return _fill(found, values)


def _plural(one: str, many: str, n: int, /, **values: Any) -> Any:
    work = _work()
    if work is None:
        found = one if n == 1 else many
    else:
        found = i18n.plural(work.house.catalogues, work.locale, one, many, n)
    return _fill(found, {"n": n, **values})


def _fill(text: str, values: dict[str, Any]) -> Any:
    """Values with markup keep it and everything else is escaped."""
    if any(isinstance(v, Markup) for v in values.values()):
        return Markup(text) % values  # noqa: S704 - the text is our own msgid
    return text % values if values else text


def ago(moment: datetime | date | None) -> str:
    """'heute', 'gestern', 'vor 3 Tagen'."""
    if moment is None:
        return str(_translate("noch nie"))
    day = clock.local(moment).date() if isinstance(moment, datetime) else moment
    days = (clock.today() - day).days
    if days <= 0:
        return str(_translate("heute"))
    return str(_translate("gestern") if days == 1 else _translate("vor %(days)s Tagen", days=days))


def greeting(now: datetime) -> str:
    """'Guten Morgen' and so on, for the academy's hour."""
    hour = clock.local(now).hour
    return str(_translate("Guten Morgen" if hour < 11 else "Guten Tag" if hour < 18 else "Guten Abend"))


def _remembering() -> Callable[..., str]:
    """url_for that remembers: a page has dozens of addresses, and most are those of the page before."""

    @lru_cache(maxsize=ADDRESSES)
    def known(root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return url_for(endpoint, **dict(values))

    def address(endpoint: str, **values: Any) -> str:
        plain = all(type(v) is int or (type(v) is str and len(v) < LONG_VALUE) for v in values.values())
        if not plain or endpoint.startswith(".") or not has_request_context():
            return url_for(endpoint, **values)
        return known(request.root_path, endpoint, tuple(values.items()))

    return address


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    manifest = STATIC / "dist" / "manifest.json"
    return json.loads(manifest.read_text()) if manifest.exists() else {}


def asset(name: str) -> str:
    """The address of a built file, with its content hash so that it may be kept for ever."""
    url = cast("Callable[..., str]", current_app.jinja_env.globals["url_for"])
    return url("static", filename=f"dist/{name}", v=_manifest().get(name, "0"))


def slot(name: str, subject: Any = None) -> list[Markup]:
    """What plugins have to show at this place. A failing one is logged and left out."""
    work = _work()
    if work is None:
        return []
    shown = []
    for plugin, function in work.house.registry.slots(name):
        try:
            found: Page | None = function(work, subject)
            if found is not None:
                shown.append(Markup(render_template(found.template, **found.values)))  # noqa: S704 - rendered by us
        except Exception:
            if work.house.registry.strict:
                raise
            log.exception("slot_failed", plugin=plugin, slot=name)
    return shown


def _nav(work: Work) -> list[dict[str, Any]]:
    """The main menu, put together once per request: every part of a page is drawn with it."""
    if "nav" not in g:
        g.nav = _menu(work)
    return g.nav  # type: ignore[no-any-return]


def _menu(work: Work) -> list[dict[str, Any]]:
    items = [item for plugin in work.house.registry.plugins.values() for item in plugin.nav]
    mine = [
        item
        for item in sorted(items, key=lambda i: i.order)
        # a menu that leads nowhere must not take every page down
        if item.endpoint in current_app.view_functions
        and (not item.permission or work.scopes(item.permission))
        and (not item.roles or item.roles & work.actor.roles)
    ]
    path = request.path
    entries = [{"title": i.title, "url": url_for(i.endpoint), "icon": i.icon} for i in mine[:NAV_ITEMS]]
    fitting = [
        e for e in entries if path == e["url"] or (e["url"] != "/" and path.startswith(e["url"] + "/"))
    ]
    current = max(fitting, key=lambda e: len(e["url"]), default=None)
    return [{**e, "current": e is current} for e in entries]


def _context() -> dict[str, Any]:
    work = _work()
    signed_in = work is not None and work.actor.person_id is not None
    return {
        "work": work,
        "locale": _locale(),
        "theme": work.actor.theme if work else "",
        "csp_nonce": g.get("csp_nonce", ""),
        "request_id": g.get("request_id", ""),
        "academy": work.settings("lms") if work else None,
        "nav_items": _nav(work) if work is not None and signed_in else [],
        "signed_in": signed_in,
    }
