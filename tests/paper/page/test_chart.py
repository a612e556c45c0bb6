"""Charts have every number at its place, and round numbers at their ticks."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from dynnet.paper.page.chart import BOTTOM, LEFT, RIGHT, TOP, Axis, Chart, Curve, curve

POINTS = [(0.0, 2.0, 30.0), (0.5, 4.0, 3.0), (1.0, 40.0, 0.3)]


@pytest.mark.parametrize("log", [False, True])
def test_what_was_measured_lies_inside_and_in_its_order(log: bool) -> None:
    chart = Chart("", "", "", [Curve("a", POINTS)], log)
    places = np.array(json.loads(chart.places(chart.curves[0])))
    assert places[:, 0].tolist() == [0.0, 0.5, 1.0]
    assert (np.diff([LEFT, *places[:, 1], RIGHT]) > 0).all()
    assert (np.diff([TOP, *places[:, 2], BOTTOM]) > 0).all()  # 30 is above 0.3


def test_a_logarithmic_axis_has_equal_factors_equally_far_apart() -> None:
    axis = Axis.of([1.0, 100.0], True, LEFT, RIGHT)
    assert axis.place(10.0) - axis.place(1.0) == pytest.approx(axis.place(100.0) - axis.place(10.0), abs=0.1)


def test_the_script_s_scale_gives_the_places_of_the_curve() -> None:
    chart = Chart("", "", "", [Curve("a", POINTS)], log=True, own="mine")
    x, y = json.loads(chart.scale)
    for (_, *measured), (_, *place) in zip(POINTS, json.loads(chart.places(chart.curves[0])), strict=True):
        found = [axis["start"] + axis["factor"] * np.log10(one) for axis, one in zip((x, y), measured, strict=True)]
        assert found == pytest.approx(place, abs=0.06)


@pytest.mark.parametrize("numbers", [(0.0, 1.0), (-1.0, 2.0), (423.5, 780.0), (-0.013, 0.002), (5.0, 5.0)])
def test_ticks_are_round_numbers_at_their_places(numbers: tuple[float, float]) -> None:
    axis = Axis.of(numbers, False, LEFT, RIGHT)
    assert 3 <= len(axis.ticks) <= 6
    for place, text in axis.ticks:
        assert LEFT <= place <= RIGHT
        assert axis.place(float(text.replace("−", "-"))) == pytest.approx(place, abs=0.1)
        assert len(text.replace(".", "").strip("−0")) <= 3


def test_logarithmic_ticks() -> None:
    assert [text for _, text in Axis.of([0.3, 12.0], True, BOTTOM, TOP).ticks] == ["0.5", "1", "2", "5", "10"]


def test_a_path_goes_through_the_places_and_crosses_lie_on_them() -> None:
    line, crosses = Curve("a", POINTS), Curve("b", POINTS, crosses=True)
    chart = Chart("", "", "", [line, crosses])
    places = [place for _, *place in json.loads(chart.places(line))]
    assert [[float(x) for x in pair.split()] for pair in re.split("[ML]", chart.path(line))[1:]] == places
    corners = [[float(x) for x in pair.split()] for pair in re.findall(r"M([\d. -]+)l", chart.path(crosses))]
    assert np.allclose(np.array(corners) + 5, places)


def test_a_curve_of_a_table_has_four_digits_in_the_order_of_its_rows() -> None:
    table = pd.DataFrame({"setting": [0, 1], "x": [1 / 3, 2000.4], "y": [5, 6]})
    assert list(curve("a", table, "x", "y", follows="").points) == [(0.0, 0.3333, 5.0), (1.0, 2000.0, 6.0)]
