"""The scripts that every page loads, and the sprite, in a real browser under the content security policy."""

import gzip
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from werkzeug.wrappers import Response

from tests.frontend.conftest import DIST, Bench

pytestmark = pytest.mark.once

FORM = """<form method="post" action="/save" data-autosave="/draft"><p class="field"><label for="a">Antwort</label>
<input id="a" name="a"><input type="hidden" name="revision" value="7"></p><p data-autosave-status></p>
<button class="button" name="do" value="send">Abgeben</button></form>"""
LESSON = "<article class='reading' data-resume-url='/place' data-resume-at='{at}'>{blocks}</article>"
BLOCKS = "".join(f"<p id='b{n}'>" + "Text " * 120 + "</p>" for n in range(20))


def show(page: Page, bench: Bench, body: str) -> None:
    bench.body = body
    page.goto(bench.url)


def test_a_form_saves_itself_and_takes_the_new_revision(phone: Page, bench: Bench) -> None:
    show(phone, bench, FORM)
    phone.get_by_label("Antwort").fill("1 : 8")
    expect(phone.locator("[data-autosave-status]")).to_have_text("gespeichert")
    draft = bench.posts[0]
    assert (draft.path, draft.form["a"], draft.form["revision"]) == ("/draft", "1 : 8", "7")
    assert draft.headers["X-CSRFToken"] == "token-1"
    assert phone.locator("[name=revision]").input_value() == "8"


def test_what_could_not_be_sent_is_said_and_sent_again_with_the_same_key(phone: Page, bench: Bench) -> None:
    show(phone, bench, FORM)
    keys: list[str] = []
    phone.on("request", lambda r: keys.append(r.headers["idempotency-key"]) if r.method == "POST" else None)
    phone.context.set_offline(True)
    phone.get_by_label("Antwort").fill("1 : 8")
    expect(phone.locator(".offline")).to_contain_text("Noch nicht gesendet")
    phone.context.set_offline(False)  # the browser's "online" event sends at once
    expect(phone.locator("[data-autosave-status]")).to_have_text("gespeichert")
    expect(phone.locator(".offline")).to_be_hidden()
    assert bench.posts[-1].form["a"] == "1 : 8"
    assert len(keys) > 1
    assert len(set(keys)) == 1


def test_a_stale_save_asks_for_a_reload(phone: Page, bench: Bench) -> None:
    bench.answers["/draft"] = Response("{}", status=409, content_type="application/json")
    show(phone, bench, FORM)
    phone.get_by_label("Antwort").fill("1 : 8")
    expect(phone.locator("[data-autosave-status]")).to_contain_text("An anderer Stelle geändert")


def test_two_taps_send_once_and_the_button_keeps_its_value(phone: Page, bench: Bench) -> None:
    show(phone, bench, FORM.replace('data-autosave="/draft"', ""))
    phone.evaluate("() => { const b = document.querySelector('button'); b.click(); b.click(); }")
    phone.wait_for_url("**/save")
    assert [post.form["do"] for post in bench.posts] == ["send"]


def test_buttons_work_again_after_going_back(phone: Page, bench: Bench) -> None:
    show(phone, bench, FORM.replace('data-autosave="/draft"', ""))
    phone.get_by_role("button", name="Abgeben").click()
    phone.wait_for_url("**/save")
    phone.go_back()
    expect(phone.get_by_role("button", name="Abgeben")).to_be_enabled()


def test_a_lesson_opens_where_it_was_left(phone: Page, bench: Bench) -> None:
    show(phone, bench, LESSON.format(at=12, blocks=BLOCKS))
    expect(phone.locator("#b12")).to_be_in_viewport()
    with phone.expect_request("**/place") as told:
        phone.locator("#b4").evaluate("block => block.scrollIntoView()")
    assert told.value.post_data in ("place=3", "place=4")
    assert told.value.headers["x-csrftoken"] == "token-1"


def test_a_dialog_opens_and_closes(phone: Page, bench: Bench) -> None:
    show(
        phone,
        bench,
        '<a class="button" href="/ask" data-opens="d">Abgeben</a>'
        '<dialog class="dialog" id="d"><h2>Woche 47 abgeben?</h2><button data-closes>Noch nicht</button></dialog>',
    )
    phone.get_by_role("link", name="Abgeben").click()
    expect(phone.get_by_role("dialog")).to_be_visible()
    phone.get_by_role("button", name="Noch nicht").click()
    expect(phone.get_by_role("dialog")).to_be_hidden()


def test_the_theme_shows_at_once(phone: Page, bench: Bench) -> None:
    show(
        phone,
        bench,
        '<form data-theme-choice><select name="theme"><option value="">auto<option value="dark">dunkel</select></form>',
    )
    phone.locator("select").select_option("dark")
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    phone.locator("select").select_option("")
    assert phone.locator("html").get_attribute("data-theme") is None


def test_icons_and_drawings_show_their_colours_from_the_sprite(desktop: Page, bench: Bench) -> None:
    show(
        desktop,
        bench,
        '<svg class="drawing" width="240" height="160" viewBox="0 0 240 160"><use href="/static/sprite.svg#d-dovetail"/></svg>'
        '<svg class="drawing workshop" width="240" height="160" viewBox="0 0 240 160"><use href="/static/sprite.svg#d-bricks"/></svg>'
        '<svg class="icon" width="24" height="24"><use href="/static/sprite.svg#i-check"/></svg>'
        '<svg width="32" height="32"><use href="/static/sprite.svg#mark"/></svg>',
    )
    colours = set(pixels(desktop, ".drawing >> nth=0"))
    assert (180, 198, 234) in colours  # --cobalt-mid, the part in question
    assert (23, 63, 153) in colours  # --cobalt, its outline
    assert (216, 155, 58) in set(pixels(desktop, ".drawing >> nth=1"))  # --oak-fill


def pixels(page: Page, selector: str) -> list[tuple[int, int, int]]:
    """The colours that a person sees there."""
    with Image.open(BytesIO(page.locator(selector).screenshot())) as picture:
        found = picture.convert("RGB").getcolors(maxcolors=1_000_000) or []
    return [colour for _, colour in found]  # type: ignore[misc]


def test_a_learners_page_stays_within_its_budget() -> None:
    size = {
        name: len(gzip.compress((DIST / name).read_bytes()))
        for name in ("app.js", "htmx.js", "app.css", "sprite.svg")
    }
    assert size["app.js"] + size["htmx.js"] <= 30 * 1024
    assert size["app.css"] <= 15 * 1024
    assert size["sprite.svg"] <= 12 * 1024
