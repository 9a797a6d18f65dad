"""The main job, in a real browser: a trainer writes a module, an apprentice takes it on a phone, a visitor verifies
the certificate. No page on the way has a finding of axe-core."""

import re

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from lms.testing.browser import DESKTOP, PHONE, axe_violations
from lms.testing.fixtures import PASSWORD
from plugins.certificates.models import Certificate
from tests.flows.conftest import Site

QUESTIONS = (
    ("Welche Schräge nimmst du bei Eiche?", ("1 : 3", "1 : 8")),
    ("Womit reißt du an?", ("Mit dem Bleistift", "Mit dem Messer")),
)
EXPLANATION = "Eiche ist Hartholz, da reicht die flache Schräge."


def clean(page: Page) -> None:
    """The page has no finding of axe-core."""
    assert axe_violations(page) == [], page.url


def sign_in(page: Page, site: Site, name: str, password: str) -> None:
    page.goto(f"{site.url}/sign-in")
    clean(page)
    page.get_by_label("E-Mail oder Benutzername").fill(name)
    page.get_by_label("Passwort").fill(password)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Guten")
    clean(page)


def write_module(page: Page, site: Site) -> str:
    """The trainer's part; the path of the published course."""
    page.goto(f"{site.url}/teach")
    clean(page)
    page.get_by_role("link", name="Neuer Kurs").first.click()
    clean(page)
    page.get_by_label("Titel").fill("Holzverbindungen von Hand")
    page.get_by_role("button", name="Kurs anlegen").click()
    clean(page)
    course = page.url

    page.get_by_role("button", name=re.compile("^Lektion")).click()
    page.get_by_label("Titel").fill("Schwalbenschwanz anreißen")
    page.locator("[contenteditable=true]").click()
    page.keyboard.type("Ein Schwalbenschwanz hält, weil er sich nicht ziehen lässt.")
    clean(page)
    page.get_by_role("button", name="Speichern").last.click()
    expect(page.locator("[contenteditable=true]")).to_contain_text("Ein Schwalbenschwanz hält")

    page.goto(course)
    page.get_by_role("button", name=re.compile("^Quiz")).click()
    page.get_by_label("Titel", exact=True).first.fill("Sitzt die Verbindung?")
    for number, (prompt, options) in enumerate(QUESTIONS):
        page.locator("[data-add=single]").click()
        question = page.locator(".quiz-question").nth(number)
        question.locator("[data-key=prompt]").fill(prompt)
        question.locator("[data-key=explanation]").fill(EXPLANATION)
        lines = question.locator("[data-lines=options] > li")
        while lines.count() < len(options):
            question.locator("[data-do=add-line]").click()
        for line, text in enumerate(options):
            lines.nth(line).locator("[data-key=text]").fill(text)
        lines.nth(1).locator("[data-key=correct]").check()
        while lines.count() > len(options):
            lines.last.locator("[data-do=remove]").click()
    clean(page)
    page.get_by_role("button", name="Speichern").last.click()
    expect(page.locator(".quiz-question")).to_have_count(len(QUESTIONS))

    page.goto(course)
    page.get_by_role("link", name="Vorschau").click()
    expect(page.get_by_text("Vorschau").first).to_be_visible()
    clean(page)
    page.goto(course)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.get_by_text("Version 1 ist online.")).to_be_visible()
    clean(page)
    return course.replace(site.url, "").replace("/teach", "")


def invite(page: Page, site: Site) -> str:
    """The trainer invites an apprentice without e-mail; the link she hands over."""
    page.goto(f"{site.url}/people")
    clean(page)
    page.goto(f"{site.url}/people/invite")
    clean(page)
    page.get_by_label("Vorname").fill("Lena")
    page.get_by_label("Nachname").fill("Hartwig")
    page.get_by_label("Benutzername").fill("lena.hartwig")
    page.get_by_role("button", name="Einladen").click()
    clean(page)
    return page.get_by_label("Link", exact=True).input_value()


