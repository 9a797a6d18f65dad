"""Pictures come out small, upright and without a trace of where they were taken; bombs and fakes are refused."""

import struct
import time
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from lms import pictures
from lms.pictures import PictureRefused, reencode

pytestmark = pytest.mark.once

SECRET = b"51.1657N-made-by-Lena"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int) -> bytes:
    """A valid one-bit PNG that is tiny on disk."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\x00" * (1 + width // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_traces() -> dict[str, bytes]:
    """One red picture per format, each with position, comment and colour profile."""
    image = Image.new("RGB", (60, 40), "red")
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (51.0, 9.0, 56.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    common = {"exif": exif, "icc_profile": profile}
    return {
        "JPEG": encoded(image, "JPEG", comment=SECRET, **common),
        "PNG": encoded(image, "PNG", **common),
        "WEBP": encoded(image, "WEBP", xmp=SECRET, **common),
        "GIF": encoded(image, "GIF", comment=SECRET),
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_position_author_comment_and_profile_are_gone(kind: str) -> None:
    data = with_traces()[kind]
    assert SECRET in data
    picture = reencode(data)
    again = Image.open(BytesIO(picture.bytes))
    assert SECRET not in picture.bytes
    assert not again.getexif()
    assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(again.info)
    assert picture.media_type == {"GIF": "image/png"}.get(kind, f"image/{kind.lower()}")
    assert (picture.width, picture.height) == again.size == (60, 40)
    assert again.convert("RGB").getpixel((30, 20))[0] > 250


def test_a_photo_held_sideways_comes_out_upright_and_small() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    photo = Image.new("RGB", (4000, 3000), "white")
    photo.paste("blue", (0, 0, 2000, 3000))  # the left half, which is the upper one when upright
    picture = reencode(encoded(photo, "JPEG", exif=exif))
    upright = Image.open(BytesIO(picture.bytes))
    assert (picture.width, picture.height) == (1500, 2000)
    assert upright.getpixel((750, 100))[2] > 200 > upright.getpixel((750, 100))[0]


def test_small_pictures_are_not_blown_up() -> None:
    assert reencode(encoded(Image.new("L", (10, 5)), "PNG")).width == 10


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    assert reencode(encoded(Image.new(mode, (30, 20)), "PNG")).media_type == "image/png"


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    grey = Image.new("I;16", (8, 8), 128 * 256)
    assert Image.open(BytesIO(reencode(encoded(grey, "PNG")).bytes)).getpixel((4, 4)) == 128


def test_ink_for_print_becomes_light_for_screens() -> None:
    picture = reencode(encoded(Image.new("CMYK", (30, 20), (0, 255, 255, 0)), "JPEG"))
    red, green, blue = Image.open(BytesIO(picture.bytes)).getpixel((5, 5))
    assert red > 240 > 20 > max(green, blue)


def test_clear_parts_stay_clear() -> None:
    palette = Image.new("P", (30, 20), 0)
    picture = reencode(encoded(palette, "GIF", transparency=0))
    assert Image.open(BytesIO(picture.bytes)).getpixel((1, 1))[3] == 0


def test_a_large_png_of_a_photo_becomes_webp() -> None:
    noise = Image.effect_noise((900, 900), 60).convert("RGB")
    picture = reencode(encoded(noise, "PNG"))
    assert picture.media_type == "image/webp"


def test_only_the_first_of_many_frames_is_read() -> None:
    frames = [Image.new("P", (64, 64), n % 256) for n in range(2000)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False, duration=10)
    start = time.perf_counter()
    assert reencode(data).height == 64
    assert time.perf_counter() - start < 1
    moving = encoded(frames[0].convert("RGB"), "PNG", save_all=True, append_images=[frames[9].convert("RGB")])
    assert b"acTL" not in reencode(moving).bytes


@pytest.mark.parametrize("edges", [(30_000, 30_000), (9_000, 9_000), (65_000, 700)])
def test_bombs_are_refused_before_they_are_read(edges: tuple[int, int]) -> None:
    data = bomb(*edges)
    assert len(data) < 120_000
    start = time.perf_counter()
    with pytest.raises(PictureRefused, match="Bildpunkte"):
        reencode(data)
    assert time.perf_counter() - start < 0.5


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decoder_that_only_warns_is_not_enough() -> None:
    with pytest.raises(PictureRefused, match="Bildpunkte"):
        reencode(bomb(65_000, 700))


def test_a_long_profile_and_long_texts_cannot_blow_up() -> None:
    squeezed = zlib.compress(b"\x00" * 300_000_000, 9)
    plain = encoded(Image.new("RGB", (9, 9)), "PNG")
    for kind in (b"zTXt", b"iCCP"):
        hostile = plain[:33] + chunk(kind, b"x\x00\x00" + squeezed) + plain[33:]
        try:
            assert len(reencode(hostile).bytes) < 1000
        except PictureRefused:
            continue


HOSTILE = {
    "nothing": b"",
    "text": b"hello",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n",
    "mvg": b"push graphic-context\nimage over 0,0 0,0 'https://evil.example/x'\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "phar": b"\xff\xd8\xff\xe0<?php __HALT_COMPILER(); ?>",
    "gif header only": b"GIF89a",
    "gif as script": b"GIF89a/*" + b"A" * 20 + b"*/=1;alert(1)//",
    "tiff": encoded(Image.new("L", (4, 4)), "TIFF"),
    "bmp": encoded(Image.new("L", (4, 4)), "BMP"),
    "no edge": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_in_words(name: str) -> None:
    with pytest.raises(PictureRefused) as refusal:
        reencode(HOSTILE[name])
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_cut_off_anywhere_is_refused_or_read(kind: str) -> None:
    data = encoded(Image.effect_noise((80, 80), 50), kind)
    with pytest.raises(PictureRefused):
        reencode(data[: len(data) // 2])
    for end in range(0, len(data), max(1, len(data) // 60)):
        try:
            reencode(data[:end])
        except PictureRefused:
            continue


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_hides_behind_a_picture_is_left_behind(kind: str) -> None:
    hidden = b"PK\x03\x04<script>alert(1)</script><?php system($_GET[0]);"
    assert b"script" not in reencode(encoded(Image.new("RGB", (9, 9)), kind) + hidden).bytes


def test_the_limit_also_guards_other_users_of_the_decoder() -> None:
    assert Image.MAX_IMAGE_PIXELS == pictures.MAX_PIXELS
