"""The comparison of ways to tune an objective, on curves made by hand."""

import numpy as np
import pandas as pd
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.style.measures.ways import (
    alpha_for,
    beaten,
    calibration,
    comparison,
    mean_and_range,
    reach,
    style_over,
    table,
    with_ends,
)

CONTENT = np.geomspace(1, 10, 11)


def points(content, style, settings=None) -> pd.DataFrame:
    settings = np.linspace(0, 1, len(content)) if settings is None else settings
    return pd.DataFrame({"setting": settings, "content": content, "style": style}, dtype=float)


def scaled(factor: float) -> pd.DataFrame:
    """style = factor / content: a straight line in the log plane."""
    return points(CONTENT, factor / CONTENT)


def test_style_at_equal_content_is_a_ratio_of_the_range_that_both_cover() -> None:
    half_range = points(np.geomspace(3, 30, 7), 1 / np.geomspace(3, 30, 7))
    assert style_over(scaled(1.3), half_range) == pytest.approx(1.3)
    assert style_over(half_range, scaled(1.3)) == pytest.approx(1 / 1.3)
    with pytest.raises(DynnetError, match="share no range"):
        style_over(scaled(1), points([20.0, 30.0], [1.0, 0.5]))


def test_beaten_is_the_share_where_the_best_of_the_others_is_lower() -> None:
    own = scaled(1)
    assert beaten(own, [scaled(1.2), scaled(1.5)]) == 0
    assert beaten(own, [scaled(1.2), scaled(0.9)]) == 1
    assert beaten(own, [scaled(0.995)]) == 0  # within the margin
    upper_half = points(np.geomspace(10**0.5, 10, 5), 0.8 / np.geomspace(10**0.5, 10, 5))
    assert beaten(own, [upper_half]) == pytest.approx(0.5, abs=0.01)


def test_reach_ends_where_a_loss_turns() -> None:
    settings = [-1.0, -0.5, 0.0, 1.0, 1.5, 2.0]
    all_the_way = points([0.5, 0.8, 1, 5, 6, 7], [9, 8, 7, 3, 2, 1], settings)
    assert reach(all_the_way) == (-1.0, 2.0)
    turning = points([1.2, 0.8, 1, 5, 6, 7], [9, 8, 7, 3, 2, 2.5], settings)
    assert reach(turning) == (-0.5, 1.5)
    nowhere = points([0.5, 1.1, 1, 5, 6, 7], [9, 8, 7, 3, 3.1, 1], settings)
    assert reach(nowhere) == (0.0, 1.0)


def test_a_way_as_good_as_fixed_networks_has_no_distance_and_ratio_one() -> None:
    fixed = points([1, 10**0.5, 10], [1, 10**-0.5, 0.1], [2e4, 2e5, 2e6])
    numbers = comparison({"good": [scaled(1), scaled(1.01)], "poor": [scaled(2)]}, fixed, [scaled(1.5)])
    assert numbers["good"]["near"][0] == pytest.approx(0, abs=1e-9)
    assert numbers["good"]["style"] == pytest.approx([1, 1.01])
    assert numbers["good"]["wrong"] == [0, 0]
    assert numbers["good"]["beaten"] == [0, 0] and numbers["poor"]["beaten"] == [1]
    assert min(numbers["good"]["hypervolume"]) > numbers["poor"]["hypervolume"][0] > 0


def test_a_wrong_step_of_either_loss_counts() -> None:
    fixed = points([1, 10], [1, 0.1], [2e4, 2e6])
    bent = points([1, 3, 2.5, 10], [1, 0.5, 0.6, 0.1])
    assert comparison({"bent": [bent]}, fixed, [scaled(2)])["bent"]["wrong"] == [2]


def test_spread_over_seeds() -> None:
    assert mean_and_range([3, 1, 2]) == (2, (1, 3))
    assert table({"a": {"style": [1.0, 3.0]}}).loc["a", "style"] == "2 (1 to 3)"


def test_equal_steps_of_lambda_whatever_alpha_makes_of_them() -> None:
    fixed = points([1, 10**0.5, 10], [1, 10**-0.5, 0.1], [2e4, 2e5, 2e6])
    late = points(CONTENT, 1 / CONTENT, np.linspace(0, 1, 11) ** 0.5)  # half of the way at alpha = 0.71
    assert [calibration(late, fixed)(t) for t in (0, 0.5, 1)] == pytest.approx([0, 0.5**0.5, 1], abs=2e-3)
    assert alpha_for(late, fixed, 2e5) == pytest.approx(0.5**0.5, abs=2e-3)
    assert np.isnan(alpha_for(late, fixed, 3e6)) and np.isnan(alpha_for(late, fixed, 1e4))


def test_a_walk_between_fixed_networks_ends_at_them() -> None:
    fixed = pd.DataFrame({"setting": [5.0, 7.0, 9.0], "content": [1.0, 2.0, 3.0], "style": [6.0, 5.0, 4.0]})
    inner = pd.DataFrame({"setting": [0.5], "content": [1.5], "style": [4.5]})
    found = with_ends(inner, fixed, 5.0, 9.0)
    assert found.to_numpy().tolist() == [[0.0, 1.0, 6.0], [0.5, 1.5, 4.5], [1.0, 3.0, 4.0]]
    assert list(found) == list(inner)
