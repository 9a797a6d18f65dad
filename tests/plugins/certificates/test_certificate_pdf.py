"""The sheet: both standards, everything on one page, every name drawn or refused, nothing read as markup."""

import io
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from lms import documents

pytestmark = pytest.mark.once

HERE = Path(__file__).resolve().parents[3]
TEMPLATE = HERE / "plugins/certificates/templates/certificates/certificate.typ"
MOMENT = datetime(2026, 11, 30, 9, 0, 0, 123, tzinfo=UTC)
URL = "https://academy.test/v/AbCdEfGhIjKlMnOpQrStUv"
SAID: dict[str, Any] = {
    "number": "EH-2026-0417",
    "verify_url": URL,
    "academy": "Innovationsakademie Elbhandwerk",
    "place": "Meißen",
    "signer": "Dr. Ines Hofmann",
    "signer_role": "Leitung der Akademie",
    "name": "Lena Hartwig",
    "course": "Holzverbindungen von Hand",
    "subtitle": "",
    "objectives": ["Zinkenteilungen berechnen", "Kastenecken fügen"],
    "level": "2 von 3, sicher",
    "minutes": 1140,
    "completed_on": "2026-11-27",
    "issued_on": "2026-11-30",
    "language": "de",
}
LONG = "Arbeitsaufträge im Team planen, Ergebnisse prüfen und gegenüber Kundinnen und Kunden verständlich begründen"


def certificate(**changes: Any) -> bytes:
    said = {**SAID, **changes}
    attached = json.dumps(said, ensure_ascii=False).encode()
    return documents.render_pdf(
        TEMPLATE, {**said, "qr": documents.qr(URL)}, timestamp=MOMENT, attachment=attached
    )


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def words(data: bytes) -> str:
    """What a text search in the file finds, on one line."""
    with pypdfium2.PdfDocument(data) as pdf:
        pages = [page.get_textpage().get_text_bounded() for page in pdf]
    return " ".join(" ".join(pages).replace("\u200b", "").split())


def kinds(data: bytes) -> list[str]:
    """The types of the structure elements, in reading order."""
    found: list[str] = []

    def walk(element: Any) -> None:
        if isinstance(element, pikepdf.Array):
            for child in element:
                walk(child)
        elif isinstance(element, pikepdf.Dictionary):
            if "/S" in element:
                found.append(str(element.S))
            if "/K" in element:
                walk(element.K)

    with opened(data) as pdf:
        walk(pdf.Root.StructTreeRoot.K)
    return found


def test_it_is_an_archive_file_and_an_accessible_one() -> None:
    with opened(certificate()) as pdf:
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("3", "A", "1")
            assert meta["dc:title"] == "Zertifikat EH-2026-0417"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "de"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert len(pdf.pages) == 1


