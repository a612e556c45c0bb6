"""A pad on paper: what stands for it where no kernel answers."""

import matplotlib
import numpy as np
from matplotlib.patheffects import withStroke

from dynnet.paper.show import plots
from dynnet.paper.show.pad import Pad

_SIDE = 3.4  # inches


class PadPlot:
    """A pad without its dot, as a picture. Attribute: `picture`, uint8 (H, W, 3)."""

    def __init__(self, pad: Pad):
        low, high = pad.low, pad.high
        figure = plots.new_figure(_SIDE, _SIDE)
        with matplotlib.rc_context(plots.STYLE):
            axes = figure.add_axes((0.18, 0.14, 0.77, 0.77))
            axes.set(xlim=(low, high), ylim=(low, high), xlabel=pad.x_name, ylabel=pad.y_name)
            quarters = np.linspace(low, high, 5)
            axes.set(xticks=quarters, yticks=quarters)
            axes.grid(color="#e6e6e6", linewidth=0.6)
            axes.tick_params(labelsize=8)
            halo = [withStroke(linewidth=3, foreground="white")]  # the line may pass below a label
            axes.axline((1, 0), (0, 1), color=plots.INK, linewidth=0.8, linestyle="--")
            for x, y, label in pad.marks:
                axes.plot(x, y, "x", color=plots.VERMILLION, clip_on=False)
                right, upper = 2 * x > low + high, 2 * y > low + high
                axes.annotate(label, (x, y), (-4 if right else 4, -14 if upper else 7), textcoords="offset points",
                              ha="right" if right else "left", path_effects=halo)  # fmt: skip
        figure.canvas.draw()
        self.picture = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
        self._to_pixels = axes.transData.frozen()

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies, from the upper left corner, in shares of the picture's sides."""
        height, width = self.picture.shape[:2]
        right, up = self._to_pixels.transform((x, y))
        return right / width, 1 - up / height
