"""An invitation on paper: the link as text and as QR code."""

import segno


def qr(text: str) -> str:
    """The QR code of this text as the source of a picture."""
    return str(
        segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#000", light="#fff")
    )
