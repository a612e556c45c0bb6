"""Plots: labels, alt text, and pictures on their place."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.show import plots

POINTS = pd.DataFrame({"setting": [0.0, 0.5, 1.0], "content": [1.0, 2.0, 4.0], "style": [0.4, 0.2, 0.1]})
FIXED = POINTS.assign(setting=[2e4, 1e5, 1e6])


@pytest.mark.parametrize(("value", "text"), [(2e4, "2·10⁴"), (1e6, "10⁶"), (250000.0, "2.5·10⁵")])
def test_lambdas_read_as_in_the_paper(value, text):
    assert plots.lambda_text(value) == text


def test_shown_carries_its_alt_text_escaped():
    html = plots.shown(plots.new_figure(1, 1), 'one & "two"').data
    assert 'alt="one &amp; &quot;two&quot;"' in html


def test_a_new_figure_is_unknown_to_pyplot_and_can_be_drawn():
    known = plt.get_fignums()
    figure = plots.new_figure(2, 1)
    figure.canvas.draw()
    assert plt.get_fignums() == known == []
    height, width, _ = np.asarray(figure.canvas.buffer_rgba()).shape
    assert width == 2 * height and figure.get_facecolor() == (1, 1, 1, 1)


def test_shown_refuses_an_empty_alt_text():
    with pytest.raises(DynnetError, match="alt text"):
        plots.shown(plots.new_figure(1, 1), " ")


def test_objective_space_labels_every_lambda_and_both_ends():
    axes = plots.new_figure(4, 3).add_subplot()
    plots.objective_space(axes, FIXED, POINTS, POINTS, POINTS)
    texts = {text.get_text() for text in axes.texts}
    assert texts == {"λ=2·10⁴", "λ=10⁵", "λ=10⁶", "α=0", "α=1"}
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert len(axes.get_legend_handles_labels()[1]) == 4


@pytest.mark.parametrize("size", [(4.6, 3.6), (4, 3)])
def test_labels_of_the_objective_space_keep_clear_of_axes_and_of_each_other(size):
    figure = plots.new_figure(*size)
    axes = figure.add_axes((0.15, 0.15, 0.8, 0.8))
    plots.objective_space(axes, FIXED, POINTS)
    figure.canvas.draw()
    page = axes.get_window_extent()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert all(page.x0 < box.x0 and box.x1 < page.x1 and page.y0 < box.y0 and box.y1 < page.y1 for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert min(text.get_zorder() for text in axes.texts) > max(line.get_zorder() for line in axes.lines)


def test_picture_rows_have_a_label_each_and_a_caption_under_every_picture():
    figure = plots.new_figure(4, 3)
    rows = {"one": [torch.rand(1, 3, 16, 16)] * 2, "two": [torch.rand(1, 3, 16, 16)]}
    captions = {"one": ["a", "b"], "two": ["c"]}
    plots.picture_rows(figure, figure.add_gridspec(1, 1)[0], rows, captions, dict.fromkeys(rows, plots.BLUE))
    assert [axes.get_xlabel() for axes in figure.axes] == ["a", "b", "c"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["one", "", "two"]


def test_crop_is_the_square_named():
    picture = torch.arange(3 * 8 * 8, dtype=torch.float32).reshape(1, 3, 8, 8)
    assert torch.equal(plots.crop(picture, left=2, top=3, side=4), picture[..., 3:7, 2:6])


def test_a_sheet_lays_pictures_in_rows_on_white() -> None:
    faces = torch.rand(3, 3, 4, 5)
    sheet = plots.sheet(faces, columns=2, gap=1)
    assert sheet.shape == (1, 3, 2 * 4 + 1, 2 * 5 + 1)
    assert torch.equal(sheet[0, :, :4, :5], faces[0]) and torch.equal(sheet[0, :, :4, 6:], faces[1])
    assert torch.equal(sheet[0, :, 5:, :5], faces[2])
    assert (sheet[0, :, 5:, 6:] == 1).all() and (sheet[0, :, 4] == 1).all()
    assert torch.equal(plots.sheet(faces[:1], columns=2), faces[:1])
