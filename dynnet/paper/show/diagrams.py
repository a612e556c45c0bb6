"""Figure 2 drawn by code: a main network, and one or several tuning-blocks between its layers (paper, section 3).

Coordinates are inches, so that a box is as wide here as on the page. Every kind of line has a colour and a place of its
own: the main network runs along the top, tuning-blocks hang below it, alpha sits between the two.
"""

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Polygon

from dynnet.atomic import atomic_path
from dynnet.paper.show import plots

WIDTH, HEIGHT = 9.6, 5.5
MAIN, BLOCK, ALPHA = plots.GREEN, plots.VERMILLION, plots.BLUE
_TINTS = {MAIN: "#E0F3EC", BLOCK: "#FBE7DA", ALPHA: "#DCEBF5", plots.INK: "#F2F2F2"}
_LINE = 1.5
_HEIGHT = 0.56  # of a box
_PLUS = 0.13  # radius of the circle of a sum
_DROP = 0.92  # from the main network down to the tuning-blocks
_WORKING_POINTS = [
    (r"$\alpha_m = 0$", r"objective $\mathcal{O}_0$", MAIN),
    (r"$0 < \alpha_m < 1$", r"emulates $\mathcal{O}_m$", ALPHA),
    (r"$\alpha_m = 1$", r"objective $\mathcal{O}_1$", BLOCK),
]


def framework() -> Figure:
    """Figure 2: (a) one tuning-block, (b) several, and what is trained in which phase.

    The figure is drawn anew at every call and belongs to the caller.
    """
    figure = plots.new_figure(WIDTH, HEIGHT)
    with matplotlib.rc_context(plots.STYLE):
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT), aspect="equal")
        ax.axis("off")
        _single_block(ax, y=4.6)
        _multi_block(ax, y=2.38)
        _legend(ax, y=0.38)
    return figure


def save(figure: Figure, folder: Path, name: str = "fig2") -> list[Path]:
    """Writes NAME.png and NAME.svg, each complete or not at all; the same figure gives the same bytes.

    Raises:
        DynnetError: the folder cannot be written.
    """
    paths = [Path(folder) / f"{name}.{suffix}" for suffix in ("png", "svg")]
    for path in paths:
        # without salt and date, matplotlib's ids and stamp make every SVG another file
        with atomic_path(path) as temporary, matplotlib.rc_context({"svg.hashsalt": name}):
            metadata = {"Date": None} if path.suffix == ".svg" else {}
            figure.savefig(temporary, dpi=180, metadata=metadata)
    return paths


def _single_block(ax: Axes, y: float) -> None:
    _heading(ax, y, "(a) single block")
    total, tail = 3.95, 5.15
    _arrow(ax, (0.82, y), (1.0, y))
    _box(ax, 1.55, y, r"$\theta_{\mathrm{head}}$", MAIN, width=1.1)
    _arrow(ax, (2.1, y), (total - _PLUS, y))
    _sum(ax, total, y)
    _arrow(ax, (total + _PLUS, y), (tail - 0.55, y))
    _box(ax, tail, y, r"$\theta_{\mathrm{tail}}$", MAIN, width=1.1)
    _arrow(ax, (tail + 0.55, y), (tail + 0.87, y))
    _output(ax, tail + 1.07, y)
    _words(ax, 2.4, y + 0.19, "$z$")
    _words(ax, (total + _PLUS + tail - 0.55) / 2, y + 0.19, "$z_m$")
    _tuning(ax, y, start=2.4, block=3.1, end=total, label=r"$\psi$", alpha=r"$\alpha_m$")
    _words(ax, tail + 0.4, y - _DROP, r"$z_m = z + \alpha_m\,\psi(z)$", size=14)
    for row, (alpha, meaning, colour) in enumerate(_WORKING_POINTS):
        place = y + 0.42 * (1 - row)
        ax.text(6.95, place, alpha, color=ALPHA, fontsize=11, va="center")
        ax.text(8.05, place, meaning, color=colour, fontsize=11, va="center")


def _multi_block(ax: Axes, y: float) -> None:
    _heading(ax, y, "(b) multi-block")
    _arrow(ax, (0.82, y), (1.0, y))
    left, pitch, width = 1.0, 2.2, 0.66
    for layer in range(4):
        middle = left + width / 2 + layer * pitch
        _box(ax, middle, y, rf"$\theta^{layer}$", MAIN, width=width)
        if layer == 3:
            _arrow(ax, (middle + width / 2, y), (middle + width / 2 + 0.32, y))
            _output(ax, middle + width / 2 + 0.52, y)
            break
        after, total = middle + width / 2, left + (layer + 1) * pitch - 0.36
        _arrow(ax, (after, y), (total - _PLUS, y))
        _sum(ax, total, y)
        _arrow(ax, (total + _PLUS, y), (left + (layer + 1) * pitch, y))
        _words(ax, after + 0.2, y + 0.19, f"$z^{layer}$")
        _tuning(ax, y, after + 0.2, (after + total) / 2 + 0.02, total, rf"$\psi^{layer}$", rf"$\alpha_m^{layer}$")


