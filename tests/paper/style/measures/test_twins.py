"""Twins: settings with equal losses whose pictures differ most."""

import pandas as pd
import pytest
import torch

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.style.measures.twins import find_twins
from tests.tiny import Times, Twice

X = torch.full((1, 3, 4, 4), 0.5)


def net() -> DynamicNet:
    """y = 3 (1 + 5 alpha_a) (1 + 7 alpha_b)"""
    return DynamicNet(Twice(), {"a": Times(5.0), "b": Times(7.0)})


def grid(points: dict[tuple[float, float], tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame([(setting, *p) for setting, p in points.items()], columns=["setting", "content", "style"])


def test_the_most_different_of_equal_points() -> None:
    points = {
        (0.0, 0.0): (1.0, 1.0),
        (0.1, 0.0): (1.0, 1.0),  # equal to the first, y = 4.5 against 3
        (0.0, 1.0): (2.0, 2.0),
        (1.0, 0.0): (2.001, 2.0),  # equal to the one before, y = 18 against 24
        (1.0, 1.0): (9.0, 9.0),
    }
    one, other, difference = find_twins(grid(points), net(), X)
    assert {one, other} == {(0.0, 1.0), (1.0, 0.0)}
    assert difference == pytest.approx(6.0, rel=1e-5)


def test_equal_is_within_the_tolerance() -> None:
    points = grid({(0.0, 0.0): (1.0, 1.0), (1.0, 1.0): (1.1, 1.0)})  # 0.041 apart
    with pytest.raises(DynnetError, match=r"no two of 2 grid points lie within 0\.004"):
        find_twins(points, net(), X)
    assert find_twins(points, net(), X, tolerance=0.05)[2] == pytest.approx(141.0, rel=1e-5)


def test_only_the_candidates_that_are_furthest_apart_are_rendered() -> None:
    points = {(0.1 * i, 0.0): (1.0, 1.0) for i in range(5)}
    one, other, _ = find_twins(grid(points), net(), X, candidates=1)
    assert {one, other} == {(0.0, 0.0), (0.4, 0.0)}
