"""The figure's parts draw what they are given."""

import numpy as np
import pandas as pd
import pytest
import torch

from dynnet.paper.denoising import figure as parts
from dynnet.paper.denoising.measures import AlphaLine
from dynnet.paper.show import plots
from tests.paper.denoising.test_comparison import WALKS, table_of


@pytest.fixture
def ax():
    return plots.new_figure(4, 3).add_subplot(111)


def texts(ax) -> set[str]:
    return {text.get_text() for text in ax.texts}


def test_a_line_per_noise_with_its_best_alpha_ringed(ax) -> None:
    parts.quality_along_alpha(ax, WALKS)
    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    rings = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
    assert len(lines) == 4 and rings == pytest.approx([walk.best_of_mean for walk in WALKS])
    np.testing.assert_allclose(lines[2].get_ydata(), WALKS[2].psnr.mean(0))
    assert texts(ax) == {"σ = 0", "σ = 0.02", "σ = 0.05", "σ = 0.1"}


def test_a_point_per_picture_and_the_line_that_predicts(ax) -> None:
    noise = {walk.sigma: [walk.sigma, walk.sigma + 0.01] for walk in WALKS}
    parts.best_along_noise(ax, noise, WALKS, AlphaLine(10.0, 0.0, 0.5))
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert [len(line.get_xdata()) for line in points] == [2] * 4
    (dashed,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert dashed.get_ydata().max() == 0.5 and "predicted" in texts(ax)


def test_every_way_has_a_mark_in_every_row(ax) -> None:
    table = table_of(WALKS)
    parts.gain_rows(ax, table)
    drawn = [list(line.get_xdata()) for line in ax.lines]
    for way in ("predicted", "best", "at_one", "weights", "fade", "fixed"):
        assert table[way].tolist() in drawn
    assert [label.get_text() for label in ax.get_yticklabels()] == ["σ = 0", "σ = 0.02", "σ = 0.05", "σ = 0.1"]


def test_ways_are_labelled_at_their_ends(ax) -> None:
    points = pd.DataFrame({"setting": [0, 1], "content": [2.0, 1.0], "style": [0.5, 3.0]})
    parts.style_plane(ax, {"our way": points, "theirs": points.assign(content=[1.0, 2.0])}, "content", "style", "")
    assert texts(ax) == {"our way", "theirs"}
    ax.figure.canvas.draw()
    page = ax.get_window_extent()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert all(page.x0 < box.x0 and box.x1 < page.x1 for box in boxes)


def test_the_best_of_a_row_is_framed() -> None:
    figure, pictures = plots.new_figure(6, 3), [torch.rand(1, 3, 8, 8)] * 3
    captions = {"a": ["0", "1", "2"], "b": ["3", "4", "5"]}
    colours = dict.fromkeys(captions, plots.INK)
    place = figure.add_gridspec(1, 1)[0]
    rows = plots.picture_rows(figure, place, {"a": pictures, "b": pictures}, captions, colours)
    parts.mark_best(rows, {"a": 1})
    thick = [ax.get_xlabel() for ax in figure.axes if ax.spines["left"].get_linewidth() > 2]
    assert thick == ["1"] and [ax.get_xlabel() for ax in figure.axes] == ["0", "1", "2", "3", "4", "5"]
