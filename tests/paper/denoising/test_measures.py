"""Quality along alpha, against values worked out by hand."""

import math

import numpy as np
import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.denoising.measures import AlphaLine, QualityWalk, peak, psnr, quality_walk, ssim


def bowl(best: torch.Tensor):
    """A method whose error is |alpha - best| of each picture, everywhere."""

    def renderer(x: torch.Tensor):
        return lambda alpha: x + (alpha - best[: len(x)]).view(-1, 1, 1, 1)

    return renderer


def test_psnr_is_that_of_a_known_error() -> None:
    x = torch.full((2, 3, 8, 8), 0.5)
    y = x + torch.tensor([0.1, 0.01]).view(2, 1, 1, 1)
    torch.testing.assert_close(psnr(y, x), torch.tensor([20.0, 40.0]), rtol=0, atol=1e-3)


def test_values_outside_count_as_clamped() -> None:
    x = torch.ones(1, 3, 16, 16)
    assert math.isinf(psnr(x + 0.3, x).item()) and ssim(x + 0.3, x).item() == pytest.approx(1)


def test_ssim_is_one_for_the_same_and_less_for_another() -> None:
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(ssim(x, x), torch.ones(2))
    assert (ssim(torch.rand(2, 3, 32, 32), x) < 0.5).all()


def test_each_picture_has_its_own_best_alpha() -> None:
    x = torch.full((3, 3, 16, 16), 0.5)
    walk = quality_walk(bowl(torch.tensor([0.0, 0.21, 0.39])), x, x, 0.1, [0.0, 0.2, 0.4], batch=3)
    assert walk.best.tolist() == [0.0, 0.2, 0.4]
    assert math.isinf(walk.at_best[0])
    assert walk.at_best[1:].tolist() == pytest.approx([40, 40], abs=1e-3)
    assert walk.at(0.4)[1] == pytest.approx(-20 * math.log10(0.19), abs=1e-3)
    assert walk.table.sigma.tolist() == [0.1] * 3 and walk.table.alpha.tolist() == [0.0, 0.2, 0.4]


def test_an_alpha_that_was_not_measured_is_refused() -> None:
    walk = QualityWalk(0.1, np.array([0.0, 1.0]), np.zeros((1, 2)), np.zeros((1, 2)))
    with pytest.raises(DynnetError, match=r"nothing was measured at alpha = 0\.5"):
        walk.at(0.5)


@pytest.mark.parametrize(("mosaics", "alphas"), [(0, [0.0]), (2, [])])
def test_a_walk_of_nothing_is_refused(mosaics: int, alphas: list[float]) -> None:
    x = torch.rand(mosaics, 3, 16, 16)
    with pytest.raises(DynnetError, match="a walk takes mosaics and alphas"):
        quality_walk(bowl(torch.zeros(2)), x, x, 0.1, alphas)


def test_pictures_that_another_way_made_are_not_made_again() -> None:
    x = torch.full((5, 3, 16, 16), 0.5)
    method, alphas, made = bowl(torch.full((5,), 0.3)), [0.0, 0.4, 1.0, 1.2], []
    whole = quality_walk(method, x, x, 0.1, alphas)

    def noted(mosaic: torch.Tensor):
        render = method(mosaic)
        return lambda alpha: (made.append(alpha), render(alpha))[1]

    again = quality_walk(noted, x, x, 0.1, alphas, batch=3, known=whole)
    assert made == [0.4, 1.2] * 2  # in two batches; past its ends one way is not the other
    np.testing.assert_array_equal(again.psnr, whole.psnr)
    np.testing.assert_array_equal(again.ssim, whole.ssim)


def test_a_known_walk_of_other_pictures_is_refused() -> None:
    x = torch.rand(3, 3, 16, 16)
    other = quality_walk(bowl(torch.zeros(3)), x[:2], x[:2], 0.1, [0.0, 1.0])
    with pytest.raises(DynnetError, match="a known walk of the same 3 mosaics, got one of 2"):
        quality_walk(bowl(torch.zeros(3)), x, x, 0.1, [0.0, 1.0], known=other)


@pytest.mark.parametrize("top", [0.18, 0.5, 0.77])
def test_the_peak_of_a_parabola_is_found_between_its_points(top: float) -> None:
    x = np.array([0.0, 0.1, 0.3, 0.6, 0.8, 1.0])
    assert peak(x, 3 - (x - top) ** 2) == pytest.approx(top)


def test_a_peak_at_an_end_is_the_end() -> None:
    assert peak([0, 1, 2], [3, 2, 1]) == 0 and peak([0, 1, 2], [1, 2, 3]) == 2


FINE = np.linspace(0, 1, 21)


def hills(best: np.ndarray, steepness: float | np.ndarray = 20.0) -> np.ndarray:
    """Each picture's PSNR, with its top at its best alpha: (N, 21)."""
    return 30 - np.broadcast_to(steepness, best.shape)[:, None] * (FINE - best[:, None]) ** 2


def test_a_line_is_found_again_and_kept_within_the_alphas() -> None:
    noise = np.linspace(0.0, 0.12, 25)
    line = AlphaLine.fitted(noise, FINE, hills((10 * noise - 0.05).clip(0, 1)))
    # noises on the grid are 0.15 / 100 apart, and alpha rises by 10 for each
    torch.testing.assert_close(line(torch.tensor([0.0, 0.05, 0.5])), torch.tensor([0.0, 0.45, 1.0]), rtol=0, atol=0.015)


def test_where_an_alpha_costs_nothing_the_line_is_not_drawn_to_the_best() -> None:
    noise = np.array([0.02, 0.05, 0.1, 0.02, 0.05, 0.1])
    best = np.array([0.2, 0.5, 1.0, 0.9, 0.0, 0.1])
    line = AlphaLine.fitted(noise, FINE, hills(best, np.array([20.0] * 3 + [1e-3] * 3)))
    torch.testing.assert_close(line(torch.tensor([0.02, 0.05, 0.1])), torch.tensor([0.2, 0.5, 1.0]), rtol=0, atol=0.02)


@pytest.mark.parametrize(
    ("noise", "pictures", "alphas"), [([0.1], 1, 21), ([0.1, 0.1], 2, 21), ([0.1, 0.2], 1, 21), ([0.1, 0.2], 2, 20)]
)
def test_a_line_through_too_little_is_refused(noise: list[float], pictures: int, alphas: int) -> None:
    with pytest.raises(DynnetError, match="a line takes two noises or more"):
        AlphaLine.fitted(noise, FINE[:alphas], np.zeros((pictures, 21)))
