"""Figure 1 as an animation: the picture at alpha from 0 to 1 and back, and its dot on the curve in the objective space.

What stands still is drawn once with matplotlib. A frame is that background with the picture of one alpha, the knob of
the slider and the dot set on it. All frames share one palette and none is dithered, so nothing flickers.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from IPython.display import HTML
from matplotlib.font_manager import findfont
from PIL import Image, ImageColor, ImageDraw, ImageFont
from torch import Tensor, nn

from dynnet.atomic import atomic_path
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import to_picture
from dynnet.paper.show import plots
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.measures.objective_space import measure
from dynnet.walks import alpha_walk, fixed_walk

WIDTH, HEIGHT, SIDE = 700, 324, 256  # pixels: of a frame, and of the square that the picture fills
LARGEST = 3_000_000  # bytes: what a README can show without anybody waiting
_LEFT, _TOP, _TRACK = 12, 12, HEIGHT - 28
_DPI = 100
_PICTURE_COLOURS, _PLOT_COLOURS = 208, 46  # and pure white; the last of the 256 means "as in the frame before"
_SMOOTH = 8  # dots are drawn larger by this, and reduced


def eased(count: int) -> list[float]:
    """`count` rising alphas from 0 to 1, dense at both ends: the dot starts and stops softly.

    Raises:
        DynnetError: fewer than two.
    """
    if count < 2:
        raise DynnetError(f"an animation needs at least 2 alphas, got {count}")
    return (0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, count))).tolist()


def walk_frames(
    net: DynamicNet, fixed: Mapping[float, nn.Module], terms: PerceptualTerms, x: Tensor, alphas: Sequence[float]
) -> list[Image.Image]:
    """One RGB frame per alpha, and then back again, without the ends a second time: 2 n - 2 frames for n alphas.

    Args:
        fixed: {lambda: fixed network}, drawn as crosses.
        x: the picture, square, (1, 3, S, S) in [0, 1].
        alphas: two or more, all different.

    Raises:
        DynnetError: fewer than two alphas, one of them twice, or the picture is not a single square one.
    """
    if len(alphas) < 2 or len(set(alphas)) != len(alphas):
        raise DynnetError(f"an animation needs at least 2 alphas, all different, got {list(alphas)}")
    if x.ndim != 4 or len(x) != 1 or x.shape[2] != x.shape[3]:
        raise DynnetError(f"an animation shows one square picture, (1, 3, S, S), got {tuple(x.shape)}; cut it first")
    with torch.no_grad():
        walk = list(alpha_walk(net, alphas)(x))
        curve = measure(lambda _: walk, x, terms)  # of the pictures that are shown: each is rendered once
        background, dots = _background(measure(fixed_walk(fixed), x, terms), curve)
    there = [_frame(background, to_picture(y), alpha, dot) for (alpha, y), dot in zip(walk, dots, strict=True)]
    return [*there, *there[-2:0:-1]]


def write_gif(frames: Sequence[Image.Image], path: Path, milliseconds: int = 80, largest: int = LARGEST) -> int:
    """Writes an endless animation, complete or not at all, and returns its size in bytes.

    Raises:
        DynnetError: there are no frames, the file would be larger than `largest`, or it cannot be written.
    """
    if not frames:
        raise DynnetError("an animation needs frames, got none")
    palette = _shared_palette(frames)
    indexed = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    with atomic_path(path) as temporary:
        indexed[0].save(
            temporary, save_all=True, append_images=indexed[1:], duration=milliseconds, loop=0, optimize=False
        )
        size = temporary.stat().st_size
        if size > largest:
            raise DynnetError(f"{Path(path).name} would have {size:,} bytes, at most {largest:,}; take fewer frames")
    return size


def shown(path: Path, alt: str) -> HTML:
    """An animation for a notebook, with its alt text.

    Raises:
        DynnetError: the alt text is empty.
    """
    return plots.image_html(Path(path).read_bytes(), "gif", alt)


def _background(fixed: pd.DataFrame, curve: pd.DataFrame) -> tuple[Image.Image, np.ndarray]:
    """The plot and the slider's track, and where on it the curve's points are, (N, 2) pixels from the top left."""
    figure = plots.new_figure(WIDTH / _DPI, HEIGHT / _DPI)
    figure.set_dpi(_DPI)
    left = (SIDE + 2 * _LEFT + 54) / WIDTH
    axes = figure.add_axes((left, 50 / HEIGHT, 1 - left - 12 / WIDTH, 1 - (50 + _TOP) / HEIGHT))
    plots.objective_space(axes, fixed, curve)
    axes.lines[0].set_marker("")  # a smooth curve: the one dot is the picture's
    axes.legend(fontsize=8, loc="lower left")
    figure.canvas.draw()
    background = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
    dots = axes.transData.transform(curve[["content", "style"]].to_numpy())
    ImageDraw.Draw(background).rounded_rectangle((_LEFT, _TRACK - 2, _LEFT + 150, _TRACK + 1), 2, fill="#c9c9c9")
    return background, np.stack([dots[:, 0], HEIGHT - dots[:, 1]], axis=1)


def _frame(background: Image.Image, picture: np.ndarray, alpha: float, dot: np.ndarray) -> Image.Image:
    frame = background.copy()
    frame.paste(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.LANCZOS), (_LEFT, _TOP))
    font = ImageFont.truetype(findfont("DejaVu Sans:bold"), 17)
    ImageDraw.Draw(frame).text((_LEFT + 170, _TRACK), f"α = {alpha:.2f}", plots.BLUE, font, anchor="lm")
    _set_dot(frame, _LEFT + 8 + 134 * alpha, _TRACK, 8, plots.BLUE)
    _set_dot(frame, *dot, 8, plots.BLUE)
    return frame


def _set_dot(frame: Image.Image, x: float, y: float, radius: float, colour: str) -> None:
    """A round dot with a white rim, placed to a fraction of a pixel, so that it moves without jerks."""
    left, top, side = int(x - radius - 2), int(y - radius - 2), int(2 * radius + 5)
    mask = Image.new("L", (_SMOOTH * side,) * 2)
    for reach, fill in ((radius, "white"), (radius - 2, colour)):
        box = [_SMOOTH * (centre + sign * reach) for sign in (-1, 1) for centre in (x - left, y - top)]
        mask.paste(0, (0, 0, *mask.size))
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        frame.paste(ImageColor.getrgb(fill), (left, top), mask.resize((side, side), Image.Resampling.BOX))


def _shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """One palette for all frames: most colours for the pictures, some kept for the plot, which is mostly white."""
    pictures = [np.asarray(frame.crop((_LEFT, _TOP, _LEFT + SIDE, _TOP + SIDE)))[::2, ::2] for frame in frames]
    plot = frames[0].crop((_LEFT + SIDE, 0, WIDTH, HEIGHT))
    colours = _colours(Image.fromarray(np.concatenate(pictures)), _PICTURE_COLOURS)
    colours += [*_colours(plot, _PLOT_COLOURS), 255, 255, 255]
    palette = Image.new("P", (1, 1))
    # Pillow looks colours up coarsely: without this, white paper gets the near-white of a glyph's edge
    palette.putpalette([255 if value > 247 else value for value in colours])
    return palette


def _colours(image: Image.Image, count: int) -> list[int]:
    """The `count` colours that stand for an image best, as r, g, b, r, g, b, ..."""
    return image.quantize(count, Image.Quantize.MEDIANCUT).getpalette()[: 3 * count]
