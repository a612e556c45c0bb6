"""The brush's half in Python: masks in and out, and pictures as masks."""

import io

import numpy as np
import pytest
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.show.brush import SIDE, Brush, disc, mask_of

GREY = np.full((60, 90, 3), 100, np.uint8)


def test_a_mask_comes_back_and_every_byte_is_a_place() -> None:
    brush = Brush()
    assert not brush.mask.any()
    wanted = np.zeros((SIDE, SIDE), np.float32)
    wanted[3, 70] = 1.0
    brush.mask = wanted
    np.testing.assert_array_equal(brush.mask, wanted)
    assert brush.painted[3 * SIDE + 70] == 255 and sum(brush.painted) == 255


@pytest.mark.parametrize("length", [0, SIDE, SIDE * SIDE + 1])
def test_a_mask_of_another_size_is_refused(length: int) -> None:
    brush = Brush()
    with pytest.raises(DynnetError, match=f"expected a mask of {SIDE} x {SIDE} bytes, got {length}"):
        brush.painted = bytes(length)


def test_the_picture_is_a_jpeg_file_and_is_tinted_where_painted() -> None:
    brush = Brush()
    brush.show(GREY)
    assert Image.open(io.BytesIO(brush.photo)).size == (90, 60)
    np.testing.assert_array_equal(brush.shown(GREY), GREY)
    brush.mask = np.pad(np.ones((SIDE, SIDE // 2)), ((0, 0), (0, SIDE // 2)))
    shown = brush.shown(GREY)
    np.testing.assert_array_equal(shown[:, :40], np.broadcast_to([165, 130, 50], (60, 40, 3)))  # half #e69f00
    np.testing.assert_array_equal(shown[:, 50:], GREY[:, 50:])


def test_a_disc_is_painted_in_the_middle_and_not_at_the_rim() -> None:
    found = disc()
    assert found[SIDE // 2, SIDE // 2] == 1 and found.min() == 0 and not found[0].any()
    np.testing.assert_allclose(found, found.T)


def test_a_picture_is_a_mask_by_its_luminance() -> None:
    halves = np.concatenate([np.zeros((60, 45, 3), np.uint8), np.full((60, 45, 3), 255, np.uint8)], 1)
    mask = mask_of(halves, 120, 180)
    assert mask.shape == (SIDE, SIDE) and mask[:, :60].max() == 0 and mask[:, 68:].min() == 1
    green = mask_of(np.tile(np.array([0, 255, 0], np.uint8), (60, 90, 1)), 60, 90)
    assert np.allclose(green, 0.587, atol=0.003)


def test_a_mask_of_another_shape_is_refused_with_both_shapes() -> None:
    with pytest.raises(DynnetError, match=r"the picture \(64 x 64\), got 90 x 60; draw the mask on this picture"):
        mask_of(GREY, 64, 64)
