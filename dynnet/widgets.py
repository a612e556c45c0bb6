"""Sliders: move alpha, see the picture change and its working point travel. Nothing else imports this module.

Nothing is drawn with matplotlib while a slider moves: the picture is JPEG bytes from an incremental evaluation, the
plot is one prepared image on which a dot is set, and of many moves only the latest is rendered.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

from dynnet import plots
from dynnet.data.pictures import jpeg_bytes, limit_longer, read_picture, to_picture, to_tensor
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.evaluation.objective_space import alpha_walk, fixed_walk, measure
from dynnet.incremental import IncrementalForward
from dynnet.losses.perceptual import CONTENT_TAP, PerceptualTerms

LONGEST_UPLOAD = 384  # pixels; keeps a step of the slider well under a tenth of a second on two cores


class LatestWins:
    """Calls `work` soon with the newest value only; values that are overtaken while it is busy are dropped.

    Without a running event loop (a script, a test) it calls at once.
    """

    def __init__(self, work: Callable[[Any], None]):
        self._work = work
        self._waiting = False
        self._value: Any = None

    def __call__(self, value: Any) -> None:
        self._value = value
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._work(value)
            return
        if not self._waiting:
            self._waiting = True
            loop.call_later(0.005, self._run)  # lets the kernel take in the moves that have queued up

    def _run(self) -> None:
        self._waiting = False
        self._work(self._value)


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
        plt.close(figure)

    def with_dot(self, content: float, style: float) -> bytes:
        """JPEG bytes of the plot with a dot at a working point."""
        picture = self._background.copy()
        x, y = self._to_pixels.transform((content, style))
        y = picture.height - y
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
        self._net, self._terms, self._fixed, self._pictures = net, terms, fixed, dict(pictures)
        self.shared = _slider("α (0 = main, 1 = tuned)", low, high)
        self.blocks = {path: _slider(f"α of {path}", low, high) for path in net.paths}
        self.choice = ipywidgets.Dropdown(options=list(self._pictures), description="picture")
        self.upload = ipywidgets.FileUpload(accept="image/jpeg,image/png,image/webp", description="your own")
        self.status = ipywidgets.HTML()
        self._image = ipywidgets.Image(format="jpeg", width=320)
        self._plot_image = ipywidgets.Image(format="jpeg", width=420)
        self._render = LatestWins(self._show)
        self.shared.observe(self._shared_moved, "value")
        for slider in self.blocks.values():
            slider.observe(lambda _: self._render(self.alphas), "value")
        self.choice.observe(lambda change: self._set_picture(self._pictures[change.new]), "value")
        self.upload.observe(self._uploaded, "value")
        self._set_picture(next(iter(self._pictures.values())))
        controls = ipywidgets.VBox([self.shared, *self.blocks.values(), self.choice, self.upload, self.status])
        self.view = ipywidgets.HBox([controls, self._image, self._plot_image])

    @property
    def alphas(self) -> dict[str, float]:
        """The working point that the sliders are at."""
        return {path: slider.value for path, slider in self.blocks.items()}

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
        losses = self._terms.against(self.picture, self._content)
        content, style = losses["content"].item(), losses["style"].item()
        self._plot_image.value = self._plot.with_dot(content, style)
        self.status.value = f"content loss {content:.2f}, style loss {style:.3f}"

    def _uploaded(self, change: Any) -> None:
        for file in change.new:
            try:
                picture = limit_longer(read_picture(bytes(file["content"])), LONGEST_UPLOAD)
            except DynnetError as error:
                self.status.value = f"<b>{file['name']}</b>: {error}"
                continue
            self._pictures[file["name"]] = to_tensor(picture)
            self.choice.options = list(self._pictures)
            self.choice.value = file["name"]


def _slider(description: str, low: float, high: float) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        0.0, min=low, max=high, step=0.02, description=description, style={"description_width": "150px"}
    )
