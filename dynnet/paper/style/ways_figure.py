"""The figure of the other ways: their curves on one plane, how good each is over its seeds, and what each paints."""

from collections.abc import Iterable, Mapping, Sequence

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from dynnet.paper.show import plots
from dynnet.paper.style.measures.ways import mean_and_range
from dynnet.paper.style.ways import FIGURE_3, FIGURE_3_ALONG, LABELS

CURVES = {
    "along": (plots.BLUE, "o"),
    "at_one": (plots.SKY, "s"),
    "coupled": (plots.PURPLE, "D"),
    "all_weights": (plots.GREEN, "^"),
    "low_rank_24": (plots.ORANGE, "v"),
    "low_rank_4": ("#A0A000", "<"),
    "norms": ("#8C564B", ">"),
    "conditioned": (plots.INK, "P"),
    FIGURE_3: ("#666666", "."),
    FIGURE_3_ALONG: ("#C03060", "*"),
}
_CAPTIONS = {"input": "input", "main": "main network,\nα = 0"}


def ways_figure(
    points: Mapping[str, Sequence[pd.DataFrame]],
    numbers: Mapping[str, Mapping[str, Sequence[float]]],
    fixed: pd.DataFrame,
    between: Iterable[pd.DataFrame],
    painted: Mapping[str, Tensor],
) -> Figure:
    """Draws it.

    Args:
        points: {way: working points of each seed}.
        numbers: {way: {number: of each seed}} as `comparison` gives them.
        fixed: working points of networks trained one by one.
        between: those of walks between two of these.
        painted: one photo (1, 3, H, W) as `input`, by the `main` network and by each way.
    """
    figure = plots.new_figure(16, 8.6)
    outer = figure.add_gridspec(2, 1, height_ratios=[2.6, 1], hspace=0.22)
    upper = outer[0].subgridspec(1, 2, width_ratios=[1.7, 1], wspace=0.42)
    with matplotlib.rc_context(plots.STYLE):
        _plane(figure.add_subplot(upper[0]), points, fixed, between)
        _spreads(figure.add_subplot(upper[1]), {way: of_way["style"] for way, of_way in numbers.items()})
    captions = [_CAPTIONS.get(name) or _in_lines(LABELS[name]) for name in painted]
    plots.picture_rows(
        figure, outer[1], {"α = 0.5": list(painted.values())}, {"α = 0.5": captions}, {"α = 0.5": plots.INK}
    )
    return figure


def _in_lines(label: str) -> str:
    """As narrow as a picture."""
    label = label.replace("low-rank changes", "low-rank\nchanges")
    return label.replace(", ", ",\n").replace(" for every", "\nfor every").replace(" along the", "\nalong the")


def _plane(
    ax: Axes, points: Mapping[str, Sequence[pd.DataFrame]], fixed: pd.DataFrame, between: Iterable[pd.DataFrame]
) -> None:
    for place, walk in enumerate(between):
        label = "between two fixed networks: pictures, weights" if place == 0 else None
        ax.plot(walk.content, walk["style"], color="#cccccc", linewidth=0.8, zorder=1, label=label)
    for way, (colour, marker) in CURVES.items():
        for seed, walk in enumerate(points[way]):
            look = {"marker": marker, "label": LABELS[way]} if seed == 0 else {"alpha": 0.45}
            ax.plot(walk.content, walk["style"], color=colour, markersize=4, linewidth=1.5, zorder=3, **look)
    ax.plot(fixed.content, fixed["style"], "x", color=plots.VERMILLION, markersize=9, markeredgewidth=2.2, zorder=5,
            label="fixed networks, one per λ")  # fmt: skip
    plots.log_axes(ax)
    ax.legend(fontsize=8)


def _spreads(ax: Axes, values: Mapping[str, Sequence[float]]) -> None:
    """A row per way: its mean, and a line from the lowest to the highest of its seeds."""
    for row, (way, of_seeds) in enumerate(values.items()):
        mean, (low, high) = mean_and_range(of_seeds)
        colour, marker = CURVES.get(way, (plots.INK, "."))
        ax.plot((low, high), (row, row), color=colour, linewidth=2.5)
        ax.plot(mean, row, marker, color=colour, markersize=6)
    ax.axvline(1, color=plots.VERMILLION, linewidth=1)
    ax.set_yticks(range(len(values)), [LABELS[way] for way in values])
    ax.invert_yaxis()
    ax.set_xlabel("style loss over the fixed networks', at equal content loss")
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    ax.set_axisbelow(True)
