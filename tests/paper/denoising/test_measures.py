"""Quality along alpha, against values worked out by hand."""

import math

import numpy as np
import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.denoising.measures import AlphaLine, QualityWalk, fine_detail, peak, psnr, quality_walk, ssim


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


def test_detail_is_the_deviation_of_a_laplacian() -> None:
    ramp = torch.linspace(0, 1, 32).expand(1, 3, 32, 32)
    board = 0.5 + 0.1 * (torch.arange(32)[:, None] + torch.arange(32)).remainder(2).mul(2).sub(1).expand(1, 3, 32, 32)
    flat, fine = fine_detail(torch.cat([ramp, board])).tolist()
    assert flat == pytest.approx(0, abs=1e-5) and fine == pytest.approx(0.8, rel=1e-5)  # 8 x 0.1 at every pixel


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


def test_a_line_is_found_again_and_kept_within_what_it_was_fitted_on() -> None:
    noise = np.linspace(0.01, 0.1, 20)
    line = AlphaLine.fitted(noise, 10 * noise - 0.05)
    assert (line.slope, line.intercept) == (pytest.approx(10), pytest.approx(-0.05))
    torch.testing.assert_close(line(torch.tensor([0.0, 0.05, 1.0])), torch.tensor([0.0, 0.45, 0.95]))


@pytest.mark.parametrize(("noise", "best"), [([0.1], [1]), ([0.1, 0.1], [0, 1]), ([0.1, 0.2], [1])])
def test_a_line_through_too_little_is_refused(noise: list[float], best: list[float]) -> None:
    with pytest.raises(DynnetError, match="a line takes two noises or more"):
        AlphaLine.fitted(noise, best)
