"""Uploaded pictures, drawn anew: the pixels stay, everything else in the file goes.

Places, cameras and names (EXIF, GPS, XMP, comments, colour profiles) are not kept, nor is whatever hides behind the
picture. Decoding costs time and memory: do it outside a transaction (in a command's `prepare`).
"""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from lms.contract import N_
from lms.errors import Invalid

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_PIXELS = 40_000_000
MAX_EDGE = 2000
LARGE_PNG = 200_000  # bytes from which a PNG also tries its luck as WebP

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


@dataclass(frozen=True)
class Picture:
    """A picture as we drew it; width and height in pixels."""

    bytes: bytes
    media_type: str
    width: int
    height: int


class PictureRefused(Invalid):
    """The upload is no picture we take; the message says why."""


def reencode(data: bytes, max_edge: int = MAX_EDGE) -> Picture:
    """The first frame, upright, in sRGB, no edge longer than `max_edge`; raises PictureRefused.

    JPEG stays JPEG and WebP stays WebP; PNG and GIF become PNG, or WebP where that is smaller and PNG is large.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureRefused(N_("Das Bild hat zu viele Bildpunkte. Verkleinern Sie es vorher."))
            return _encoded(_drawn(image, max_edge), image.format or "")
    except PictureRefused:
        raise
    except Image.UnidentifiedImageError as error:
        raise PictureRefused(N_("Das ist kein Bild als JPEG, PNG, WebP oder GIF.")) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise PictureRefused(N_("Das Bild hat zu viele Bildpunkte. Verkleinern Sie es vorher.")) from error
    except Exception as error:  # decoders raise nearly anything on broken files
        raise PictureRefused(
            N_("Das Bild ist beschädigt. Speichern Sie es neu und versuchen Sie es noch einmal.")
        ) from error


def _drawn(image: Image.Image, max_edge: int) -> Image.Image:
    """The pixels alone, upright and no larger than asked for."""
    image.draft(
        None, (max_edge, max_edge)
    )  # JPEG decodes large pictures at half, a quarter, ... of their size
    image.load()
    drawn = ImageOps.exif_transpose(image)
    if drawn.mode.startswith("I"):
        drawn = drawn.point(lambda value: value / 256)  # 16 bits of grey
    clear = "A" in drawn.mode or "a" in drawn.mode or "transparency" in drawn.info
    drawn = drawn.convert("RGBA" if clear else "L" if drawn.mode in ("1", "L", "I", "I;16") else "RGB")
    drawn.thumbnail((max_edge, max_edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
    drawn.info.clear()
    return drawn


def _encoded(image: Image.Image, source: str) -> Picture:
    if source == "JPEG":
        data, media_type = _saved(image, "JPEG", quality=85, optimize=True, progressive=True), "image/jpeg"
    elif source == "WEBP":
        data, media_type = _webp(image), "image/webp"
    else:
        data, media_type = _saved(image, "PNG", optimize=True), "image/png"
        if len(data) > LARGE_PNG and len(smaller := _webp(image)) < len(data):
            data, media_type = smaller, "image/webp"
    return Picture(data, media_type, image.width, image.height)


def _webp(image: Image.Image) -> bytes:
    return _saved(image, "WEBP", quality=85, method=4)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
