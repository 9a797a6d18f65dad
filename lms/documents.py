"""Documents: typst templates and data in, PDF/A-3a + PDF/UA-1 out. Same input, same bytes.

Data reaches a template as JSON only, so nothing a person wrote is ever read as typst markup. Needs no network and no
system fonts: text is set in the fonts the front-end build prepares, with typst's own as a fallback for rare letters.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst

FONTS = Path(__file__).parent / "static" / "dist" / "fonts-pdf"
STANDARDS: list[Any] = ["a-3a", "ua-1"]
_lock = threading.Lock()  # one compiler per process, one document at a time


class DocumentError(Exception):
    """The document could not be made; the text says what is wrong with template or data."""


def render_pdf(
    template: Path, data: Mapping[str, Any], *, timestamp: datetime, attachment: bytes = b""
) -> bytes:
    """The PDF of a typst template filled with JSON-able data.

    The template reads `json(bytes(sys.inputs.data))` and may attach `bytes(sys.inputs.attachment)`. It sets title,
    language and author itself. Raises DocumentError.
    """
    if not FONTS.is_dir():
        raise DocumentError(f"The fonts for PDF files are missing ({FONTS}); run `make setup`.")
    inputs = {"data": json.dumps(data, ensure_ascii=False), "attachment": attachment.decode()}
    try:
        with _lock:
            made = _compiler().compile(
                input=str(template),
                root=str(template.parent),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=timestamp.replace(microsecond=0),
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
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
