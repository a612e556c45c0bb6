"""Sound PNGs with large metadata are read, whatever kind it is of."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from dynnet.paper.data.pictures import PictureError, read_picture
from tests.paper.data.pngs import RGB, SIDE, chunk, packed_row, png
from tests.paper.data.profiles import DISPLAY_P3, in_srgb, profile

COLOURS = np.random.default_rng(0).integers(0, 256, (SIDE, 3), dtype=np.uint8)
ROW = COLOURS.tobytes()
MB = 2**20


def packed(text: bytes) -> bytes:
    return b"\0" + zlib.compress(text)


def itxt(text: bytes, compressed: bool) -> bytes:
    flags, text = (b"\1\0", zlib.compress(text)) if compressed else (b"\0\0", text)
    return b"XML:com.adobe.xmp\0" + flags + b"\0\0" + text


TEXTS: dict[str, Callable[[], bytes]] = {  # made when asked for: packing them takes seconds
    "iTXt, packed": lambda: chunk(b"iTXt", itxt(b"<x>" * MB, True)),
    "iTXt, plain": lambda: chunk(b"iTXt", itxt(b"<x>" * MB, False)),
    "iTXt, over Pillow's sum": lambda: chunk(b"iTXt", itxt(b"x" * (65 * MB), False)),
    "zTXt": lambda: chunk(b"zTXt", b"Raw profile type xmp\0" + packed(b"a" * (3 * MB))),
    "tEXt": lambda: chunk(b"tEXt", b"Comment\0" + b"a" * (3 * MB)),
    "many zTXt": lambda: _many(packed(b"a" * 500_000)),
    "a zlib bomb": lambda: chunk(b"zTXt", b"k\0" + packed(bytes(200 * MB))),
    "a damaged zTXt": lambda: chunk(b"zTXt", b"k\0" + packed(b"a" * 99)[:20]),
}


def _many(text: bytes) -> bytes:
    return b"".join(chunk(b"zTXt", b"k%d\0" % k + text) for k in range(200))


@pytest.mark.parametrize("name", TEXTS)
def test_large_texts_do_not_matter(name: str) -> None:
    np.testing.assert_array_equal(read_picture(png(ROW, 8, RGB, TEXTS[name]()))[3], COLOURS)


@pytest.mark.parametrize("megabytes", [0, 1, 4])
def test_a_profile_counts_whatever_its_size(megabytes: int) -> None:
    icc = profile(DISPLAY_P3, extra=megabytes * MB)
    result = read_picture(png(ROW, 8, RGB, chunk(b"iCCP", b"phone\0" + packed(icc))))
    assert np.abs(result[5] - in_srgb(COLOURS, DISPLAY_P3)).mean() < 1
    assert np.abs(COLOURS - in_srgb(COLOURS, DISPLAY_P3)).max() > 20


@pytest.mark.parametrize("content", [b"", b"name", b"name\0\0no zlib", b"name\0" + packed(b"no profile")])
def test_a_damaged_profile_does_not_matter(content: bytes) -> None:
    np.testing.assert_array_equal(read_picture(png(ROW, 8, RGB, chunk(b"iCCP", content)))[3], COLOURS)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_short_text_still_says_which_side_is_up(compressed: bool) -> None:
    xmp = b"<x:xmpmeta><rdf:Description tiff:Orientation='6' tiff:Orientation=\"6\"/></x:xmpmeta>"
    data = png(ROW, 8, RGB, chunk(b"iTXt", itxt(xmp, compressed)), rows=20)
    assert read_picture(data).shape == (SIDE, 20, 3)


def test_a_fault_in_the_pixels_is_still_one() -> None:
    data = bytearray(png(packed_row(range(48), 8), 8, RGB, TEXTS["zTXt"]()))
    data[data.index(b"IDAT") + 6] ^= 0xFF
    with pytest.raises(PictureError, match="truncated or damaged"):
        read_picture(bytes(data))


def test_no_number_of_chunks_is_a_burden() -> None:
    extra = chunk(b"teSt", b"") * 80_000
    assert read_picture(png(ROW, 8, RGB, extra)).shape == (SIDE, SIDE, 3)
    huge = struct.pack(">I", 2**31 - 1) + b"tEXt"
    with pytest.raises(PictureError):
        read_picture(png(ROW, 8, RGB, huge))
