"""Fading, on gratings: their details are themselves, and different ones have nothing in common."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.image_interpolation import interpolate_images
from dynnet.paper.style.measures.fading import fade, mean_fade
from tests.tiny import count_calls

SIDE = 64


def grating(period: float, across: bool = True) -> Tensor:
    """(1, 3, SIDE, SIDE) around 0.5. With half a pixel of phase it goes on as it is where it is mirrored."""
    wave = 0.5 + 0.3 * torch.cos(2 * math.pi * torch.arange(SIDE) / period)
    picture = wave.expand(1, 3, SIDE, SIDE)
    return picture if across else picture.transpose(2, 3)


A, B, C = grating(4), grating(4, across=False), grating(8)


def pictures(seed: int, count: int = 3) -> Tensor:
    return torch.rand(count, 1, 3, 20, 24, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0.01, 1))
def test_image_interpolation_fades_by_definition(seed: int, t: float, contrast: float) -> None:
    y0, y1, _ = contrast * pictures(seed)
    for y in (interpolate_images(y0, y1, t), (1 - t) * y0 + t * y1):
        assert fade(y, y0, y1, t).item() == pytest.approx(1, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1))
def test_it_is_a_correlation(seed: int, t: float) -> None:
    y, y0, y1 = pictures(seed)
    found = fade(y, y0, y1, t).item()
    assert abs(found) < 0.5  # independent noise
    assert fade(1 - y, y0, y1, t).item() == pytest.approx(-found, abs=1e-5)
    assert fade(0.3 * y + 0.4, y0, y1, t).item() == pytest.approx(found, abs=1e-5)
    assert fade(y, y1, y0, 1 - t).item() == pytest.approx(found, abs=1e-5)


def test_the_fade_of_gratings_by_hand() -> None:
    assert fade(A, A, B).item() == pytest.approx(1 / math.sqrt(2), abs=1e-3)
    assert fade(B, A, B, t=0.25).item() == pytest.approx(0.25 / math.hypot(0.25, 0.75), abs=1e-3)
    assert fade(C, A, B).item() == pytest.approx(0, abs=0.01)
    assert fade(1 - (A + B) / 2, A, B).item() == pytest.approx(-1, abs=1e-4)


def test_as_scipy_and_numpy_have_it() -> None:
    slope = torch.linspace(0, 1, 24)
    y, y0, y1 = 0.1 * pictures(0) + slope**2  # details of a bent slope are not 0 on average
    expected = np.corrcoef(
        [
            (picture - gaussian_filter(picture, (0, 0, 4, 4), mode="mirror", truncate=3)).ravel()
            for picture in (y.numpy(), (0.7 * y0 + 0.3 * y1).numpy())
        ]
    )[0, 1]
    assert fade(y, y0, y1, t=0.3).item() == pytest.approx(expected, abs=1e-5)


def test_t_says_which_average() -> None:
    assert fade(A, A, B, t=0.0).item() == pytest.approx(1, abs=1e-5)
    assert fade(A, A, B, t=1.0).item() == pytest.approx(0, abs=0.01)


def test_low_frequencies_do_not_count() -> None:
    shading = torch.linspace(0, 4, SIDE).expand(1, 3, SIDE, SIDE)
    slow = grating(SIDE)
    assert fade(A + slow, B + slow, B + slow).item() == pytest.approx(0, abs=0.05)
    inside = (..., slice(12, -12), slice(12, -12))  # the mirrored border of a slope is a kink
    assert torch.corrcoef(torch.stack([(A + shading)[inside].flatten(), (B + shading)[inside].flatten()]))[0, 1] > 0.9
    assert fade(A + shading, B + shading, B + shading).item() < 0.5


def test_colours_count() -> None:
    red, blue = (A.clone() for _ in range(2))
    red[:, 1:], blue[:, :2] = 0.5, 0.5
    assert fade(red, blue, blue).item() == pytest.approx(0, abs=0.01)
    assert fade(red, A, A).item() == pytest.approx(1 / math.sqrt(3), abs=1e-3)


def test_one_value_per_picture() -> None:
    y, y0, y1 = torch.cat([A, C, A]), torch.cat([A, A, A]), torch.cat([A, B, B])
    assert fade(y, y0, y1).tolist() == pytest.approx([1, 0, 1 / math.sqrt(2)], abs=0.01)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_without_details_nothing_fades(value: float) -> None:
    flat = torch.full_like(A, value)
    assert fade(flat, A, B).item() == fade(A, flat, flat).item() == fade(flat, flat, flat).item() == 0
    rounded = flat + 1e-6 * (A - 0.5)
    assert fade(rounded, rounded, rounded).item() == 0
    assert fade(A, A, 1 - A).item() == 0  # an average of 0.5 everywhere
    assert fade(torch.cat([flat, A]), torch.cat([flat, A]), torch.cat([flat, A])).tolist() == pytest.approx([0, 1])


def test_another_shape_or_too_small_a_picture_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"pictures of one shape, got \(1, 3, 64, 32\) and \(1, 3, 64, 64\)"):
        fade(A[..., :32], A, B)
    with pytest.raises(DynnetError, match="two pictures of one shape"):
        fade(A, A, B[..., :32])
    small = A[..., :12, :]
    with pytest.raises(DynnetError, match=r"H, W > 12, got \(1, 3, 12, 64\)"):
        fade(small, small, small)
    assert fade(A[..., :13, :], A[..., :13, :], A[..., :13, :]).item() == pytest.approx(1, abs=1e-5)


class Crossfade(torch.nn.Module):
    """Between a picture and its mirror image, or the picture alone before the end."""

    def __init__(self, honest: bool):
        super().__init__()
        self.honest = honest

    def forward(self, x: Tensor, alpha: float) -> Tensor:
        return interpolate_images(x, x.flip(3), alpha if self.honest else float(alpha == 1))


def renderer_of(method):
    return lambda x: lambda alpha: method(x, alpha)


def test_mean_fade_tells_a_cross_fade_from_another_walk() -> None:
    x = torch.rand(5, 3, 32, 32)
    assert mean_fade(renderer_of(Crossfade(honest=True)), x, t=0.3) == pytest.approx(1, abs=1e-5)
    assert mean_fade(renderer_of(Crossfade(honest=False)), x) == pytest.approx(1 / math.sqrt(2), abs=0.05)
    expected = fade(x, x, x.flip(3)).mean().item()
    for batch in (1, 2, 8):
        assert mean_fade(renderer_of(Crossfade(honest=False)), x, batch=batch) == pytest.approx(expected, abs=1e-5)


def test_mean_fade_renders_each_picture_thrice_and_keeps_no_gradients() -> None:
    method = Crossfade(honest=True)
    calls = count_calls({"method": method})
    mean_fade(renderer_of(method), torch.rand(3, 3, 16, 16, requires_grad=True), batch=1)
    assert calls["method"] == 9
    seen = []
    watched = renderer_of(lambda x, alpha: (seen.append((alpha, torch.is_grad_enabled())), x)[1])
    mean_fade(watched, torch.rand(1, 3, 16, 16), t=0.7)
    assert sorted(seen) == [(0.0, False), (0.7, False), (1.0, False)]
