"""The figure of the other ways shows every way, seed and fixed network."""

import numpy as np
import pandas as pd
import torch

from dynnet.paper.style.ways import LABELS
from dynnet.paper.style.ways_figure import CURVES, ways_figure

CONTENT = np.geomspace(1, 10, 5)


def walk(factor: float) -> pd.DataFrame:
    return pd.DataFrame({"setting": np.linspace(0, 1, 5), "content": CONTENT, "style": factor / CONTENT})


def test_it_draws_every_way_and_seed_every_fixed_network_and_every_picture() -> None:
    points = {way: [walk(1 + 0.1 * seed) for seed in range(3)] for way in LABELS}
    numbers = {way: {"style": [1.0, 1.1, 1.3]} for way in LABELS}
    painted = {name: torch.rand(1, 3, 16, 16) for name in ("input", "main", *CURVES)}
    between = [walk(2), walk(3)]
    figure = ways_figure(points, numbers, walk(0.9), between, painted)
    plane, spreads, *pictures = figure.axes
    assert len(plane.lines) == len(between) + 3 * len(CURVES) + 1
    assert len(plane.get_legend().get_texts()) == len(CURVES) + 2
    assert [label.get_text() for label in spreads.get_yticklabels()] == list(LABELS.values())
    ranges = [tuple(line.get_xdata()) for line in spreads.lines if len(set(line.get_ydata())) == 1]
    assert ranges.count((1.0, 1.3)) == len(LABELS)
    assert len(pictures) == len(painted)
