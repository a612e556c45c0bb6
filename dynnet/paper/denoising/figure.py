"""The figure of the networks of others: crops along alpha, quality along alpha, the best alpha, and two styles."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from dynnet.paper.denoising.measures import AlphaLine, QualityWalk
from dynnet.paper.show import plots

_HALO = [withStroke(linewidth=2.5, foreground="white")]
_NOISES = (plots.INK, plots.SKY, plots.BLUE, plots.PURPLE)  # by rising sigma
_MARKS = "osD^"
_WAYS = {
    "predicted": ("α from the measured noise", "o", plots.SKY),
    "best": ("α best for each picture", "o", plots.BLUE),
    "at_one": ("the same, blocks trained at α = 1 alone", "^", plots.PURPLE),
    "weights": ("weight interpolation, best share", "s", plots.GREEN),
    "fade": ("cross-fade, best share", "D", plots.ORANGE),
    "fixed": ("network fine-tuned for this σ", "x", plots.VERMILLION),
}


def mark_best(rows: Mapping[str, Sequence[Axes]], best: Mapping[str, int]) -> None:
    """Frames the picture that is best in its row, thick and blue.

    Args:
        rows: as `plots.picture_rows` gives them.
        best: {label: number of the best picture in its row}; a row may lack one.
    """
    for label, number in best.items():
        ax = rows[label][number]
        ax.spines[:].set(color=plots.BLUE, linewidth=3.0)
        ax.xaxis.label.set(color=plots.BLUE, fontweight="bold")


def quality_along_alpha(ax: Axes, walks: Sequence[QualityWalk]) -> None:
    """Mean PSNR along alpha, a line for each amount of noise, its highest point ringed."""
    with matplotlib.rc_context(plots.STYLE):
        for walk, colour, mark in zip(walks, _NOISES, _MARKS, strict=False):
            mean = walk.psnr.mean(0)
            ax.plot(walk.alphas, mean, f"{mark}-", color=colour, markersize=4, linewidth=1.8)
            ax.plot(walk.best_of_mean, np.interp(walk.best_of_mean, walk.alphas, mean), "o", markersize=11,
                    markerfacecolor="none", markeredgecolor=plots.ORANGE, markeredgewidth=2)  # fmt: skip
            ax.annotate(f"σ = {walk.sigma:g}", (walk.alphas[0], mean[0]), (-6, 0), textcoords="offset points",
                        ha="right", va="center", color=colour, fontweight="bold", path_effects=_HALO)  # fmt: skip
        ax.set(xlabel="α", ylabel="PSNR, dB (mean)", title="ringed: the best α of the mean")
        ax.margins(x=0.06)
        left, right = ax.get_xlim()
        ax.set_xlim(left - 0.2 * (right - left), right)  # room for the labels
        _plain(ax)


def best_along_noise(
    ax: Axes, noise: Mapping[float, Sequence[float]], walks: Sequence[QualityWalk], line: AlphaLine
) -> None:
    """Each picture's best alpha over the noise that is measured in its mosaic, and the line that predicts it.

    Args:
        noise: {sigma: measured noise of each picture}.
        line: fitted on other pictures.
    """
    with matplotlib.rc_context(plots.STYLE):
        for walk, colour, mark in zip(walks, _NOISES, _MARKS, strict=False):
            x = np.asarray(noise[walk.sigma], dtype=float)
            ax.plot(x, walk.best, mark, color=colour, markersize=5, alpha=0.75, markeredgewidth=0)
            ax.annotate(f"σ = {walk.sigma:g}", (x.max(), np.median(walk.best)), (8, -3), textcoords="offset points",
                        color=colour, fontweight="bold", path_effects=_HALO)  # fmt: skip
        ends = np.array([0.0, max(max(x) for x in noise.values())])
        fine = np.linspace(*ends, 50)
        predicted = np.clip(line.slope * fine + line.intercept, 0, line.highest)
        ax.plot(fine, predicted, "--", color=plots.ORANGE, linewidth=1.8, zorder=1)
        ax.annotate("predicted", (fine[25], predicted[25]), (-10, 12), textcoords="offset points", ha="right",
                    color=plots.ORANGE, fontweight="bold", path_effects=_HALO)  # fmt: skip
        ax.set(xlabel="noise measured in the mosaic", ylabel="best α of a picture", title="the default of the slider")
        ax.margins(x=0.16)
        _plain(ax)


def gain_rows(ax: Axes, gained: pd.DataFrame) -> None:
    """What each way gains over the network as it is, a row for each amount of noise.

    Args:
        gained: as `comparison.gains` gives it.
    """
    with matplotlib.rc_context(plots.STYLE):
        places = np.arange(len(gained))
        shifts = np.linspace(-0.26, 0.26, len(_WAYS))
        for (way, (label, mark, colour)), shift in zip(_WAYS.items(), shifts, strict=True):
            rim = 2.2 if mark == "x" else 0
            ax.plot(gained[way], places + shift, mark, color=colour, markersize=7, markeredgewidth=rim, label=label)
        ax.axvline(0, color=plots.INK, linewidth=1)
        ax.set(yticks=places, yticklabels=[f"σ = {sigma:g}" for sigma in gained.index], ylim=(len(gained) - 0.4, -2.3))
        ax.set(
            xlabel="PSNR over that of the network as it is, dB", title="gained, by a choice after training or before"
        )
        ax.legend(fontsize=7.5, loc="upper right")  # above the rows
        _plain(ax)


def style_plane(ax: Axes, walks: Mapping[str, pd.DataFrame], xlabel: str, ylabel: str, title: str) -> None:
    """Style loss against content loss, one line per way, labelled at its end.

    Args:
        walks: {label: working points (setting, content, style)}; ours first.
    """
    with matplotlib.rc_context(plots.STYLE):
        looks = (("o-", plots.BLUE), ("s-", plots.GREEN), ("D-", plots.ORANGE))
        for points, (look, colour) in zip(walks.values(), looks, strict=False):
            ax.plot(points.content, points["style"], look, color=colour, markersize=4, linewidth=1.8)
        ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
        ax.margins(0.1, 0.2)
        middle = sum(ax.get_xlim()) / 2
        for (label, points), (_, colour) in zip(walks.items(), looks, strict=False):
            start, end = points.iloc[0], points.iloc[-1]
            side = "left" if end.content < middle else "right"  # away from the axis that it is near
            above = 9 if end["style"] > start["style"] else -15  # and from its own line
            ax.annotate(label, (end.content, end["style"]), (0, above), textcoords="offset points", ha=side,
                        color=colour, fontsize=8, fontweight="bold", path_effects=_HALO)  # fmt: skip
        _plain(ax)


def _plain(ax: Axes) -> None:
    ax.title.set_fontsize(10)
    ax.tick_params(labelsize=8)
    ax.grid(color="#e6e6e6", linewidth=0.6)
    ax.set_axisbelow(True)
