"""The workbench in a real browser: writing saves itself, pictures come with words, the order changes by keyboard."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from courses.models import Activity, Course
from lms.contract import system
from lms.testing.browser import axe_violations
from lms.testing.fixtures import PASSWORD
from tests.courses.authors import new_course, new_page, save_page
from tests.flows.conftest import Site

pytestmark = pytest.mark.once


def sign_in(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("E-Mail oder Benutzername").fill(name)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Guten")


def prepared(site: Site) -> tuple[int, list[int]]:
    """A course with two lessons and an empty second section: its id and theirs."""
    with site.house.work(system("test")) as work:
        course = new_course(work)
        lessons = [new_page(work, course, title).id for title in ("Prüfen", "Sägen")]
        return course.id, lessons


def order(site: Site, course_id: int) -> list[str]:
    with site.house.work(system("test")) as work:
        course = work.session.get_one(Course, course_id)
        return [activity.title for section in course.sections for activity in section.activities]


def test_two_moves_by_keyboard_in_a_row(desktop: Page, site: Site) -> None:
    course_id, _ = prepared(site)
    sign_in(desktop, site, site.account("academy_trainer", username="katrin"))
    desktop.goto(f"{site.url}/teach/courses/{course_id}")
    for key, expected in (("ArrowDown", ["Sägen", "Prüfen"]), ("ArrowUp", ["Prüfen", "Sägen"])):
        grip = desktop.get_by_role("button", name="Prüfen verschieben")
        grip.focus()
        with desktop.expect_response(re.compile("/order$")) as answer:
            desktop.keyboard.press(key)
            desktop.keyboard.press("Enter")
        assert answer.value.status == 200
        assert order(site, course_id) == expected


def test_writing_saves_itself_and_a_picture_comes_with_words(desktop: Page, site: Site) -> None:
    _, lessons = prepared(site)
    sign_in(desktop, site, site.account("academy_trainer", username="katrin"))
    desktop.goto(f"{site.url}/teach/activities/{lessons[0]}")
    writing = desktop.locator("[contenteditable=true]")
    writing.click()
    with desktop.expect_response(lambda answer: answer.request.method == "POST"):
        desktop.keyboard.type("Neuer Satz. ")
    expect(desktop.locator("[data-autosave-status]")).to_have_text("gespeichert")

    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "tan").save(picture, "PNG")
    desktop.get_by_role("button", name="Bild", exact=True).click()
    desktop.get_by_label("Bilddatei").set_input_files(
        {"name": "Säge.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    desktop.get_by_label("Was ist zu sehen?").fill("Eine Säge")
    desktop.get_by_role("button", name="Einfügen").click()
    shown = writing.locator("img[alt='Eine Säge']")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 60
    assert axe_violations(desktop) == []

    desktop.get_by_role("button", name="Lektion speichern").click()
    expect(desktop.locator("[contenteditable=true] img[alt='Eine Säge']")).to_be_visible()
    desktop.get_by_role("link", name="Als Lernende ansehen").click()
    expect(desktop.locator("[data-activity=page] img[alt='Eine Säge']")).to_be_visible()
    assert axe_violations(desktop) == []


def test_two_authors_meet_and_nothing_is_lost(desktop: Page, site: Site) -> None:
    _, lessons = prepared(site)
    sign_in(desktop, site, site.account("academy_trainer", username="katrin"))
    desktop.goto(f"{site.url}/teach/activities/{lessons[0]}")
    with site.house.work(system("test")) as work:
        save_page(work, work.session.get_one(Activity, lessons[0]), body="<p>Ihre Fassung</p>")
    desktop.get_by_label("Titel").fill("Mein Titel")
    desktop.get_by_role("button", name="Lektion speichern").click()
    expect(desktop.get_by_text("Jemand hat inzwischen gespeichert")).to_be_visible()
    expect(desktop.get_by_label("Titel").first).to_have_value("Mein Titel")
    expect(desktop.locator("#saved")).to_contain_text("Ihre Fassung")
    assert axe_violations(desktop) == []
    desktop.get_by_role("button", name="Lektion speichern").click()
    expect(desktop.get_by_text("Gespeichert. Online geht es")).to_be_visible()


def test_narrowing_the_choice_of_building_blocks(desktop: Page, site: Site) -> None:
    course_id, _ = prepared(site)
    sign_in(desktop, site, site.account("academy_trainer", username="katrin"))
    desktop.goto(f"{site.url}/teach/courses/{course_id}")
    desktop.get_by_label("Baustein suchen").fill("frage")
    expect(desktop.locator(".chooser-list li:visible")).to_have_count(1)
    desktop.get_by_label("Baustein suchen").press("Enter")
    expect(desktop.locator(".chooser-list li:visible")).to_contain_text("Quiz")
    assert axe_violations(desktop) == []
