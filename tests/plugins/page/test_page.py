"""The reading page: shown clean, searched, checked before publishing."""

from flask import Flask, render_template

from courses.contract import ActivityType, At
from lms.registry import load
from plugins.page.reading import ReadingPage

BODY = (
    '<h2>Anreißen</h2><p>Mit dem <a href="/files/7">Streichmaß</a>.</p>'
    '<figure><img src="/files/12?w=800" alt="Ein Streichmaß"><figcaption>Streichmaß</figcaption></figure>'
    '<img src="/files/12" alt="Noch einmal"><a href="https://example.org/files/9">anderswo</a>'
)


def test_text_is_words_only() -> None:
    assert ReadingPage().text({"body": BODY}).startswith("Anreißen Mit dem Streichmaß")
    assert ReadingPage().text({}) == ""


def test_files_are_its_own_uploads_each_once() -> None:
    assert ReadingPage().files({"body": BODY}) == [7, 12]
    assert ReadingPage().files({"body": '<img src="/files/' + "9" * 40 + '">'}) == []


def test_problems_name_what_is_missing() -> None:
    page = ReadingPage()
    assert page.problems({"body": BODY}) == []
    assert page.problems({}) == page.problems({"body": "<p> </p>"}) == ["Die Lektion ist noch leer."]
    assert page.problems({"body": '<img src="/files/1">'}) == []


def test_settings_need_a_body_and_clean_it() -> None:
    form = ReadingPage.Settings.of({"body": "<p>Hallo</p><script>alert(1)</script>"})
    assert form.validate() and "<script" not in form.values()["body"]
    for empty in ({"body": ""}, {"body": "<p></p>"}, {"other": "x"}):
        assert not ReadingPage.Settings.of(empty).validate()


def test_the_template_cleans_what_it_shows(app: Flask) -> None:
    with app.test_request_context("/"):
        page = ReadingPage().show(At(settings={"body": "<p>Hallo</p><script>alert(1)</script>"}))
        html = render_template(page.template, **page.values)
        empty = ReadingPage().show(At(settings={}))
        assert render_template(empty.template, **empty.values)
    assert "<p>Hallo</p>" in html and "<script" not in html


def test_it_is_registered_and_keeps_its_contract() -> None:
    kind = load(strict=True).kind(ActivityType, "page")
    assert isinstance(kind, ReadingPage)
    kind.check()
