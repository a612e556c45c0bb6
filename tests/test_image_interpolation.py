"""Image interpolation is a straight line between two pictures."""

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.image_interpolation import interpolate_images


def test_a_straight_line_through_both_pictures_and_beyond() -> None:
    y0, y1 = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.8)
    for t in (0.0, 0.25, 1.0, 1.5, -0.5):
        torch.testing.assert_close(interpolate_images(y0, y1, t), torch.full((1, 3, 2, 2), 0.8 * t))


def test_the_first_picture_bit_for_bit_and_the_second_nearly() -> None:
    y0, y1 = torch.rand(2, 1, 3, 4, 5)
    assert torch.equal(interpolate_images(y0, y1, 0), y0)
    torch.testing.assert_close(interpolate_images(y0, y1, 1), y1)
    torch.testing.assert_close(interpolate_images(y0, y1, 0.3), interpolate_images(y1, y0, 0.7))


def test_another_shape_is_refused_even_where_it_would_broadcast() -> None:
    with pytest.raises(DynnetError, match="two pictures of one shape"):
        interpolate_images(torch.rand(2, 3, 4, 4), torch.rand(1, 3, 4, 4), 0.5)
