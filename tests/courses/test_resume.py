"""A lesson opens where it was left: on another device, after the browser was killed."""

import threading
from collections.abc import Iterator

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from courses.contract import MARKED
from courses.models import ActivityRevision
from lms.app import create_app
from lms.contract import system
from lms.house import House
from lms.people import signing_in
from lms.people.models import Person
from lms.testing.browser import DESKTOP, PHONE
from lms.testing.fixtures import person
from tests.courses import kinds

pytestmark = pytest.mark.browser


class Site:
    """A lesson of thirty paragraphs, served for real, and its learner's browsers."""

    def __init__(self, house: House) -> None:
        kinds.register(house.registry)
        self.house = house
        with house.work(system("test")) as work:
            course = kinds.course(work, ("sheet", MARKED))
            lena = person(work, "apprentice")
            kinds.enrolled(work, course, lena)
            self.person_id, self.activity_id = lena.id, kinds.activities(work, course)[0].id
            revision = work.session.get_one(ActivityRevision, (self.activity_id, 1))
            revision.settings = {"body": [f"Absatz {number}. " + "Wort " * 60 for number in range(30)]}
        self.app = create_app(house.config, house=house)
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://localhost:{self.server.server_port}/"
        self.url = f"{self.origin}learn/{self.activity_id}"

    def device(self, browser: Browser, viewport: dict[str, int]) -> BrowserContext:
        """A browser of its own, signed in."""
        with self.house.work(system("test")) as work:
            lena = work.session.get_one(Person, self.person_id)
            token = signing_in.start(work, lena.id, "Test")
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer is not None
        value = signer.dumps({"_user_id": token, "_fresh": True, "_permanent": True})
        context = browser.new_context(viewport=viewport, locale="de-DE")  # type: ignore[arg-type]
        context.add_cookies(
            [{"name": self.app.config["SESSION_COOKIE_NAME"], "value": str(value), "url": self.origin}]
        )
        return context


@pytest.fixture
def site(own_house: House) -> Iterator[Site]:
    made = Site(own_house)
    yield made
    made.server.shutdown()


def test_a_lesson_opens_on_another_device_where_it_was_left(site: Site, browser: Browser) -> None:
    with site.device(browser, PHONE) as phone:
        page = phone.new_page()
        page.goto(site.url)
        with page.expect_response(lambda response: response.url.endswith("/save")) as saved:
            page.get_by_text("Absatz 20.").scroll_into_view_if_needed()
            page.evaluate("document.querySelectorAll('p.body')[20].scrollIntoView()")
        assert saved.value.ok
    with site.device(browser, DESKTOP) as desktop:
        page = desktop.new_page()
        page.goto(site.url)
        page.wait_for_function("window.scrollY > 0")
        top = page.evaluate("document.querySelectorAll('p.body')[20].getBoundingClientRect().top")
        assert -page.viewport_size["height"] < top < page.viewport_size["height"]  # type: ignore[index]
