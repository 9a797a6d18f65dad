"""Documents: both standards in one file, the same bytes every time, and nothing of a name read as markup."""

import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from lms import documents
from lms.config import PROJECT

CERTIFICATE = PROJECT / "plugins/certificates/templates/certificates/certificate.typ"
LETTER = PROJECT / "templates/lms/letter.typ"
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
    "level": "2 von 3",
    "minutes": 110,
    "completed_on": "2026-11-27",
    "issued_on": "2026-11-30",
    "language": "de",
}
SPOKEN = {
    "academy": "Innovationsakademie Elbhandwerk",
    "sender": "Innovationsakademie Elbhandwerk · Meißen",
    "name": "Yusuf Demir",
    "address": ["Tischlerei Böhme"],
    "date": "30. November 2026",
    "subject": "Dein Zugang zu Lehrwerk",
    "greeting": "Hallo Yusuf,",
    "paragraphs": ["scanne den Code."],
    "url": "https://academy.test/invitation/abc",
    "qr": documents.qr("https://academy.test/invitation/abc"),
    "valid": "Der Link gilt bis 14. Dezember 2026.",
    "closing": "Bis bald",
    "lang": "de",
}


def certificate(**changes: Any) -> bytes:
    said = {**SAID, **changes}
    attached = json.dumps(said).encode()
    return documents.render_pdf(
        CERTIFICATE, {**said, "qr": documents.qr(URL)}, timestamp=MOMENT, attachment=attached
    )


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


@pytest.mark.parametrize(
    "data",
    [certificate(), documents.render_pdf(LETTER, SPOKEN, timestamp=MOMENT)],
    ids=["certificate", "letter"],
)
def test_a_document_keeps_both_standards(data: bytes) -> None:
    with opened(data) as pdf:
        with pdf.open_metadata() as meta:
            assert meta["pdfaid:part"] == "3"
            assert meta["pdfaid:conformance"] == "A"
            assert meta["pdfuaid:part"] == "1"
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("de")
        assert len(pdf.pages) == 1
        for font in pdf.pages[0].Resources.Font.values():
            for descendant in font.DescendantFonts:
                assert any(name in descendant.FontDescriptor for name in ("/FontFile2", "/FontFile3"))


def test_the_data_is_attached_as_json() -> None:
    with opened(certificate()) as pdf:
        attached = json.loads(pdf.attachments["certificate.json"].get_file().read_bytes())
    assert attached == SAID


def test_the_same_input_gives_the_same_bytes() -> None:
    digests = {hashlib.sha256(certificate()).hexdigest() for _ in range(3)}
    assert len(digests) == 1
    assert certificate(name="Jemand anders") != certificate()


@pytest.mark.parametrize(
    "name",
    [
        '#eval("1/0")',
        "$x$ *fett* _kursiv_ `code`",
        '#import "@preview/x:1.0.0"',
        "\\u{41} // kein Kommentar",
        "Nguyễn Thị Hồng Şahinoğlu Wąsik Łukasz Ødegård",
        "Maximiliane-Anastasia von und zu Sträßenbürg-Wolkenstein-Hohenlohe",
    ],
)
def test_a_name_is_never_read_as_markup(name: str) -> None:
    with opened(certificate(name=name, course=name, objectives=[name])) as pdf:
        assert len(pdf.pages) == 1


def test_twenty_competences_still_fit_one_sheet() -> None:
    many = [f"Kompetenz {n} ausführlich beschreiben und begründen" for n in range(20)]
    with opened(certificate(objectives=many)) as pdf:
        assert len(pdf.pages) == 1


def test_a_template_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#nowhere()")
    with pytest.raises(documents.DocumentError, match="unknown variable: nowhere"):
        documents.render_pdf(broken, {}, timestamp=MOMENT)
