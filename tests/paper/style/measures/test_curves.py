"""Curves in the log10 plane, checked against values worked out by hand.

The curve through (1, 100), (10, 10), (100, 1) is the line u + v = 2 of the logarithms u and v.
"""

import math

import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.style.measures.curves import (
    distance_to_curve,
    effective_lambda,
    hypervolume,
    lower_style,
    style_at_content,
)

LINE = [(1, 100), (10, 10), (100, 1)]


def test_distances_by_hand() -> None:
    points = [(10, 10), (10**0.3, 10**1.7), (10, 100), (1, 1), (1, 1000), (1e4, 1)]
    expected = [0, 0, 1 / math.sqrt(2), math.sqrt(2), 1, 2]
    assert distance_to_curve(points, LINE) == pytest.approx(expected, abs=1e-12)


def test_distance_to_one_point() -> None:
    assert distance_to_curve([(10, 1000)], [(1, 1)]) == pytest.approx([math.sqrt(10)])


def test_distances_do_not_hang_on_the_unit_of_the_losses() -> None:
    rng = np.random.default_rng(0)
    points, curve = 10 ** rng.uniform(-2, 2, (2, 5, 2))
    scale = np.array([1e-3, 57.0])
    assert distance_to_curve(points * scale, curve * scale) == pytest.approx(distance_to_curve(points, curve))


def test_a_repeated_vertex_changes_nothing() -> None:
    points = [(3, 3), (50, 90)]
    twice = [LINE[0], LINE[1], LINE[1], LINE[2]]
    assert distance_to_curve(points, twice) == pytest.approx(distance_to_curve(points, LINE))


def test_effective_lambda_at_vertices_between_them_and_beyond_the_ends() -> None:
    lambdas = [1e4, 1e5, 4e5]
    points = [*LINE, (10**0.5, 10**1.5), (10**1.5, 10**0.5), (1e-3, 1e5), (1e5, 1e-3)]
    expected = [1e4, 1e5, 4e5, 10**4.5, 2e5, 1e4, 4e5]
    assert effective_lambda(points, LINE, lambdas) == pytest.approx(expected)


def test_effective_lambda_is_that_of_the_nearest_place() -> None:
    assert effective_lambda([(10, 1000)], LINE, [1e4, 1e5, 1e6]) == pytest.approx([1e4])
    assert effective_lambda([(10**1.5, 10**1.5)], LINE, [1e4, 1e5, 1e6]) == pytest.approx([1e5])


def test_style_at_content_by_hand_and_none_beyond_the_ends() -> None:
    found = style_at_content(LINE, [1, 10**0.5, 10, 100, 0.9, 101])
    assert found[:4] == pytest.approx([100, 10**1.5, 10, 1]) and np.isnan(found[4:]).all()


def test_style_at_content_takes_the_lowest_crossing() -> None:
    bent = [(1, 100), (100, 10), (1, 1)]
    assert style_at_content(bent, [1, 10]) == pytest.approx([1, 10**0.5])
    assert style_at_content([(1, 100), (1, 10)], [1]) == pytest.approx([10])
    assert style_at_content([(1, 10), (1, 100)], [1]) == pytest.approx([10])


def share_lower(curve, other) -> float:
    return float(lower_style(curve, other)[1].mean())


def test_the_share_of_lower_style_by_hand() -> None:
    lower = [(content, style / 2) for content, style in LINE]
    assert share_lower(lower, LINE) == 1 and share_lower(LINE, lower) == 0
    crossing = [(1, 10), (100, 10)]
    assert share_lower(LINE, crossing) == pytest.approx(0.5, abs=0.02)
    assert share_lower(crossing, LINE) == pytest.approx(0.5, abs=0.02)


def test_lower_style_compares_where_both_are() -> None:
    short = [(10**1.5, 10**0.4), (100, 10**-0.1)]  # a tenth lower, and nothing left of 10^1.5
    assert share_lower(short, LINE) == 1
    with pytest.raises(DynnetError, match="share no range of content loss"):
        share_lower([(1e3, 1), (1e4, 1)], LINE)


def test_hypervolume_by_hand() -> None:
    assert hypervolume(LINE, (1000, 1000)) == pytest.approx(3 + 2 + 1)
    assert hypervolume([(10, 10)], (1000, 100)) == pytest.approx(2)
    assert hypervolume([*LINE, (100, 100)], (1000, 1000)) == pytest.approx(6)  # a dominated point adds nothing


@pytest.mark.parametrize("bad", [[(1, 0)], [(1, -1)], [(1, math.nan)], [1, 2], [(1, 2, 3)]])
def test_points_must_be_positive_pairs(bad: list) -> None:
    with pytest.raises(DynnetError, match=r"\(N, 2\) positive losses"):
        distance_to_curve(bad, LINE)