def answer_all(page: Page, picks: tuple[int, ...]) -> None:
    """Answer every question with the option of this number, check it, go on, and ask for the result."""
    for number, pick in enumerate(picks):
        expect(page.get_by_role("heading", level=1).last).to_be_visible()
        asked = next(options for prompt, options in QUESTIONS if prompt in page.content())
        page.get_by_label(asked[pick], exact=True).check()
        clean(page)
        page.get_by_role("button", name="Antwort prüfen").click()
        expect(page.get_by_text(EXPLANATION)).to_be_visible()
        clean(page)
        last = number == len(picks) - 1
        step = (
            page.get_by_role("button", name="Ergebnis ansehen")
            if last
            else page.get_by_role("link", name="Weiter")
        )
        step.last.click()


def take_module(page: Page, site: Site, invitation: str, course: str) -> None:
    """The apprentice's part, on a phone: fails the quiz, sees why, passes."""
    page.goto(invitation)
    clean(page)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Passwort speichern")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lena")
    clean(page)
    page.goto(f"{site.url}/courses")
    clean(page)
    page.get_by_role("link", name="Holzverbindungen von Hand").first.click()
    assert page.url == site.url + course
    clean(page)
    page.get_by_role("button", name=re.compile("Kurs beginnen|Einschreiben|Mitmachen")).click()
    page.goto(site.url + course)
    page.get_by_role("link", name=re.compile("Schwalbenschwanz anreißen")).first.click()
    expect(page.locator("article[data-activity=page]")).to_contain_text("Ein Schwalbenschwanz hält")
    clean(page)
    page.get_by_role("button", name="Fertig, weiter").click()

    expect(page.locator("[data-activity=quiz]")).to_be_visible()
    assert EXPLANATION not in page.content()
    answer_all(page, (0, 0))
    expect(page.get_by_text(re.compile("0 von 2 richtig"))).to_be_visible()
    expect(page.get_by_text(EXPLANATION).first).to_be_visible()
    clean(page)
    page.get_by_role("button", name=re.compile("Noch einmal")).click()
    answer_all(page, (1, 1))
    expect(page.get_by_text(re.compile("2 von 2 richtig"))).to_be_visible()
    clean(page)

    page.goto(site.url + course)
    clean(page)
    page.get_by_role("link", name="Zertifikat ansehen").click()
    expect(page.get_by_text("gültig").first).to_be_visible()
    clean(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF herunterladen").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-1.7")


def verify(page: Page, address: str, number: str) -> None:
    """The visitor's part: the QR code's address, then the number alone."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Gültig")
    expect(page.get_by_text("Lena Hartwig")).to_be_visible()
    expect(page.get_by_text("Kein staatliches Prüfungszeugnis")).to_be_visible()
    clean(page)
    page.get_by_label(re.compile("Nummer")).fill(number)
    page.get_by_role("button", name="Prüfen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gültig")
    expect(page.get_by_text("Lena Hartwig")).to_have_count(0)
    clean(page)


def test_from_the_trainers_first_word_to_the_visitors_verdict(browser: Browser, site: Site) -> None:
    site.account("academy_trainer", username="katrin", given_name="Katrin", family_name="Lorenz")
    with browser.new_context(viewport=DESKTOP, locale="de-DE") as desk:
        trainer = desk.new_page()
        sign_in(trainer, site, "katrin", PASSWORD)
        course = write_module(trainer, site)
        invitation = invite(trainer, site)
        with browser.new_context(viewport=PHONE, locale="de-DE", has_touch=True, is_mobile=True) as hand:
            take_module(hand.new_page(), site, invitation, course)
        trainer.goto(f"{site.url}/teach{course}/progress")
        expect(trainer.get_by_role("rowheader", name="Lena Hartwig")).to_be_visible()
        clean(trainer)

    work = site.work()
    certificate = work.session.scalars(select(Certificate)).one()
    said, number = dict(certificate.snapshot), certificate.number
    work.close()
    assert said["name"] == "Lena Hartwig"
    with browser.new_context(viewport=PHONE, locale="de-DE") as street:
        verify(street.new_page(), said["verify_url"], number)
