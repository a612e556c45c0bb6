"""What a PNG says of its colours without a profile is taken at its word, or passed over aloud."""

import logging
import struct
import zlib

import numpy as np
import pytest

from dynnet.paper.data.pictures import read_picture
from tests.paper.data.pngs import GREY, RGB, SIDE, chunk, png
from tests.paper.data.profiles import ADOBE_RGB, DISPLAY_P3, SRGB, in_srgb, profile

COLOURS = np.random.default_rng(0).integers(0, 256, (SIDE, 3), dtype=np.uint8)
SRGB_POINTS = (0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)  # white, red, green, blue
P3_POINTS = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
ADOBE_POINTS = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 1e5)))


def points(*values: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 1e5) for value in values)))


def cicp(*codes: int) -> bytes:
    return chunk(b"cICP", bytes(codes))


def icc(content: bytes) -> bytes:
    return chunk(b"iCCP", b"name\0\0" + zlib.compress(content))


IS_SRGB = chunk(b"sRGB", b"\0")

# (chunks, columns of the space, its gamma, None for sRGB's curve)
SAID = {
    "gamma of old Macs": ((gamma(1 / 1.8),), SRGB, 1.8),
    "linear": ((gamma(1.0),), SRGB, 1.0),
    "linear, as it is": ((gamma(1.0), points(*SRGB_POINTS)), SRGB, 1.0),
    "primaries alone": ((points(*P3_POINTS),), DISPLAY_P3, None),
    "Adobe RGB": ((points(*ADOBE_POINTS), gamma(256 / 563)), ADOBE_RGB, 563 / 256),
    "cICP of Display P3": ((cicp(12, 13, 0, 1),), DISPLAY_P3, None),
    "cICP of P3 in video": ((cicp(12, 1, 0, 1),), DISPLAY_P3, None),
    "cICP before all else": ((icc(profile(ADOBE_RGB, 2.2)), IS_SRGB, gamma(1.0), cicp(12, 13, 0, 1)), DISPLAY_P3, None),
    "iCCP before gamma": ((gamma(1.0), icc(profile(DISPLAY_P3))), DISPLAY_P3, None),
    "iCCP in the place of HDR": ((cicp(9, 16, 0, 1), icc(profile(DISPLAY_P3))), DISPLAY_P3, None),
}
MEANS_SRGB = {
    "nothing": (),
    "gamma as most write it": (gamma(0.45455),),
    "gamma, rounded": (gamma(0.4546),),
    "gamma and primaries": (gamma(0.45455), points(*SRGB_POINTS)),
    "primaries, rounded": (points(0.313, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06),),
    "sRGB before gamma": (gamma(1.0), points(*P3_POINTS), IS_SRGB),
    "cICP of sRGB": (cicp(1, 13, 0, 1), gamma(1.0)),
    "cICP of video": (cicp(1, 1, 0, 1),),
}
ODD = {
    "HDR, PQ": ((cicp(9, 16, 0, 1),), "cICP 9/16/0/1, PQ"),
    "HDR, HLG": ((cicp(9, 18, 0, 1),), "cICP 9/18/0/1, HLG"),
    "narrow range": ((cicp(1, 13, 0, 0),), "cICP 1/13/0/0"),
    "YCbCr": ((cicp(1, 13, 1, 1),), "cICP 1/13/1/1"),
    "short": ((cicp(9),), "cICP 9"),
    "empty": ((cicp(),), "cICP that is empty"),
    "no gamma": ((gamma(0.0),), "a gamma or primaries that make no colours"),
    "a huge gamma": ((gamma(4e4),), "a gamma or primaries that make no colours"),
    "no primaries": ((points(*[0.0] * 8),), "a gamma or primaries that make no colours"),
    "short primaries": ((chunk(b"cHRM", b"abc"),), "a gamma or primaries that make no colours"),
}


def read(*chunks: bytes) -> np.ndarray:
    return read_picture(png(COLOURS.tobytes(), 8, RGB, *chunks))[3]


@pytest.mark.parametrize("name", SAID)
def test_colours_become_those_of_srgb(name: str, caplog: pytest.LogCaptureFixture) -> None:
    chunks, columns, exponent = SAID[name]
    wanted = in_srgb(COLOURS, columns, exponent)
    assert np.abs(wanted - COLOURS).max() > 10  # what is at stake
    assert np.abs(read(*chunks) - wanted).mean() < 1.5
    assert not caplog.messages


@pytest.mark.parametrize("name", MEANS_SRGB)
def test_what_means_srgb_changes_no_bit(name: str, caplog: pytest.LogCaptureFixture) -> None:
    np.testing.assert_array_equal(read(*MEANS_SRGB[name]), COLOURS)
    assert not caplog.messages


@pytest.mark.parametrize("name", ODD)
def test_what_is_not_understood_is_said_in_a_line(name: str, caplog: pytest.LogCaptureFixture) -> None:
    chunks, said = ODD[name]
    with caplog.at_level(logging.WARNING, logger="dynnet"):
        np.testing.assert_array_equal(read(*chunks), COLOURS)
    assert caplog.messages == [f"upload: its colours ({said}) are not understood and read as sRGB"]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("said", [gamma(1 / 1.8), icc(profile(SRGB, 1.8)), icc(profile(space=b"GRAY", gamma=1.8))])
def test_greys_too_at_every_depth(depth: int, said: bytes) -> None:
    greys = np.linspace(40, 255, SIDE).astype(np.uint8)
    result = read_picture(png(greys.repeat(depth // 8).tobytes(), depth, GREY, said))[3]
    assert np.abs(result - in_srgb(np.stack([greys] * 3, -1), SRGB, 1.8)).max() <= 2
