"""The figure of two objectives shows the square, each loss over it, and every mixture by every method."""

import numpy as np
import pandas as pd
import torch

from dynnet.paper.style.measures.surface import Surface, distances
from dynnet.paper.style.pad_figure import pad_figure

ALPHAS = (0.0, 0.5, 1.0)


def test_it_draws_the_square_every_loss_and_every_mixture() -> None:
    grid = [(a, b) for a in ALPHAS for b in ALPHAS]
    points = [((a, b), 10 ** (a + b), 10**-a, 10**-b) for a, b in grid]
    surface = Surface(pd.DataFrame(points, columns=["setting", "content", "glass", "knife"]))
    fixed = pd.DataFrame([("halves", 10.0, 0.3, 0.3), ("all", 100.0, 0.1, 0.1)], columns=["setting", *surface.losses])
    square = {point: torch.full((1, 3, 8, 8), sum(point) / 2) for point in grid}
    rows = {method: {name: torch.rand(1, 3, 8, 8) for name in fixed.setting} for method in ("trained", "square")}
    figure = pad_figure(square, surface, distances(surface, fixed), rows, ("glass", "knife"))
    pictures = [ax for ax in figure.axes if ax.images]
    assert len(pictures) == len(grid) + 4
    contours = [ax for ax in figure.axes if ax.get_title().startswith(("content", "style"))]
    assert [ax.get_title() for ax in contours] == ["content loss", "style loss, glass", "style loss, knife"]
    assert all({text.get_text() for text in ax.texts} >= {"1", "2"} for ax in contours)
    # brighter to the right and upwards
    shown = {ax.get_subplotspec().colspan.start: ax for ax in pictures[: len(grid)]}
    assert len(shown) == len(ALPHAS)
    by_place = {(ax.get_position().x0, ax.get_position().y0): np.mean(ax.images[0].get_array()) for ax in pictures[:9]}
    corner, opposite = min(by_place), max(by_place)
    assert by_place[corner] < 1 and by_place[opposite] > 254
