"""Gains and claims, from walks that are worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from dynnet.paper.denoising.comparison import claimed, gains, style_numbers
from dynnet.paper.denoising.measures import QualityWalk

ALPHAS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


def walk(sigma: float, top: float, height: float, pictures: int = 2) -> QualityWalk:
    """Every picture a parabola with its top there."""
    psnr = np.tile(height - 16 * (ALPHAS - top) ** 2, (pictures, 1))
    return QualityWalk(sigma, ALPHAS, psnr, psnr)


WALKS = [walk(0.0, 0.0, 40), walk(0.02, 0.25, 34), walk(0.05, 0.5, 31), walk(0.1, 1.0, 28)]
LOWER = [walk(w.sigma, w.best_of_mean, w.at_best[0] - 0.5) for w in WALKS]
FIXED = [w.at_best + 0.3 for w in WALKS]
PREDICTED = [w.at_best - 0.4 for w in WALKS]
AT_ONE = [walk(w.sigma, w.best_of_mean, w.at_best[0] - 0.2) for w in WALKS]


def table_of(walks: list[QualityWalk], lower: list[QualityWalk] = LOWER) -> pd.DataFrame:
    return gains(walks, PREDICTED, AT_ONE, lower, lower, FIXED)


def test_gains_are_over_the_network_as_it_is() -> None:
    table = table_of(WALKS)
    assert table.best.tolist() == pytest.approx([0, 1, 4, 16])
    assert table.shared.tolist() == pytest.approx([0, 1, 4, 16])
    assert (table.best - table.predicted).tolist() == pytest.approx([0.4] * 4)
    assert (table.fixed - table.best).tolist() == pytest.approx([0.3] * 4)
    assert (table.best - table.weights).tolist() == pytest.approx([0.5] * 4)
    assert (table.best - table.at_one).tolist() == pytest.approx([0.2] * 4)


def test_the_claims_numbers() -> None:
    numbers = claimed(WALKS, table_of(WALKS))
    assert numbers == pytest.approx(
        {
            "rises": 0.25,
            "recovered": 4.0,
            "untrained": 1.0,
            "behind_fixed_0": 0.3,
            "behind_fixed_2": 0.3,
            "behind_fixed_5": 0.3,
            "behind_fixed_10": 0.3,
            "over_weights": 0.5,
            "over_fade": 0.5,
            "predicted": 0.6,
            "predicted_clean": 0.4,
        }
    )


def test_a_best_alpha_that_does_not_rise_is_no_rise() -> None:
    same = [WALKS[0], walk(0.02, 0.5, 34), walk(0.05, 0.5, 31), WALKS[3]]
    assert claimed(same, table_of(same))["rises"] == pytest.approx(0)


@pytest.mark.parametrize("ahead", [0, 1, 2, 3])
def test_interpolation_is_compared_between_its_ends(ahead: int) -> None:
    """Where there is no noise, and at the strongest, a share is one of the two networks."""
    others = [walk(w.sigma, w.best_of_mean, w.at_best[0] + (1 if i == ahead else -0.5)) for i, w in enumerate(WALKS)]
    numbers = claimed(WALKS, table_of(WALKS, others))
    expected = -1.0 if ahead in (1, 2) else 0.5
    assert (numbers["over_weights"], numbers["over_fade"]) == pytest.approx((expected, expected))


def test_one_alpha_for_all_gains_less_than_one_for_each() -> None:
    each = walk(0.05, 0.25, 31, 1), walk(0.05, 0.75, 31, 1)
    mixed = QualityWalk(0.05, ALPHAS, np.concatenate([w.psnr for w in each]), np.concatenate([w.psnr for w in each]))
    table = gains([mixed], PREDICTED[2:3], AT_ONE[2:3], LOWER[2:3], LOWER[2:3], FIXED[2:3])
    assert table.best.item() - table.shared.item() == pytest.approx(16 * 0.25**2)


def test_the_style_networks_numbers() -> None:
    def walked(content: list[float], style: list[float]) -> pd.DataFrame:
        return pd.DataFrame({"setting": [0.0, 0.5, 1.0], "content": content, "style": style})

    points = {
        "towards the photo": walked([40, 42, 10], [0, 1, 2]),
        "to our drawing": walked([40, 30, 20], [3, 2, 0.6]),
        "its own mixture": walked([40, 30, 20], [3, 1.2, 2]),
    }
    wanted = {"weaker": 0.25, "weaker_steps": 1, "drawing": 0.2, "over_mixture": 0.5}
    assert style_numbers(points) == pytest.approx(wanted)
