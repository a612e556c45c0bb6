"""Plots: labels, alt text, and pictures on their place."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from dynnet import plots
from dynnet.errors import DynnetError

POINTS = pd.DataFrame({"setting": [0.0, 0.5, 1.0], "content": [1.0, 2.0, 4.0], "style": [0.4, 0.2, 0.1]})
FIXED = POINTS.assign(setting=[2e4, 1e5, 1e6])


@pytest.mark.parametrize(("value", "text"), [(2e4, "2·10⁴"), (1e6, "10⁶"), (250000.0, "2.5·10⁵")])
def test_lambdas_read_as_in_the_paper(value, text):
    assert plots.lambda_text(value) == text


def test_shown_carries_its_alt_text_escaped_and_closes_the_figure():
    figure = plots.new_figure(1, 1)
    html = plots.shown(figure, 'one & "two"').data
    assert 'alt="one &amp; &quot;two&quot;"' in html
    assert not plt.fignum_exists(figure.number)


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
