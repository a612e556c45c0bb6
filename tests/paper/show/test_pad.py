"""The pad's half in Python: what it takes, what it refuses, and what a budget leaves."""

import json
import math

import numpy as np
import pytest
import traitlets

from dynnet.errors import DynnetError
from dynnet.paper.show.pad import Pad

MARKS = [(0.0, 1.0, "knife alone"), (-0.5, 0.25, "half")]


def wide() -> Pad:
    return Pad("glass", "knife", low=-0.5, high=1.5, marks=MARKS)


def test_it_begins_in_the_middle_and_the_browser_learns_all_of_it() -> None:
    state = wide().get_state()
    told = {"x_name": "glass", "y_name": "knife", "low": -0.5, "high": 1.5, "x": 0.5, "y": 0.5, "budget": False}
    assert told.items() <= state.items()
    assert state["marks"] == [list(mark) for mark in MARKS]


def test_marks_of_numpy_s_numbers_can_be_sent() -> None:
    place = np.float32([0.5, 0.25])
    assert json.loads(json.dumps(Pad("x", "y", marks=[(*place, "here")]).get_state()["marks"])) == [[0.5, 0.25, "here"]]


@pytest.mark.parametrize("value", [-0.5, 0, 1.5])
def test_whatever_lies_in_the_range_is_taken(value: float) -> None:
    pad = wide()
    pad.x = pad.y = value
    assert (pad.x, pad.y) == (value, value)


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("value", [-0.51, 1.51, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("how", ["set", "sent"])
def test_what_lies_outside_is_refused_and_the_dot_stays(axis: str, value: float, how: str) -> None:
    pad = wide()
    with pytest.raises(DynnetError, match=f"{axis}: expected a number from -0.5 to 1.5, got {value:g}"):
        setattr(pad, axis, value) if how == "set" else pad.set_state({axis: value})
    assert (pad.x, pad.y) == (0.5, 0.5)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (1.0, 0.0), (math.nan, 1.0), (0.0, math.inf)])
def test_a_range_that_is_none_is_refused(low: float, high: float) -> None:
    with pytest.raises(DynnetError, match="a pad's range from low up to a larger high"):
        Pad("x", "y", low, high)


@pytest.mark.parametrize("mark", [(2.0, 0.0, "far"), (0.0, math.nan, "nowhere")])
def test_a_mark_outside_is_refused(mark: tuple[float, float, str]) -> None:
    with pytest.raises(DynnetError, match="expected a number from 0 to 1"):
        Pad("x", "y", marks=[mark])


def test_the_range_is_fixed() -> None:
    with pytest.raises(traitlets.TraitError):
        wide().low = 0.0


def test_a_move_is_heard_once_both_numbers_are_there() -> None:
    pad, heard = wide(), []
    pad.observe(lambda _: heard.append((pad.x, pad.y)), ["x", "y"])
    pad.move(0.1, 0.2)
    assert set(heard) == {(0.1, 0.2)}


@pytest.mark.parametrize(
    ("point", "left"), [((0.3, 0.6), None), ((0.5, 0.5), None), ((1.0, 1.0), (0.5, 0.5)), ((1.5, -0.3), (1.25, -0.25))]
)
def test_a_budget_scales_back_what_is_beyond_and_nothing_else(
    point: tuple[float, float], left: tuple[float, float] | None
) -> None:
    pad = wide()
    assert pad.allowed(*point) == point
    pad.budget = True
    assert pad.allowed(*point) == pytest.approx(left or point, rel=1e-15)
    assert pad.allowed(*pad.allowed(*point)) == pad.allowed(*point)
