"""Distances from a surface of three losses, whose logarithms are known."""

import numpy as np
import pandas as pd
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.style.measures.surface import FINE, Surface, distances

ALPHAS = np.linspace(0, 1, 4)
STEP = 2 / (FINE - 1)  # what a nearest place may be off, in decades: logs rise by at most two per alpha here


def losses(first: float, second: float) -> list[float]:
    """A plane in the logarithms: content rises with both alphas, each style loss falls with its own."""
    return [10 ** (first + second), 10 ** (-2 * first), 10 ** (-2 * second)]


def table(points: list[tuple[float, float]]) -> pd.DataFrame:
    rows = [((a, b), *losses(a, b)) for a, b in points]
    return pd.DataFrame(rows, columns=["setting", "content", "glass", "knife"])


@pytest.fixture(scope="module")
def surface() -> Surface:
    return Surface(table([(a, b) for a in ALPHAS for b in ALPHAS]))


def at(first: float, second: float, content: float = 0.0) -> pd.Series:
    """A point above a place of the surface by some decades of content loss."""
    values = losses(first, second)
    return pd.Series([values[0] * 10**content, *values[1:]], ["content", "glass", "knife"])


def test_between_measured_points_logarithms_are_interpolated(surface: Surface) -> None:
    assert surface.losses == ["content", "glass", "knife"]
    found = surface.over([0.1, 0.55])
    np.testing.assert_allclose(found[0, 1], losses(0.1, 0.55), rtol=1e-9)  # the first axis is the first alpha
    np.testing.assert_allclose(found[1, 0], losses(0.55, 0.1), rtol=1e-9)


def test_a_point_of_the_surface_is_found_where_it_is(surface: Surface) -> None:
    found = surface.nearest(at(0.3, 0.8))
    assert found.alpha == pytest.approx((0.3, 0.8), abs=STEP) and found.distance < STEP


def test_a_point_beside_it_is_as_far_as_geometry_says(surface: Surface) -> None:
    """0.3 decades along content are 0.3 |cos| of the angle to the normal (2, 1, 1) of the plane."""
    found = surface.nearest(at(0.5, 0.5, content=0.3))
    assert found.distance == pytest.approx(0.3 * 2 / 6**0.5, abs=STEP)
    assert found.distance == pytest.approx(sum(value**2 for value in found.apart.values()) ** 0.5)
    assert found.apart["content"] > 0  # the point has more of it than the surface


def test_a_budget_keeps_the_sum(surface: Surface) -> None:
    whole, kept = (surface.nearest(at(0.9, 0.8), budget) for budget in (np.inf, 1.0))
    assert sum(whole.alpha) == pytest.approx(1.7, abs=2 * STEP) and sum(kept.alpha) <= 1 + 1e-9
    assert kept.distance > whole.distance + 0.5
    inside = surface.nearest(at(0.2, 0.3), 1.0)
    assert inside.distance < STEP


def test_each_network_has_its_own_place(surface: Surface) -> None:
    fixed = pd.DataFrame([{"setting": "one", **at(0.2, 0.4)}, {"setting": "other", **at(1.0, 0.0)}])
    found = distances(surface, fixed)
    assert found["one"].alpha == pytest.approx((0.2, 0.4), abs=STEP)
    assert found["other"].alpha == pytest.approx((1.0, 0.0), abs=STEP)


def test_a_grid_with_a_hole_is_refused() -> None:
    points = [(a, b) for a in ALPHAS for b in ALPHAS]
    with pytest.raises(DynnetError, match="at all points of a grid of alphas, got 15 of 16"):
        Surface(table(points[:5] + points[6:]))
    with pytest.raises(DynnetError, match="got 1 of 1"):
        Surface(table(points[:1]))
