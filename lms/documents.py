"""Documents: typst templates and data in, PDF/A-3a + PDF/UA-1 out. Same input, same bytes.

Data reaches a template as JSON only, so nothing a person wrote is ever read as typst markup. Needs no network and no
system fonts: text is set in the fonts the front-end build prepares; names they cannot draw come as a whole in the
serif inside typst, and what neither can draw is an error (documents.typ). Never print boxes where a name should be.
"""

import json
import threading
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst

HERE = Path(__file__).resolve().parent
FONTS = HERE / "static" / "dist" / "fonts-pdf"
FONT = "Atkinson Hyperlegible Next"
STANDARDS: list[Any] = ["a-3a", "ua-1"]
SHOWN_SIGNS = "\n\u00ad"  # line break and soft hyphen
UNSEEN = ("Cc", "Cf", "Cs")  # control signs, direction overrides, halves of letters
_lock = threading.Lock()  # a compiler makes one document at a time


class DocumentError(Exception):
    """The document could not be made; the text says what is wrong with template or data."""


def render_pdf(
    template: Path,
    data: Mapping[str, Any],
    *,
    timestamp: datetime,
    attachment: bytes = b"",
    font_paths: tuple[Path, ...] = (FONTS,),
) -> bytes:
    """The PDF of a typst template filled with JSON-able data.

    The template finds the data in `said` (see documents.typ) and may attach `bytes(sys.inputs.attachment)`, which is
    UTF-8. It sets title, language and author itself. `timestamp` (aware) is the only clock. Raises DocumentError.
    """
    if timestamp.tzinfo is None:
        raise DocumentError(f"{template.name}: the timestamp needs a time zone.")
    source, compiler = _source(template), _compiler(font_paths)
    inputs = {"data": json.dumps(_printable(data), ensure_ascii=False), "attachment": attachment.decode()}
    try:
        with _lock:
            made = compiler.compile(
                source,
                root=str(template.parent),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=timestamp.astimezone(UTC).replace(microsecond=0),
            )
    except typst.TypstError as error:
        raise DocumentError(f"{template.name}: {error.message} {' '.join(error.hints)}".strip()) from error
    if not isinstance(made, bytes):
        raise DocumentError(f"{template.name} is empty.")
    return (
        made if made.endswith(b"\n") else made + b"\n"
    )  # a signature added later needs the line to be ended


def qr(address: str) -> str:
    """The address as a QR code: an SVG of squares, without a quiet zone, to be placed on white."""
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode()


@cache
def _compiler(font_paths: tuple[Path, ...]) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(path) for path in font_paths])
    if FONT not in fonts.families():
        where = ", ".join(str(path) for path in font_paths)
        raise DocumentError(f"The fonts for PDF files are missing ({where}); run `make assets`.")
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


def _source(template: Path) -> bytes:
    """What all documents start with, then the template."""
    try:
        source = (HERE / "documents.typ").read_text("utf-8") + template.read_text("utf-8")
    except OSError as error:
        raise DocumentError(f"The template {template} cannot be read.") from error
    if '"@' in source:
        raise DocumentError(f"{template.name}: a package would be fetched from the network; use none.")
    return source.encode()


def _printable(value: Any) -> Any:
    """The data with letters composed (fonts have ễ, not e with two marks) and without what nobody sees."""
    if isinstance(value, str):
        letters = unicodedata.normalize("NFC", value)
        return "".join(c for c in letters if c in SHOWN_SIGNS or unicodedata.category(c) not in UNSEEN)
    if isinstance(value, Mapping):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
