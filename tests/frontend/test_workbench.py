"""The workbench's scripts in a real browser: rich text and lists to put in order."""

import pytest
from playwright.sync_api import Page, expect
from werkzeug.wrappers import Response

from lms.testing.browser import axe_violations
from tests.frontend.conftest import Bench

pytestmark = pytest.mark.once

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcff9fa11e000706027f3fc8c8ef0000000049454e44ae426082"
)
RICH = """<form method="post" action="/save"><div class="field"><label for="text">Text</label>
<rich-text data-upload="/upload"><textarea name="text" id="text">{html}</textarea></rich-text></div>
<button class="button">Speichern</button></form>"""
LIST = """<ol class="sortable" data-sortable data-url="/order">
<li data-id="1"><button type="button" class="grip" aria-label="Eins verschieben">::</button><a href="#1">Eins</a></li>
<li data-id="2"><button type="button" class="grip" aria-label="Zwei verschieben">::</button><a href="#2">Zwei</a></li>
<li data-id="3"><button type="button" class="grip" aria-label="Drei verschieben">::</button><a href="#3">Drei</a></li></ol>"""


def open_bench(page: Page, bench: Bench, body: str) -> list[str]:
    """Show the body; returns the list that the browser's complaints go into."""
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    bench.body = body
    page.goto(bench.url)
    return complaints


def write(page: Page, text: str) -> None:
    page.locator(".ProseMirror").click()
    page.keyboard.type(text)


