"""Documents: both standards in one file, the same bytes every time, no network, and nothing of a name read as markup."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from lms import documents
from lms.config import PROJECT

pytestmark = pytest.mark.once

LETTER = PROJECT / "templates/lms/letter.typ"
MOMENT = datetime(2026, 11, 30, 9, 0, 0, 123, tzinfo=UTC)
URL = "https://academy.test/invitation/q7Zk2mX9w4LtB1sVn8RyCg"
SPOKEN = {
    "academy": "Innovationsakademie Elbhandwerk",
    "sender": "Innovationsakademie Elbhandwerk · Burgstraße 4 · 01662 Meißen",
    "name": "Yusuf Demir",
    "address": ["Tischlerei Böhme"],
    "date": "30. November 2026",
    "subject": "Dein Zugang zu Lehrwerk",
    "greeting": "Hallo Yusuf,",
    "paragraphs": ["scanne den Code mit dem Handy.", "Der Link gilt nur einmal."],
    "url": URL,
    "qr": documents.qr(URL),
    "valid": "Gilt bis 14. Dezember 2026.",
    "closing": "Bis bald",
    "lang": "de",
}


def letter(**changes: Any) -> bytes:
    return documents.render_pdf(LETTER, {**SPOKEN, **changes}, timestamp=MOMENT)


def words(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as pdf:
        pages = [page.get_textpage().get_text_bounded() for page in pdf]
    return " ".join(" ".join(pages).split())


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A template that prints `said.text` and nothing else."""
    path = tmp_path / "sheet.typ"
    path.write_text('#set document(title: "Blatt", author: "A")\n#set text(lang: "de")\n#whole(said.text)')
    return path


def test_a_letter_keeps_both_standards_on_one_sheet() -> None:
    with pikepdf.open(io.BytesIO(letter())) as pdf:
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("3", "A", "1")
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "de"
        assert len(pdf.pages) == 1
        links = [note.A.URI for note in pdf.pages[0].Annots]
        assert {str(link) for link in links} == {URL}
        assert "/AF" not in pdf.Root


def test_a_letter_says_all_it_was_given() -> None:
    text = words(letter())
    for part in (
        "Tischlerei Böhme",
        "Hallo Yusuf,",
        "gilt nur einmal.",
        "Gilt bis 14. Dezember 2026.",
        "Bis bald",
    ):
        assert part in text
    assert URL in text.replace("invitation/ ", "invitation/")
    assert "Ohne Kamera: Gib diese Adresse im Browser ein." in text


def test_a_letter_in_english_names_no_end_if_there_is_none() -> None:
    text = words(letter(lang="en", valid="", address=[], sender=""))
    assert "Without a camera" in text
    assert "Gilt bis" not in text


def test_the_same_input_gives_the_same_bytes_from_any_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: letter(name=f"Name {n % 2}"), range(12)))
    assert set(made) == {made[0], made[1]}
    assert made[0] == letter(name="Name 0") != made[1]
    assert made[0].endswith(b"%%EOF\n")


def test_a_template_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#nowhere()")
    with pytest.raises(documents.DocumentError, match="unknown variable: nowhere"):
        documents.render_pdf(broken, {}, timestamp=MOMENT)
    with pytest.raises(documents.DocumentError, match="cannot be read"):
        documents.render_pdf(tmp_path / "none.typ", {}, timestamp=MOMENT)


@pytest.mark.parametrize(
    "source", ['#import "@preview/cetz:0.3.0"', '#read("/etc/passwd")', '#read("../../x")']
)
def test_a_template_reaches_neither_the_network_nor_other_folders(tmp_path: Path, source: str) -> None:
    curious = tmp_path / "in" / "here" / "curious.typ"
    curious.parent.mkdir(parents=True)
    (tmp_path / "x").write_text("secret")
    curious.write_text(source)
    with pytest.raises(documents.DocumentError, match="curious"):
        documents.render_pdf(curious, {}, timestamp=MOMENT)


def test_missing_fonts_are_named_with_the_remedy(sheet: Path, tmp_path: Path) -> None:
    with pytest.raises(documents.DocumentError, match="make assets"):
        documents.render_pdf(sheet, {"text": "x"}, timestamp=MOMENT, font_paths=(tmp_path,))


def test_a_moment_without_zone_is_refused(sheet: Path) -> None:
    with pytest.raises(documents.DocumentError, match="time zone"):
        documents.render_pdf(sheet, {"text": "x"}, timestamp=MOMENT.replace(tzinfo=None))


def test_letters_are_composed_and_unseen_signs_dropped(sheet: Path) -> None:
    data = documents.render_pdf(sheet, {"text": "Zu\u0308nd\x00\u202eholz\ud800"}, timestamp=MOMENT)
    assert words(data) == "Zündholz"


def test_what_no_font_can_draw_is_an_error(sheet: Path) -> None:
    with pytest.raises(documents.DocumentError, match="could not be displayed"):
        documents.render_pdf(sheet, {"text": "漢字"}, timestamp=MOMENT)


def test_the_prelude_knows_exactly_the_letters_of_the_house_font() -> None:
    prelude = (PROJECT / "lms/documents.typ").read_text()
    listed = re.search(r'#let foreign = regex\("\[\^(.*)\]"\)', prelude)
    assert listed
    known = {
        code
        for first, last in re.findall(r"\\u\{(\w+)\}(?:-\\u\{(\w+)\})?", listed[1])
        for code in range(int(first, 16), int(last or first, 16) + 1)
    }
    for style in ("Regular", "Bold"):
        with TTFont(documents.FONTS / f"AtkinsonHyperlegibleNext-{style}.ttf") as font:
            drawn = set(font.getBestCmap())
        assert known - drawn <= {0x0A, 0xAD, 0x200B}, "breaks are not drawn"
        assert not {code for code in drawn - known if chr(code).isalpha() and code < 0x180}, (
            "letters left out"
        )
