"""Damaged pictures: read as far as they are sound, or refused in a line."""

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dynnet.paper.data.pictures import LONGEST_SIDE, SMALLEST_SIDE, read_picture
from tests.fuzz.mutations import damaged, resized, with_checksums
from tests.fuzz.trial import Tally, budget
from tests.paper.data.pngs import GREY, RGB, chunk, packed_row, png, transparent
from tests.paper.data.profiles import DISPLAY_P3, profile

TALLY = Tally("pictures")


def encoded(form: str, mode: str = "RGB", side: int = 24, **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (side, side + 3, 4), dtype=np.uint8)
    image = Image.fromarray(pixels, "RGBA").convert("RGB" if mode == "CMYK" else mode).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = 6
    tags.get_ifd(0x8769)[0xA005] = {1: "R03"}
    return tags


def animated(form: str) -> bytes:
    frames = [Image.new("RGB", (24, 24), colour) for colour in ("red", "blue", "lime")]
    buffer = io.BytesIO()
    frames[0].save(buffer, form, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


ICC = profile(DISPLAY_P3)
TEXT = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation='6'/>")
SOUND = [
    encoded("JPEG"),
    encoded("JPEG", "L"),
    encoded("JPEG", "CMYK", icc_profile=ICC),
    encoded("JPEG", progressive=True, icc_profile=ICC, exif=exif()),
    encoded("JPEG", quality=30, side=60, exif=exif(), comment=b"holiday"),
    encoded("PNG"),
    encoded("PNG", "RGBA", icc_profile=ICC, exif=exif()),
    encoded("PNG", "LA"),
    encoded("PNG", "P", transparency=3),
    encoded("PNG", "1"),
    encoded("PNG", side=60, compress_level=0),
    animated("PNG"),
    png(packed_row(range(0, 65536, 4096), 16), 16, GREY, transparent(4096), TEXT),
    png(packed_row(range(48), 8), 8, RGB, chunk(b"zTXt", b"k\0\0x\x9c\x03\0\0\0\0\1"), transparent(0, 1, 2)),
    encoded("WEBP"),
    encoded("WEBP", "RGBA", lossless=True, icc_profile=ICC, exif=exif()),
    encoded("WEBP", quality=20, side=60),
    animated("WEBP"),
]


@budget(60, 1000)
@given(st.data())
def test_damaged_pictures(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(SOUND))
    if larger := data.draw(st.integers(0, 3)) == 0:
        content = data.draw(resized(content))
    if not larger or data.draw(st.booleans()):
        content = data.draw(damaged(content))
    if data.draw(st.booleans()):
        content = with_checksums(content)
    picture = TALLY.tried(lambda: read_picture(content))
    if picture is not None:
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
        assert min(picture.shape[:2]) >= SMALLEST_SIDE and max(picture.shape[:2]) <= LONGEST_SIDE


def test_what_is_damaged_was_sound() -> None:
    assert all(read_picture(content).shape[2] == 3 for content in SOUND)
