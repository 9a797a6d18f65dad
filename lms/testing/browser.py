"""A real headless Chromium for tests, and axe-core's verdict on a page.

Chromium is the system's (Debian's `chromium`), else the one of `playwright install`; LMS_TEST_CHROMIUM names another.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

import lms

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
AXE = Path(lms.__file__).parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str | None:
    """The path of the system's Chromium, or None: then playwright's own is tried."""
    named = os.environ.get("LMS_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session. Tests that use it run on one worker (see pytest_collection_modifyitems)."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        except Error as error:
            pytest.fail(f"No Chromium: `apt-get install chromium` or `playwright install chromium`.\n{error}")
        yield browser
        browser.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    """A page in a wide window, with cookies of its own, in German."""
    with browser.new_context(viewport=DESKTOP, locale="de-DE") as context:  # type: ignore[arg-type]
        yield _strict_page(context)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone-sized touch screen, with cookies of its own, in German."""
    with browser.new_context(viewport=PHONE, locale="de-DE", has_touch=True, is_mobile=True) as context:  # type: ignore[arg-type]
        yield _strict_page(context)


def _strict_page(context: BrowserContext) -> Page:
    """A page on which an uncaught error of a script fails the next step of the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
    return page


def axe_violations(page: Page, *, without: list[str] | None = None) -> list[str]:
    """What axe-core finds on the page as 'rule: help (where)'; `without` switches rules off by name."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    options = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {rule: {"enabled": False} for rule in without or []},
    }
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {violation['help']} ({', '.join(str(node['target'][0]) for node in violation['nodes'])})"
        for violation in found["violations"]
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests go to one worker, so that only one Chromium runs at a time."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.browser)
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