def press(page: Page, name: str) -> None:
    """Press a tool and wait until the text has the focus again, as a person does."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".ProseMirror")).to_be_focused()


def test_an_author_writes_with_the_toolbar(desktop: Page, bench: Bench) -> None:
    complaints = open_bench(desktop, bench, RICH.format(html=""))
    write(desktop, "Schärfen")
    press(desktop, "Überschrift")
    desktop.keyboard.press("End")
    desktop.keyboard.press("Enter")
    press(desktop, "Fett")
    desktop.keyboard.type("Eisen")
    press(desktop, "Fett")
    desktop.keyboard.type(" abziehen")
    assert axe_violations(desktop, without=["region", "landmark-one-main"]) == []
    desktop.get_by_role("button", name="Speichern").click()
    desktop.wait_for_url("**/save")
    assert bench.posts[-1].form["text"] == "<h2>Schärfen</h2><p><strong>Eisen</strong> abziehen</p>"
    assert complaints == []


def test_a_picture_needs_a_description_and_is_sent_with_the_token(desktop: Page, bench: Bench) -> None:
    bench.answers["/upload"] = Response(
        '{"url": "/static/mark.svg", "id": 7}', content_type="application/json"
    )
    open_bench(desktop, bench, RICH.format(html="<p>Hobel</p>"))
    desktop.locator(".ProseMirror").click()
    desktop.get_by_role("button", name="Bild", exact=True).click()
    dialog = desktop.get_by_role("dialog")
    dialog.get_by_label("Bilddatei").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    dialog.get_by_role("button", name="Einfügen").click()
    assert bench.posts == []  # the browser asks for the description first
    dialog.get_by_label("Was ist zu sehen?").fill("Ein Hobel von der Seite")
    dialog.get_by_role("button", name="Einfügen").click()
    expect(desktop.locator(".ProseMirror img")).to_have_attribute("alt", "Ein Hobel von der Seite")
    sent = bench.posts[0]
    assert sent.headers["X-CSRFToken"] == "token-1"
    assert sent.files["file"].filename == "a.png"
    value = desktop.locator("textarea").input_value()
    assert value == '<p>Hobel</p><figure><img src="/static/mark.svg" alt="Ein Hobel von der Seite"></figure>'


def test_a_refused_picture_is_said_in_the_dialog(desktop: Page, bench: Bench) -> None:
    bench.answers["/upload"] = Response(
        '{"error": "Das ist kein Bild."}', status=422, content_type="application/json"
    )
    open_bench(desktop, bench, RICH.format(html=""))
    desktop.get_by_role("button", name="Bild", exact=True).click()
    dialog = desktop.get_by_role("dialog")
    dialog.get_by_label("Bilddatei").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    dialog.get_by_label("Was ist zu sehen?").fill("Ein Hobel")
    dialog.get_by_role("button", name="Einfügen").click()
    expect(dialog.get_by_role("alert")).to_have_text("Das ist kein Bild.")


def test_what_was_written_before_stays_as_it_was(desktop: Page, bench: Bench) -> None:
    kept = (
        '<h2>Teil</h2><aside class="notice wait"><p>Vorsicht</p></aside><ul><li><p>eins</p></li></ul>'
        '<figure><img src="/static/mark.svg" alt="Marke"><figcaption>Die <em>Marke</em></figcaption></figure>'
        "<table><tbody><tr><th><p>Holz</p></th><th><p>Schräge</p></th></tr><tr><td><p>Eiche</p></td><td><p>1 : 8</p></td></tr></tbody></table>"
        '<p><a href="/kurse">Kurse</a></p>'
    )
    complaints = open_bench(
        desktop, bench, RICH.format(html=kept.replace("<", "&lt;")) + '<p id="aside">.</p>'
    )
    write(desktop, "")
    desktop.evaluate("document.querySelector('rich-text').editor.commands.insertContentAt(0, '<p>neu</p>')")
    assert desktop.locator("textarea").input_value() == "<p>neu</p>" + kept
    assert complaints == []


def test_the_notice_button_steps_through_its_tones(desktop: Page, bench: Bench) -> None:
    open_bench(desktop, bench, RICH.format(html="<p>Finger weg</p>"))
    desktop.locator(".ProseMirror p").click()
    value = desktop.locator("textarea")
    for tone in ("notice", "notice wait", "notice bad"):
        desktop.get_by_role("button", name="Hinweis").click()
        assert value.input_value() == f'<aside class="{tone}"><p>Finger weg</p></aside>'
    desktop.get_by_role("button", name="Hinweis").click()
    assert value.input_value() == "<p>Finger weg</p>"


def test_a_link_is_set_and_removed(desktop: Page, bench: Bench) -> None:
    bench.lang = "en"
    open_bench(desktop, bench, RICH.format(html="<p>Kammer</p>"))
    desktop.locator(".ProseMirror p").click()
    desktop.keyboard.press("Control+a")
    desktop.get_by_role("button", name="Link").click()
    desktop.get_by_label("Address").fill("https://www.example.org/a")
    desktop.get_by_role("button", name="Apply").click()
    expect(desktop.locator(".ProseMirror a")).to_have_attribute("href", "https://www.example.org/a")
    desktop.locator(".ProseMirror a").click()
    desktop.get_by_role("button", name="Link").click()
    desktop.get_by_role("button", name="Remove link").click()
    assert desktop.locator("textarea").input_value() == "<p>Kammer</p>"


def order(page: Page) -> list[str]:
    return page.locator("[data-sortable] > li a").all_inner_texts()


def test_a_list_is_put_in_order_with_the_keyboard(desktop: Page, bench: Bench) -> None:
    open_bench(desktop, bench, LIST)
    desktop.get_by_role("button", name="Eins verschieben").focus()
    desktop.keyboard.press("Enter")
    desktop.keyboard.press("ArrowDown")
    expect(desktop.locator("[role=status].unseen")).to_have_text("Eins: Platz 2 von 3.")
    desktop.keyboard.press("ArrowDown")
    with desktop.expect_request("**/order") as request:
        desktop.keyboard.press("Enter")
    assert order(desktop) == ["Zwei", "Drei", "Eins"]
    assert request.value.post_data == "item=2&item=3&item=1"
    expect(desktop.get_by_role("button", name="Eins verschieben")).to_be_focused()


def test_escape_puts_it_back_and_sends_nothing(desktop: Page, bench: Bench) -> None:
    open_bench(desktop, bench, LIST)
    desktop.get_by_role("button", name="Eins verschieben").focus()
    desktop.keyboard.press("ArrowDown")
    assert order(desktop) == ["Zwei", "Eins", "Drei"]
    desktop.keyboard.press("Escape")
    assert order(desktop) == ["Eins", "Zwei", "Drei"]
    assert bench.posts == []


def test_a_list_is_put_in_order_by_dragging(desktop: Page, bench: Bench) -> None:
    complaints = open_bench(desktop, bench, LIST)
    grip = desktop.get_by_role("button", name="Drei verschieben")
    first = desktop.get_by_role("link", name="Eins")
    with desktop.expect_request("**/order") as request:
        grip.drag_to(first, target_position={"x": 5, "y": 2})
    assert request.value.post_data == "item=3&item=1&item=2"
    assert order(desktop) == ["Drei", "Eins", "Zwei"]
    assert complaints == []


def test_an_order_that_was_not_saved_is_taken_back(desktop: Page, bench: Bench) -> None:
    bench.answers["/order"] = Response("{}", status=409, content_type="application/json")
    open_bench(desktop, bench, LIST)
    desktop.get_by_role("button", name="Eins verschieben").focus()
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".error")).to_contain_text("nicht gespeichert")
    assert order(desktop) == ["Eins", "Zwei", "Drei"]
