"""Mosaics: one colour per pixel, noise as strong as asked for, and measured as strong as it is."""

import pytest
import torch
import torch.nn.functional as F

from dynnet.errors import DynnetError
from dynnet.paper.denoising.mosaics import bayer_mask, bayer_mosaic, estimated_sigma, noisy_mosaic


def test_every_pixel_sees_one_colour_in_the_order_of_the_sensor() -> None:
    mask = bayer_mask(6, 8)
    assert torch.equal(mask.sum(1), torch.ones(1, 6, 8))
    colours = mask.argmax(1)[0]  # 0 red, 1 green, 2 blue
    assert colours[:2, :2].tolist() == [[1, 0], [2, 1]]
    assert torch.equal(colours, colours[:2, :2].repeat(3, 4))


@pytest.mark.parametrize("rim", [2, 4, 32])
def test_reflection_by_an_even_number_of_pixels_keeps_the_pattern(rim: int) -> None:
    x = torch.rand(1, 3, 40, 36)
    around = (rim,) * 4
    assert torch.equal(F.pad(bayer_mosaic(x), around, mode="reflect"), bayer_mosaic(F.pad(x, around, mode="reflect")))


def test_noise_is_as_strong_as_asked_for_in_each_picture() -> None:
    x = torch.rand(3, 3, 128, 128)
    sigmas = (0.0, 0.05, 0.1)
    noise = noisy_mosaic(x, sigmas, seed=3) - bayer_mosaic(x)
    seen = bayer_mask(128, 128).bool()[0]
    for one, sigma in zip(noise, sigmas, strict=True):
        # the deviation of n samples is off by sigma / sqrt(2 n): five times that
        assert one[seen].std().item() == pytest.approx(sigma, abs=5 * sigma / (2 * 128**2) ** 0.5)
        assert not one[~seen].any()


def test_noise_follows_from_its_seed() -> None:
    x = torch.rand(2, 3, 32, 32)
    assert torch.equal(noisy_mosaic(x, 0.1, seed=1), noisy_mosaic(x, 0.1, seed=1))
    assert not torch.equal(noisy_mosaic(x, 0.1, seed=1), noisy_mosaic(x, 0.1, seed=2))


@pytest.mark.parametrize("sigma", [-0.1, (0.1, 0.2), (0.1, -0.2, 0.1)])
def test_impossible_noise_is_refused(sigma: float | tuple[float, ...]) -> None:
    with pytest.raises(DynnetError, match="noise takes one sigma >= 0"):
        noisy_mosaic(torch.rand(3, 3, 32, 32), sigma, seed=0)


@pytest.mark.parametrize("size", [64, 128, 192])
@pytest.mark.parametrize("sigma", [0.02, 0.1])
def test_noise_on_what_is_smooth_is_measured_a_little_low_at_any_size(sigma: float, size: int) -> None:
    ramp = torch.linspace(0.2, 0.8, size).expand(4, 3, size, size)
    measured = estimated_sigma(noisy_mosaic(ramp, sigma, seed=0))
    # 32 free values to a square: those that vary least lie some two deviations of their power below the mean
    assert (measured > 0.55 * sigma).all() and (measured < sigma).all()


def striped(size: int) -> torch.Tensor:
    """A grey texture as fine as the sensor, everywhere."""
    along = torch.arange(size) * 2.4
    stripes = 0.5 + 0.2 * torch.sin(along[:, None] + 0.4 * along[None])
    return stripes.expand(1, 3, size, size)


def test_texture_is_not_taken_for_noise() -> None:
    smooth = torch.linspace(0, 1, 128).expand(1, 3, 128, 128)
    half = smooth.clone()
    half[..., :64, :] = torch.rand(1, 3, 64, 128)
    for x in (smooth, half, striped(128)):
        assert estimated_sigma(bayer_mosaic(x)).item() < 1e-5


def test_noise_is_found_under_a_texture() -> None:
    measured = [estimated_sigma(noisy_mosaic(striped(128), sigma, seed=0)).item() for sigma in (0.02, 0.05)]
    assert measured == pytest.approx([0.02, 0.05], rel=0.4)


@pytest.mark.parametrize("size", [(26, 64), (64, 33)])
def test_mosaics_too_small_or_odd_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(DynnetError, match=f"from 28 on, got {size[0]} x {size[1]}"):
        estimated_sigma(torch.zeros(1, 3, *size))


def test_the_smallest_mosaic_is_measured() -> None:
    noise = noisy_mosaic(torch.full((1, 3, 28, 28), 0.5), 0.1, seed=0)
    assert 0.03 < estimated_sigma(noise).item() < 0.15
