"""Figures: rows of pictures, the objective-space plot, and pictures that carry their alt text.

Colours are Okabe and Ito's, told apart by colour-blind readers too; every series has a marker or a label besides.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib
import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import to_picture

BLUE, SKY, GREEN, INK = "#0072B2", "#56B4E9", "#009E73", "#222222"
VERMILLION, ORANGE, PURPLE = "#D55E00", "#E69F00", "#CC79A7"
STYLE = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "figure.facecolor": "white",
}
_DPI = 110  # of figures in a notebook
_MARKERS = "osD^v"


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches, in the look that all figures share.

    It is unknown to pyplot: at the end of a cell Jupyter would show it once more. Display it with `shown`.
    """
    with matplotlib.rc_context(STYLE):
        return FigureCanvasAgg(Figure(figsize=(width, height))).figure


def shown(figure: Figure, alt: str) -> HTML:
    """The figure for a notebook, as an image with alt text.

    Raises:
        DynnetError: the alt text is empty.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, bbox_inches="tight")
    return image_html(buffer.getvalue(), "png", alt)


def image_html(data: bytes, kind: str, alt: str) -> HTML:
    """The bytes of a picture file (`kind`: png, gif) for a notebook, with its alt text.

    Raises:
        DynnetError: the alt text is empty.
    """
    if not alt.strip():
        raise DynnetError("a picture needs an alt text that says what it shows")
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return HTML(f'<img alt="{html.escape(alt)}" style="max-width:100%" src="{source}">')


def picture_rows(
    figure: Figure,
    place: SubplotSpec,
    rows: Mapping[str, Sequence[Tensor]],
    captions: Mapping[str, Sequence[str]],
    colours: Mapping[str, str],
    frame: float = 1.1,
) -> dict[str, list[Axes]]:
    """A table of pictures: a coloured label before each row, a caption under each picture.

    Args:
        rows: {label: pictures (1, 3, H, W) in [0, 1]}; rows may differ in length.
        captions, colours: by the same labels.

    Returns:
        Each row's axes, by the same labels.
    """
    with matplotlib.rc_context(STYLE):
        columns = max(len(pictures) for pictures in rows.values())
        grid = place.subgridspec(len(rows), columns, wspace=0.04, hspace=0.14)
        made: dict[str, list[Axes]] = {}
        for r, (label, pictures) in enumerate(rows.items()):
            made[label] = [figure.add_subplot(grid[r, c]) for c in range(len(pictures))]
            for c, picture in enumerate(pictures):
                picture_axes(made[label][c], picture, captions[label][c], colours[label], frame)
            made[label][0].set_ylabel(label, color=colours[label], fontsize=10, fontweight="bold")
        return made


def picture_axes(ax: Axes, picture: Tensor, caption: str, colour: str = INK, frame: float = 1.1) -> None:
    """One picture in a coloured frame of `frame` points, with its caption below."""
    ax.imshow(to_picture(picture), interpolation="lanczos")
    ax.set(xticks=[], yticks=[])
    ax.set_xlabel(caption, fontsize=8.5, labelpad=2)
    for spine in ax.spines.values():
        spine.set(visible=True, color=colour, linewidth=frame)


def sheet(pictures: Tensor, columns: int, gap: int = 1) -> Tensor:
    """Pictures side by side on white, up to `columns` to a row, `gap` pixels apart.

    Shape: (N, 3, H, W) -> (1, 3, rows * (H + gap) - gap, columns * (W + gap) - gap).
    """
    height, width = (side + gap for side in pictures.shape[2:])
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    white = pictures.new_ones(1, 3, rows * height - gap, columns * width - gap)
    for place, picture in enumerate(pictures):  # not by torchvision, which takes longer to import than all else here
        top, left = place // columns * height, place % columns * width
        white[0, :, top : top + height - gap, left : left + width - gap] = picture
    return white


def mark_patch(ax: Axes, left: int, top: int, side: int) -> None:
    """Frames the square that a zoomed patch shows, at (left, top) with sides of `side` pixels."""
    ax.add_patch(Rectangle((left, top), side, side, fill=False, edgecolor=ORANGE, linewidth=1.6))


def objective_space(
    ax: Axes,
    fixed: pd.DataFrame,
    dynamic: pd.DataFrame,
    interpolation: pd.DataFrame | None = None,
    grid: pd.DataFrame | None = None,
    kin: pd.DataFrame | None = None,
) -> None:
    """The plot of Figure 3: style loss against content loss, both logarithmic.

    Args:
        fixed, dynamic, interpolation, grid: working points as `measure` gives them (setting, content, style).
        kin: those of image interpolation with a network that began as the main network.
    """
    with matplotlib.rc_context(STYLE):
        if grid is not None:
            ax.plot(grid.content, grid["style"], ".", color=SKY, markersize=2.5, alpha=0.55, zorder=1,
                    label=f"Dynamic-Net, {len(grid):,} settings of the blocks")  # fmt: skip
        if interpolation is not None:
            ax.plot(interpolation.content, interpolation["style"], "s-", color=GREEN, markersize=4, linewidth=1.6,
                    zorder=3, label="image interpolation")  # fmt: skip
        if kin is not None:
            ax.plot(kin.content, kin["style"], "--", color=GREEN, linewidth=1.4, zorder=3,
                    label="image interpolation, common start")  # fmt: skip
        ax.plot(dynamic.content, dynamic["style"], "o-", color=BLUE, markersize=4, linewidth=2, zorder=4,
                label="Dynamic-Net, one α for all blocks")  # fmt: skip
        ax.plot(fixed.content, fixed["style"], "x", color=VERMILLION, markersize=9, markeredgewidth=2.2, zorder=5,
                label="fixed networks, one per λ")  # fmt: skip
        halo = [withStroke(linewidth=2.5, foreground="white")]
        label = {"textcoords": "offset points", "path_effects": halo, "zorder": 6}  # above every line
        for i, point in enumerate(fixed.itertuples()):
            # the weakest networks lie close together: the first three labels keep out of each other's way
            offset = (-8, (5, -9, -12)[min(i, 2)])
            ax.annotate(f"λ={lambda_text(point.setting)}", (point.content, point.style), offset, ha="right",
                        fontsize=8, color=VERMILLION, **label)  # fmt: skip
        for end in (dynamic.iloc[0], dynamic.iloc[-1]):
            ax.annotate(f"α={end.setting:g}", (end.content, end["style"]), (7, 4), fontsize=9, fontweight="bold",
                        color=BLUE, **label)  # fmt: skip
        log_axes(ax)
        ax.margins(0.3, 0.2)  # room for the labels of both ends


def lines(ax: Axes, tables: Mapping[str, pd.DataFrame], x: str, y: str, colours: Mapping[str, str]) -> None:
    """One line per table, through its columns `x` and `y`, told apart by colour, marker and legend.

    Args:
        tables, colours: by the same labels; from the sixth table on, markers come again.
    """
    with matplotlib.rc_context(STYLE):
        for (label, table), marker in zip(tables.items(), cycle(_MARKERS), strict=False):
            ax.plot(table[x], table[y], f"{marker}-", color=colours[label], markersize=4, linewidth=1.8, label=label)
        _plain(ax)


def distortion_plane(ax: Axes, curves: Mapping[str, pd.DataFrame], fixed: Mapping[str, Sequence[float]]) -> None:
    """Realism against L1 in the hole, better to the upper left.

    Args:
        curves: up to four walks, as `CompletionWalk.means` gives them (setting, l1, realism).
        fixed: {label: (l1, realism)} of networks with one working point.
    """
    looks = (("o-", BLUE), ("s-", GREEN), ("^-", ORANGE), ("d-", SKY))
    beside = {"textcoords": "offset points", "fontsize": 8}
    with matplotlib.rc_context(STYLE):
        for (label, means), (look, colour) in zip(curves.items(), looks, strict=False):
            ax.plot(means.l1, means.realism, look, color=colour, markersize=4, linewidth=1.8, label=label)
            for end in (means.iloc[0], means.iloc[-1]):
                ax.annotate(f"{end.setting:g}", (end.l1, end.realism), (5, -9), color=colour, **beside)
        for label, (l1, realism) in fixed.items():
            ax.plot(l1, realism, "x", color=VERMILLION, markersize=9, markeredgewidth=2.2)
            ax.annotate(label, (l1, realism), (-9, -2), ha="right", color=VERMILLION, **beside)
        ax.set(xlabel="L1 in the hole (0 is perfect)", ylabel="realism (critic's mean logit)")
        ax.margins(0.1)
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom, top + 0.4 * (top - bottom))  # the legend's place, clear of curves and labels
        ax.legend(fontsize=8, loc="upper left")
        _plain(ax)


def alpha_histogram(ax: Axes, best: ArrayLike, settings: ArrayLike) -> None:
    """How many pictures have their best alpha, (N,), at which of the ascending settings, (K,)."""
    best, settings = np.asarray(best), np.asarray(settings)
    counts, interior = (best[:, None] == settings).sum(0), (settings > 0) & (settings < 1)
    with matplotlib.rc_context(STYLE):
        for inside, colour, label in ((interior, BLUE, "0 < α < 1"), (~interior, INK, "an end")):
            ax.bar(settings[inside], counts[inside], 0.8 * np.diff(settings).min(), color=colour, label=label)
        ax.set(xlabel="best α of a face", ylabel=f"faces, of {len(best):,}")
        ax.legend(fontsize=8)
        _plain(ax)


def log_axes(ax: Axes) -> None:
    """Logarithmic axes with plain numbers on the ticks that fall inside."""
    with matplotlib.rc_context(STYLE):
        ax.set(xscale="log", yscale="log", xlabel="content loss (log scale)", ylabel="style loss (log scale)")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_minor_formatter(lambda value, _: f"{value:g}" if _leading_digit(value) in (2, 5) else "")
        ax.margins(0.15, 0.14)
        _plain(ax)


def lambda_text(value: float) -> str:
    """200000.0 -> 2·10⁵"""
    exponent = int(np.floor(np.log10(value)))
    superscript = str(exponent).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    leading = f"{value / 10**exponent:.2g}"
    return f"10{superscript}" if leading == "1" else f"{leading}·10{superscript}"


def crop(picture: Tensor, left: int, top: int, side: int) -> Tensor:
    """The square of a picture at (left, top), in pixels: (1, 3, H, W) -> (1, 3, side, side)."""
    return picture[..., top : top + side, left : left + side]


def _plain(ax: Axes) -> None:
    """What all plots share: small ticks, no frame above and to the right, a light grid behind everything."""
    ax.tick_params(which="both", labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(which="both", color="#e6e6e6", linewidth=0.6)
    ax.set_axisbelow(True)


def _leading_digit(value: float) -> int:
    return round(value / 10 ** np.floor(np.log10(value)))