def _tuning(ax: Axes, y: float, start: float, block: float, end: float, label: str, alpha: str) -> None:
    """The side branch z -> psi -> alpha -> plus, below the main network."""
    low = y - _DROP
    ax.plot([start, start, block - 0.3], [y, low, low], color=BLOCK, linewidth=_LINE, solid_joinstyle="round", zorder=1)
    ax.plot([start], [y], "o", color=BLOCK, markersize=4.5, zorder=3)
    _arrow(ax, (block - 0.4, low), (block - 0.27, low), BLOCK)
    _box(ax, block, low, label, BLOCK, width=0.54)
    ax.plot([block + 0.27, end, end], [low, low, low + 0.3], color=BLOCK, linewidth=_LINE, zorder=1)
    _gain(ax, end, low + 0.46, alpha)
    _arrow(ax, (end, low + 0.6), (end, y - _PLUS), BLOCK)


def _legend(ax: Axes, y: float) -> None:
    ax.plot([0.3, WIDTH - 0.3], [y + 0.47, y + 0.47], color="#cccccc", linewidth=0.8)
    entries = [
        (0.3, MAIN, r"main network $\theta$", r"phase 1: trained on $\mathcal{O}_0$, then fixed"),
        (3.6, BLOCK, r"tuning-blocks $\psi$", r"phase 2: trained on $\mathcal{O}_1$ at $\alpha = 1$"),
        (7.1, ALPHA, r"slider $\alpha$", "test time: no training"),
    ]
    for x, colour, name, phase in entries:
        ax.add_patch(_rounded(x, y - 0.15, 0.3, 0.3, colour))
        ax.text(x + 0.42, y + 0.13, name, fontsize=11, fontweight="bold", color=colour, va="center")
        ax.text(x + 0.42, y - 0.14, phase, fontsize=10, va="center")


def _heading(ax: Axes, y: float, text: str) -> None:
    ax.text(0.3, y + 0.72, text, fontsize=11.5, fontweight="bold", va="center")
    _words(ax, 0.68, y, "$x$", size=14)


def _box(ax: Axes, x: float, y: float, label: str, colour: str, width: float) -> None:
    ax.add_patch(_rounded(x - width / 2, y - _HEIGHT / 2, width, _HEIGHT, colour))
    _words(ax, x, y, label, size=14)


def _rounded(x: float, y: float, width: float, height: float, colour: str) -> FancyBboxPatch:
    style = "round,pad=0,rounding_size=0.07"
    return FancyBboxPatch(
        (x, y), width, height, style, facecolor=_TINTS[colour], edgecolor=colour, linewidth=_LINE, zorder=2
    )


def _gain(ax: Axes, x: float, y: float, label: str) -> None:
    """An amplifier's triangle, pointing up: what passes is scaled by alpha."""
    corners = [(x - 0.19, y - 0.16), (x + 0.19, y - 0.16), (x, y + 0.16)]
    ax.add_patch(
        Polygon(corners, facecolor=_TINTS[ALPHA], edgecolor=ALPHA, linewidth=_LINE, joinstyle="round", zorder=2)
    )
    ax.text(x + 0.24, y - 0.02, label, color=ALPHA, fontsize=13, va="center")


def _sum(ax: Axes, x: float, y: float) -> None:
    ax.add_patch(Circle((x, y), _PLUS, facecolor="white", edgecolor=plots.INK, linewidth=_LINE, zorder=2))
    for dx, dy in ((0.075, 0), (0, 0.075)):
        ax.plot([x - dx, x + dx], [y - dy, y + dy], color=plots.INK, linewidth=_LINE, zorder=3)


def _output(ax: Axes, x: float, y: float) -> None:
    _words(ax, x, y, r"$\hat{y}_m$", size=14)


def _words(ax: Axes, x: float, y: float, text: str, size: float = 12) -> None:
    ax.text(x, y, text, fontsize=size, ha="center", va="center", zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = plots.INK) -> None:
    shape = {"arrowstyle": "-|>,head_length=0.35,head_width=0.2", "color": colour, "linewidth": _LINE}
    ax.annotate("", end, start, arrowprops=shape | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
