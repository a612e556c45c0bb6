"""The comparison behind Figure 3, on curves made by hand."""

import numpy as np
import pandas as pd
import pytest

from dynnet.paper.style.measures.tradeoff import along_fixed, nearest_fixed, onto_pictures, tradeoff


def points(settings, content, style):
    return pd.DataFrame({"setting": settings, "content": content, "style": style}, dtype=float)


# style = 1 / content: a straight line in the log plane
CONTENT = np.geomspace(1, 10, 11)
DYNAMIC = points(np.linspace(0, 1, 11), CONTENT, 1 / CONTENT)
FIXED = points([2e4, 2e5, 2e6], [1, 10**0.5, 10], [1, 10**-0.5, 0.1])
WORSE = points(np.linspace(0, 1, 11), CONTENT, 1.5 / CONTENT)


def test_fixed_networks_on_the_walk_have_no_distance_and_their_own_lambda():
    numbers = tradeoff(FIXED, DYNAMIC, WORSE)
    assert numbers["fixed_largest"] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(np.array(numbers["effective_lambda"])[[0, 5, 10]], [2e4, 2e5, 2e6], rtol=1e-6)


def test_a_walk_below_the_interpolation_wins_everywhere():
    numbers = tradeoff(FIXED, DYNAMIC, WORSE)
    assert numbers["below"] == 1
    assert 1 < numbers["below_contents"][0] < numbers["below_contents"][1] < 10
    assert numbers["hypervolume"] > 1
    assert numbers["content_rises"] == numbers["style_falls"] == numbers["lambda_rises"] == 0


def test_a_walk_above_the_interpolation_loses_everywhere():
    numbers = tradeoff(FIXED, WORSE, DYNAMIC)
    assert numbers["below"] == 0
    assert numbers["below_contents"] == []
    assert numbers["hypervolume"] < 1
    assert numbers["fixed_median"] > 0


def test_a_step_back_is_counted():
    back = DYNAMIC.copy()
    back.loc[[4, 5], ["content", "style"]] = back.loc[[5, 4], ["content", "style"]].to_numpy()
    numbers = tradeoff(FIXED, back, WORSE)
    assert numbers["content_rises"] == numbers["style_falls"] == numbers["lambda_rises"] == 1


def test_a_walk_alone_is_held_against_fixed_networks_only():
    beside = FIXED.assign(style=FIXED["style"] * [1, 10**0.1, 10**0.3])  # the line falls at 45 degrees
    numbers = along_fixed(beside, DYNAMIC)
    np.testing.assert_allclose(numbers["fixed_distances"], [0, 0.1 / 2**0.5, 0.3 / 2**0.5], atol=1e-4)
    assert numbers["fixed_median"] == pytest.approx(0.1 / 2**0.5)
    assert numbers["fixed_largest"] == pytest.approx(0.3 / 2**0.5)
    assert numbers.items() <= tradeoff(beside, DYNAMIC, WORSE).items()


def test_nearest_fixed_network_is_nearest_in_the_log_plane():
    assert nearest_fixed(FIXED, pd.Series({"content": 9.0, "style": 0.12})) == 2e6
    assert nearest_fixed(FIXED, pd.Series({"content": 1.2, "style": 0.7})) == 2e4


def test_a_grid_on_fewer_pictures_is_moved_by_what_the_walk_is_off():
    some = DYNAMIC.assign(content=2 * DYNAMIC.content, style=0.5 * DYNAMIC["style"])
    moved, shift = onto_pictures(some, some, DYNAMIC)
    np.testing.assert_allclose(moved[["content", "style"]], DYNAMIC[["content", "style"]])
    np.testing.assert_allclose(shift, [-np.log10(2), np.log10(2)])
