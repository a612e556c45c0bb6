"""The figure of two objectives at once: a square of pictures, its losses, and networks trained on mixtures."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.paper.show import plots
from dynnet.paper.style.measures.surface import Nearest, Surface

_CONTOURS = 101  # alphas along a side


def at_places(net: DynamicNet, nearest: Mapping[str, Nearest], x: Tensor) -> dict[str, Tensor]:
    """{mixture: picture of x at the place that is nearest to it}, of a Dynamic-Net with two sets."""
    return {name: net(x, alpha=dict(zip(net.sets, found.alpha, strict=True))) for name, found in nearest.items()}


def pad_figure(
    square: Mapping[tuple[float, float], Tensor],
    surface: Surface,
    nearest: Mapping[str, Nearest],
    rows: Mapping[str, Mapping[str, Tensor]],
    sets: Sequence[str],
) -> Figure:
    """Draws it.

    Args:
        square: {(first alpha, second alpha): picture (1, 3, H, W)}, a grid.
        surface: the losses over the square.
        nearest: {mixture: the place of the square that is nearest to the network trained on it}.
        rows: {method: {mixture: picture}}.
        sets: the names of the two sets.
    """
    figure = plots.new_figure(17, 8.4)
    outer = figure.add_gridspec(1, 2, width_ratios=[1, 1.06], wspace=0.1)
    right = outer[1].subgridspec(2, 1, height_ratios=[1, 0.75 * len(rows)], hspace=0.22)
    with matplotlib.rc_context(plots.STYLE):
        _square(figure, outer[0], square, sets)
        panels = right[0].subgridspec(1, len(surface.losses), wspace=0.28)
        for place, loss in enumerate(surface.losses):
            _contours(figure.add_subplot(panels[place]), surface, loss, nearest, sets)
    numbered = [f"{number}: {name.replace('_', ' ')}" for number, name in enumerate(nearest, 1)]
    captions = dict.fromkeys(rows, numbered)
    colours = dict(zip(rows, (plots.VERMILLION, plots.BLUE, plots.PURPLE), strict=False))
    plots.picture_rows(figure, right[1], {m: [*p.values()] for m, p in rows.items()}, captions, colours)
    return figure


def _square(
    figure: Figure,
    place: matplotlib.gridspec.SubplotSpec,
    square: Mapping[tuple[float, float], Tensor],
    sets: Sequence[str],
) -> None:
    """The first alpha to the right, the second upwards."""
    first, second = (sorted({point[axis] for point in square}) for axis in (0, 1))
    grid = place.subgridspec(len(second), len(first), wspace=0.04, hspace=0.04)
    for (right, up), picture in square.items():
        row, column = len(second) - 1 - second.index(up), first.index(right)
        ax = figure.add_subplot(grid[row, column])
        plots.picture_axes(ax, picture, "")
        if up == second[0]:
            ax.set_xlabel(f"{right:.2g}", fontsize=8.5)
        if right == first[0]:
            ax.set_ylabel(f"{up:.2g}", fontsize=8.5)
    whole = figure.add_subplot(place, frameon=False)
    whole.set(xticks=[], yticks=[])
    whole.set_xlabel(f"α of {sets[0]}", labelpad=18)
    whole.set_ylabel(f"α of {sets[1]}", labelpad=18)


def _contours(ax: Axes, surface: Surface, loss: str, nearest: Mapping[str, Nearest], sets: Sequence[str]) -> None:
    alphas = np.linspace(0, 1, _CONTOURS)
    values = surface.over(alphas)[..., surface.losses.index(loss)].T  # rows go up with the second alpha
    lines = ax.contour(alphas, alphas, values, levels=np.geomspace(values.min(), values.max(), 9)[1:-1], cmap="viridis")
    ax.clabel(lines, fmt="%.3g", fontsize=7)
    ax.plot([0, 1], [1, 0], color="#bbbbbb", linewidth=0.8, linestyle="--")
    for number, (alpha, *_) in enumerate(nearest.values(), 1):
        ax.plot(*alpha, "x", color=plots.VERMILLION, markersize=7, markeredgewidth=2, clip_on=False, zorder=5)
        beside = {"fontsize": 9, "color": plots.VERMILLION, "fontweight": "bold", "ha": "center"}
        ax.annotate(f"{number}", alpha, (0, -14), textcoords="offset points", **beside)
    ax.set(
        xlabel=f"α of {sets[0]}",
        ylabel=f"α of {sets[1]}",
        title="content loss" if loss == "content" else f"style loss, {loss}",
    )
    ax.set_aspect("equal")
    ax.title.set_fontsize(10)
