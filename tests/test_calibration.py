"""Calibration: equal steps of the slider are equal steps of the curve it was computed from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynnet.calibration import Calibration
from dynnet.errors import DynnetError

ALPHAS = np.linspace(0, 1, 6)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(0, 1))
def test_the_score_is_linear_in_t_on_any_rising_curve(inner: list[float], t: float) -> None:
    scores = np.sort([0.0, *inner, 1.0])
    found = np.interp(Calibration(ALPHAS, scores)(t), ALPHAS, scores)
    assert found == pytest.approx(t, abs=1.1e-3)


def test_a_bent_curve_by_hand() -> None:
    calibration = Calibration([0, 0.5, 1], [0.1, 0.7, 0.9])
    assert [calibration(t) for t in (0, 0.375, 0.75, 0.875, 1)] == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=2e-3)
    assert isinstance(calibration(0.3), float)


@pytest.mark.parametrize("t", [-1.5, -0.25, 0, 0.3, 1, 1.25, 3])
def test_a_straight_curve_changes_nothing(t: float) -> None:
    assert Calibration(ALPHAS, 0.2 + 0.5 * ALPHAS)(t) == pytest.approx(t)


def test_alphas_need_not_begin_at_0_nor_end_at_1() -> None:
    calibration = Calibration([-1, 0, 3], [0.0, 0.2, 0.8])
    assert [calibration(t) for t in (0, 0.25, 1, 1.5, -0.5)] == pytest.approx([-1, 0, 3, 5, -3], abs=5e-3)


def test_beyond_the_ends_it_does_not_leap_where_the_scores_saturate() -> None:
    calibration = Calibration([0, 0.5, 1], [0.0, 0.999, 1.0])
    assert calibration(1.2) == pytest.approx(1.2)


def test_steps_back_are_bridged_and_the_slider_never_goes_backwards() -> None:
    calibration = Calibration(ALPHAS, [0, 0.4, 0.3, 0.4, 0.8, 0.7])
    found = [calibration(t) for t in np.linspace(-0.5, 1.5, 201)]
    assert (np.diff(found) > 0).all()
    assert calibration(0) == 0 and calibration(1) == 1
    assert calibration(0.45) < 0.25 and calibration(0.55) > 0.6  # the score is 0.4 from 0.2 to 0.6


def test_a_flat_beginning_is_crossed_at_once() -> None:
    calibration = Calibration([0, 0.5, 1], [0.2, 0.2, 0.6])
    assert calibration(0) == 0 and calibration(0.5) == pytest.approx(0.75, abs=1e-3)


def test_a_falling_attribute_is_calibrated_by_its_negative() -> None:
    scores = np.array([0.9, 0.3, 0.1])
    with pytest.raises(DynnetError, match=r"one from 0.9 to 0.1; .* give the negative"):
        Calibration([0, 0.5, 1], scores)
    assert Calibration([0, 0.5, 1], -scores)(0.375) == pytest.approx(0.25, abs=1e-3)


def test_what_is_refused() -> None:
    with pytest.raises(DynnetError, match="curve that rises"):
        Calibration(ALPHAS, [0.5, 0.9, 0.9, 0.9, 0.9, 0.5])
    for alphas, scores in (([0, 1], [0, 1, 2]), ([0], [0]), ([[0, 1]], [[0, 1]])):
        with pytest.raises(DynnetError, match="as many scores as alphas, at least 2"):
            Calibration(alphas, scores)
    for alphas, scores in (([0, 0, 1], [0, 1, 2]), ([1, 0.5, 0], [0, 1, 2]), ([0, 0.5, 1], [0, np.nan, 1])):
        with pytest.raises(DynnetError, match="rising alphas and finite scores"):
            Calibration(alphas, scores)
