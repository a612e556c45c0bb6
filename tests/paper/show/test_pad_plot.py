"""A pad on paper: points lie where its axes have them, and what is marked is drawn."""

import numpy as np
import pytest

from dynnet.paper.show.pad import Pad
from dynnet.paper.show.pad_plot import PadPlot


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.5, 1.5)])
def test_the_frame_is_dark_where_its_corner_is_and_y_goes_upwards(low: float, high: float) -> None:
    plot = PadPlot(Pad("glass", "knife", low, high))
    height, width = plot.picture.shape[:2]
    across, down = plot.place(low, low)
    column, row = round(across * width), round(down * height)
    assert plot.picture[row - 3 : row + 3, column - 3 : column + 3].min() < 100
    right, up = plot.place(high, high)
    assert across < right < 1 and 0 < up < down
    assert plot.place((low + high) / 2, low) == pytest.approx(((across + right) / 2, down))


def test_a_mark_is_drawn_where_it_lies_and_nowhere_else() -> None:
    bare, marked = PadPlot(Pad("x", "y")), PadPlot(Pad("x", "y", marks=[(0.25, 0.75, "here")]))
    rows, columns = np.nonzero((bare.picture != marked.picture).any(-1))
    height, width = bare.picture.shape[:2]
    across, down = marked.place(0.25, 0.75)
    assert abs(columns.min() - across * width) < 0.02 * width and abs(rows - down * height).max() < 0.1 * height
