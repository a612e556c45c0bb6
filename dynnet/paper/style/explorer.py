"""The paper's Figure 1 under the reader's hand: a picture, and its working point travelling in the objective space."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.incremental import IncrementalForward
from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.show import plots
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.slider_parts import LatestWins, PictureChoice, alpha_slider, jpeg_image, side_by_side
from dynnet.paper.style.losses.perceptual import CONTENT_TAP, PerceptualTerms
from dynnet.paper.style.measures.objective_space import measure
from dynnet.walks import alpha_walk, fixed_walk


class ObjectivePlot:
    """The objective-space plot of one picture as an image, on which the working point is a dot."""

    def __init__(self, x: Tensor, net: DynamicNet, fixed: Mapping[float, nn.Module], terms: PerceptualTerms):
        curve = measure(alpha_walk(net, np.linspace(0, 1, 6)), x, terms)
        points = measure(fixed_walk(fixed), x, terms)
        figure = plots.new_figure(4.6, 3.6)
        axes = figure.add_subplot(111)
        plots.objective_space(axes, points, curve)
        axes.set_title("this picture in the objective space", fontsize=10)
        figure.tight_layout()
        figure.canvas.draw()
        self._background = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
        self._to_pixels = axes.transData.frozen()

    @property
    def without_dot(self) -> np.ndarray:
        """uint8 (H, W, 3)"""
        return np.asarray(self._background)

    def place(self, content: float, style: float) -> tuple[float, float]:
        """Where a working point lies, from the upper left corner, in shares of the plot's sides."""
        x, y = self._to_pixels.transform((content, style))
        return x / self._background.width, 1 - y / self._background.height

    def with_dot(self, content: float, style: float) -> bytes:
        """JPEG bytes of the plot with a dot at a working point."""
        picture, (across, down) = self._background.copy(), self.place(content, style)
        x, y = across * picture.width, down * picture.height
        ImageDraw.Draw(picture).ellipse((x - 7, y - 7, x + 7, y + 7), fill=plots.ORANGE, outline=plots.INK, width=2)
        return jpeg_bytes(np.asarray(picture), quality=92)


class AlphaExplorer:
    """Sliders for one Dynamic-Net: a shared alpha, one per block, a choice of pictures, an upload.

    Args:
        net: the Dynamic-Net.
        terms: its losses.
        fixed: {lambda: fixed network}, shown as crosses.
        pictures: {name: picture (1, 3, H, W) in [0, 1]}.
        low, high: range of the sliders; past 0 and 1 the walk extrapolates.

    Display `explorer.view`. `explorer.picture` is the output shown, (1, 3, H, W).
    """

    def __init__(
        self,
        net: DynamicNet,
        terms: PerceptualTerms,
        fixed: Mapping[float, nn.Module],
        pictures: Mapping[str, Tensor],
        low: float = 0.0,
        high: float = 1.0,
    ):
        self._net, self._terms, self._fixed = net, terms, fixed
        self.shared = alpha_slider("α of all blocks", low, high)
        self.blocks = {name: alpha_slider(f"α of {name}", low, high) for name in net.names}
        self.choice = PictureChoice(pictures, self._set_picture)
        self._image = jpeg_image(320)
        self._plot_image = jpeg_image(420)
        self._render = LatestWins(self._show)
        self.shared.observe(self._shared_moved, "value")
        for slider in self.blocks.values():
            slider.observe(lambda _: self._render(self.alphas), "value")
        self._set_picture(self.choice.picture)
        chosen = [self.choice.menu, self.choice.upload, self.choice.status]
        controls = [self.shared, *self.blocks.values(), *chosen]
        self.view = View([side_by_side(controls, [self._image, self._plot_image])], self._book(low, high))

    @property
    def alphas(self) -> dict[str, float]:
        """The working point that the sliders are at."""
        return {name: slider.value for name, slider in self.blocks.items()}

    def _book(self, low: float, high: float) -> FlipBook:
        walks = {"all blocks": lambda alpha: self._frame(dict.fromkeys(self.blocks, alpha))}
        for name in self.blocks:
            walks[f"{name} alone"] = lambda alpha, name=name: self._frame(
                dict.fromkeys(self.blocks, 0.0) | {name: alpha}
            )
        plot = ("objective space", lambda: self._plot.without_dot)
        return FlipBook(walks, low, high, width=320, plot=plot)

    def _shared_moved(self, change: Any) -> None:
        for slider in self.blocks.values():
            slider.value = change.new

    def _set_picture(self, x: Tensor) -> None:
        self._incremental = IncrementalForward(self._net, x)
        with torch.no_grad():
            self._content = self._terms.features(x)[CONTENT_TAP]
        self._plot = ObjectivePlot(x, self._net, self._fixed, self._terms)
        self._show(self.alphas)

    @torch.no_grad()
    def _show(self, alphas: Mapping[str, float]) -> None:
        self.picture = self._incremental(alphas)
        self._image.value = jpeg_bytes(to_picture(self.picture))  # the picture first: it is what one looks at
        losses = self._losses(self.picture)
        self._plot_image.value = self._plot.with_dot(*losses)
        self.choice.status.value = _reading(*losses)

    @torch.no_grad()
    def _frame(self, alphas: Mapping[str, float]) -> Frame:
        y = self._incremental(alphas)
        losses = self._losses(y)
        return Frame({"painted": to_picture(y)}, _reading(*losses), self._plot.place(*losses))

    def _losses(self, y: Tensor) -> tuple[float, float]:
        """Content loss and style loss."""
        losses = self._terms.against(y, self._content)
        return losses["content"].item(), losses["style"].item()


def _reading(content: float, style: float) -> str:
    return f"content loss {content:.2f}, style loss {style:.3f}"