def test_headings_facts_and_pictures_are_marked_as_such() -> None:
    structure = kinds(certificate())
    assert structure.count("/H1") == 1
    assert structure.count("/TH") == structure.count("/TD") == 4
    assert structure.count("/LI") == 2
    assert structure.count("/Figure") >= 2  # seal and code
    raw = certificate()
    with opened(raw) as pdf:
        texts = [str(o.Alt) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
    assert f"QR-Code zur Prüfung unter {URL}" in texts
    assert "Siegel: Innovationsakademie Elbhandwerk" in texts


def test_what_it_states_is_attached() -> None:
    with opened(certificate(name="Şahin Wąsik")) as pdf:
        attached = pdf.attachments["certificate.json"]
        assert json.loads(attached.get_file().read_bytes()) == {**SAID, "name": "Şahin Wąsik"}
        assert attached.relationship == pikepdf.Name.Data


def test_all_fonts_are_inside() -> None:
    with opened(certificate(name="Nguyễn Văn Tám")) as pdf:
        fonts = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        assert {str(font.FontName).split("+")[1] for font in fonts} >= {"LibertinusSerif-Bold"}
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


def test_the_same_certificate_has_the_same_bytes() -> None:
    assert certificate() == certificate()
    assert certificate(name="Jemand anders") != certificate()


def test_it_says_everything_in_words() -> None:
    text = words(certificate(subtitle="Grundlagen"))
    for part in (
        "Innovationsakademie Elbhandwerk",
        "Zertifikat Lena Hartwig hat den Kurs erfolgreich abgeschlossen: Holzverbindungen von Hand Grundlagen",
        "Zinkenteilungen berechnen",
        "19 Stunden",
        "2 von 3, sicher",
        "27. November 2026",
        "EH-2026-0417",
        "Dr. Ines Hofmann Leitung der Akademie Meißen, 30. November 2026",
        "Echtheit prüfen: academy.test/v/ AbCdEfGhIjKlMnOpQrStUv",
        "Kein staatliches Prüfungszeugnis.",
    ):
        assert part in text


def test_it_speaks_english_too() -> None:
    text = words(certificate(language="en", minutes=135))
    for part in ("Certificate", "2 h 15 min", "27 November 2026", "Not a state examination certificate."):
        assert part in text


def test_what_is_not_stated_is_left_out() -> None:
    text = words(certificate(minutes=0, level="", signer="", signer_role="", place="", objectives=[]))
    assert not any(part in text for part in ("Umfang", "Stufe", "nachgewiesen", "Stunden"))
    assert "30. November 2026" in text


@pytest.mark.parametrize(
    ("minutes", "said"), [(45, "45 Minuten"), (60, "1 Stunde"), (90, "1 Std. 30 Min."), (1, "1 Minute")]
)
def test_length_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert said in words(certificate(minutes=minutes))


@pytest.mark.parametrize(
    "name",
    [
        "Ümit Öztürk-Çağlayan",
        "Şerife Işık İnönü",
        "Łucja Wąsik-Żółć",
        "Đặng Thị Ngọc Ánh",
        "Nguyễn Văn Tám",
        "Олена Ковальчук",
        "Γιώργος Παπαδόπουλος",
        "Ødegård-Þórsson",
        "Nguye\u0302\u0303n",  # letters and marks apart
        "O’Neill",
    ],
)
def test_names_are_drawn_letter_by_letter(name: str) -> None:
    assert unicodedata.normalize("NFC", name) in unicodedata.normalize("NFC", words(certificate(name=name)))


@pytest.mark.parametrize("name", ["漢字", "محمد", "Lena 🎉"])
def test_a_name_no_font_can_draw_is_refused_not_printed_as_boxes(name: str) -> None:
    with pytest.raises(documents.DocumentError, match="could not be displayed"):
        certificate(name=name)


def test_signs_nobody_sees_change_nothing() -> None:
    assert "Lena Hartwig" in words(certificate(name="Le\u202ena\x00 Hart\u200bwig"))


@pytest.mark.parametrize(
    "text",
    [
        '#eval("1/0")',
        "#panic()",
        "$x^2$ *fett* _kursiv_ `code` <a> @b",
        '#import "@preview/x:1.0.0"',
        '#read("/etc/passwd")',
        "\\u{41} // kein Kommentar /* auch nicht */",
        "= Titel",
        '"; ] } )',
    ],
)
def test_text_is_never_read_as_markup(text: str) -> None:
    data = certificate(
        name=text, course=text, objectives=[text], signer=text, level=text, place=text, academy=text
    )
    squeezed = words(data).replace(" ", "")
    assert text.replace(" ", "").replace('"', "") in squeezed.replace('"', "")


@pytest.mark.parametrize(
    "changes",
    [
        {"objectives": [LONG] * 20},
        {"objectives": ["Zinkenteilungen für jede Brettbreite berechnen"] * 20, "subtitle": LONG},
        {"name": "Maximiliana-Theodora Freifrau von Hohenlohe-Waldenburg-Schillingsfürst zu Neuenstein"},
        {"course": "Fachgerechte Herstellung historischer Schwalbenschwanzverbindungen " * 3},
        {"name": "W" * 100, "course": "W" * 200},
        {
            "academy": "Überbetriebliches Bildungs- und Technologiezentrum der Handwerkskammer zu Musterstadt an der Elbe"
        },
        {"objectives": [LONG] * 12, "name": "Anna-Maria " * 8, "course": LONG},
    ],
)
def test_one_sheet_is_enough_for_long_certificates(changes: dict[str, Any]) -> None:
    with opened(certificate(**changes)) as pdf:
        assert len(pdf.pages) == 1


def test_what_cannot_fit_flows_onto_a_second_sheet() -> None:
    data = certificate(objectives=[LONG] * 60)
    with opened(data) as pdf:
        assert len(pdf.pages) == 2
    assert words(data).count("Arbeitsaufträge") == 60
