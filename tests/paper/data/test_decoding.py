"""What people see: transparent places white at every depth, colours as the profile means them."""

import io
import logging

import numpy as np
import pytest
from PIL import ExifTags, Image

from dynnet.paper.data.pictures import read_picture
from tests.paper.data.pngs import GREY, RGB, SIDE, packed_row, png, transparent
from tests.paper.data.profiles import ADOBE_RGB, DISPLAY_P3, SRGB, in_srgb, profile

COLOURS = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
# of colours that every space has, and without edges: what JPEG keeps
SMOOTH = np.stack([*np.meshgrid(np.linspace(70, 210, 64), np.linspace(200, 60, 64)), np.full((64, 64), 90)], -1).astype(
    "u1"
)
SPACES = {"display p3": (DISPLAY_P3, None), "adobe rgb": (ADOBE_RGB, 563 / 256), "gamma 1.8": (SRGB, 1.8)}


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


# Transparency


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_transparent_grey_is_white_and_no_other(depth: int, share: float) -> None:
    top = 2**depth - 1
    chosen = round(share * top)
    others = [top - chosen, *([(chosen + top // 2) % (top + 1)] if depth > 1 else [])]
    row = packed_row([chosen] * 8 + (others * 8)[:8], depth)
    result = read_picture(png(row, depth, GREY, transparent(chosen)))
    wanted = [255] * 8 + [round(255 * value / top) for value in (others * 8)[:8]]
    np.testing.assert_array_equal(result, np.array(wanted)[None, :, None].repeat(SIDE, 0).repeat(3, 2))


@pytest.mark.parametrize(("depth", "colour"), [(8, (10, 20, 30)), (16, (1000, 2000, 3000)), (16, (0, 0, 0))])
def test_the_transparent_colour_is_white_and_no_other(depth: int, colour: tuple[int, ...]) -> None:
    other = tuple(2**depth - 1 - value for value in colour)
    row = packed_row([*colour * 8, *other * 8], depth)
    result = read_picture(png(row, depth, RGB, transparent(*colour)))
    assert (result[:, :8] == 255).all()
    assert np.abs(result[0, 12].astype(float) - np.array(other) * 255 / (2**depth - 1)).max() <= 1


# Colours


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 100})])
def test_colours_become_those_of_srgb(space: str, form: str, options: dict[str, object]) -> None:
    columns, gamma = SPACES[space]
    picture = SMOOTH if form == "JPEG" else COLOURS
    result = read_picture(encoded(Image.fromarray(picture), form, icc_profile=profile(columns, gamma), **options))
    wanted = in_srgb(picture, columns, gamma)
    assert np.abs(wanted - picture).max() > 10  # what is at stake
    # 8 bits in, 8 bits out: dark colours are a few steps off where a curve is steep
    assert np.abs(result - wanted).mean() < 1
    assert np.quantile(np.abs(result - wanted), 0.99) <= 4


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_profile_that_means_srgb_changes_no_bit(form: str) -> None:
    for icc in (profile(), profile(extra=100)):
        data = encoded(Image.fromarray(COLOURS), form, icc_profile=icc, lossless=True)
        np.testing.assert_array_equal(read_picture(data), COLOURS)


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_transparency_stays_beside_a_profile(mode: str) -> None:
    rgba = np.dstack([np.full((16, 16, 3), (200, 30, 60), np.uint8), np.full((16, 16), 255, np.uint8)])
    rgba[:, 8:, 3] = 0
    image = Image.fromarray(rgba)
    if mode == "P":
        image = image.quantize(4)
    result = read_picture(encoded(image, icc_profile=profile(DISPLAY_P3)))
    np.testing.assert_allclose(result[4, 2], in_srgb(rgba[4, 2, :3], DISPLAY_P3), atol=2)
    assert (result[:, 8:] == 255).all()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_grey_profile_moves_greys(form: str) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None].repeat(16, 0)
    result = read_picture(encoded(Image.fromarray(ramp), form, icc_profile=profile(space=b"GRAY", gamma=1.8)))
    wanted = in_srgb(np.stack([ramp] * 3, -1), SRGB, 1.8)
    assert np.abs(wanted - result)[:, 32:].max() <= 3
    assert wanted[0, 100, 0] > 110


def test_a_colour_profile_on_a_grey_picture_moves_greys_too() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None].repeat(16, 0)
    result = read_picture(encoded(Image.fromarray(ramp), "JPEG", quality=100, icc_profile=profile(SRGB, 1.8)))
    assert np.abs(in_srgb(np.stack([ramp] * 3, -1), SRGB, 1.8) - result)[:, 32:].max() <= 3


@pytest.mark.parametrize(
    "icc", [b"no profile", profile()[:200], profile(space=b"GRAY"), b"\0" * 500, profile()[:-1] + b"\1" * 9000]
)
def test_a_profile_that_does_not_fit_is_passed_over_aloud_or_harmless(
    icc: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="dynnet"):
        result = read_picture(encoded(Image.fromarray(COLOURS), icc_profile=icc))
    np.testing.assert_array_equal(result, COLOURS)
    assert all("upload: its colour profile is passed over" in message for message in caplog.messages)
    assert len(caplog.messages) == (not icc.startswith(profile()[:300]))


def test_a_camera_that_names_adobe_rgb_in_exif_alone_is_believed() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] = 65535
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.IFD.Interop] = {ExifTags.Interop.InteropIndex: "R03"}
    result = read_picture(encoded(Image.fromarray(SMOOTH), "JPEG", quality=100, exif=exif))
    assert np.abs(result - in_srgb(SMOOTH, ADOBE_RGB, 563 / 256)).mean() < 1.5
    plain = read_picture(encoded(Image.fromarray(SMOOTH), "JPEG", quality=100))
    assert np.abs(result.astype(int) - plain).max() > 15


@pytest.mark.parametrize("cut", [12, 14, 20, 26, 30])
def test_damaged_metadata_are_no_reason_for_a_warning(cut: int, recwarn: pytest.WarningsRecorder) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "a camera of some name"
    whole = exif.tobytes()
    assert read_picture(encoded(Image.fromarray(COLOURS), "JPEG", exif=whole[:cut])).shape == (64, 64, 3)
    assert not recwarn.list


def test_orientation_and_profile_together() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    flat = np.full((16, 32, 3), (200, 30, 60), np.uint8)
    result = read_picture(encoded(Image.fromarray(flat), exif=exif, icc_profile=profile(DISPLAY_P3)))
    assert result.shape == (32, 16, 3)
    np.testing.assert_allclose(result[3, 3], in_srgb(flat[0, 0], DISPLAY_P3), atol=2)
