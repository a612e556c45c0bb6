"""Profiles of colour spaces that are made of their numbers."""

import numpy as np
import pytest
from PIL import Image

from dynnet.paper.data.colour import to_srgb
from dynnet.paper.data.profiles import D65, SRGB_CURVE, SRGB_PRIMARIES, adobe_rgb, profile_of
from tests.paper.data.profiles import ADOBE_RGB, DISPLAY_P3, in_srgb

COLOURS = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))


def converted(profile: bytes) -> np.ndarray:
    return np.asarray(to_srgb(Image.fromarray(COLOURS), profile, "a")).astype(int)


def test_srgb_by_its_numbers_changes_no_bit() -> None:
    np.testing.assert_array_equal(converted(profile_of(SRGB_PRIMARIES, D65, SRGB_CURVE)), COLOURS)


@pytest.mark.parametrize(
    ("profile", "columns", "gamma"),
    [(adobe_rgb(), ADOBE_RGB, 563 / 256), (profile_of(P3, D65, SRGB_CURVE), DISPLAY_P3, None)],
    ids=["adobe", "p3"],
)
def test_spaces_by_their_numbers_are_those_of_their_published_matrices(
    profile: bytes, columns: tuple, gamma: float | None
) -> None:
    wanted = in_srgb(COLOURS, columns, gamma)
    assert np.abs(converted(profile) - wanted).mean() < 1
    assert np.quantile(np.abs(converted(profile) - wanted), 0.99) <= 4


def test_white_is_white_whatever_the_space_calls_so() -> None:
    white = Image.new("RGB", (16, 16), "white")
    for point in (D65, (0.314, 0.351), (0.3457, 0.3585)):
        assert np.asarray(to_srgb(white, profile_of(P3, point, (2.6,)), "a")).min() >= 254


@pytest.mark.parametrize(
    ("primaries", "white"),
    [
        (((0.64, 0.0), *SRGB_PRIMARIES[1:]), D65),
        (SRGB_PRIMARIES, (0.3, 0.0)),
        ((SRGB_PRIMARIES[0],) * 3, D65),
        (((0.1, 0.1), (0.2, 0.2), (0.3, 0.3)), D65),
    ],
)
def test_numbers_that_make_no_colours_are_refused(primaries: tuple, white: tuple) -> None:
    with pytest.raises(ValueError, match="expected"):
        profile_of(primaries, white, (2.2,))
