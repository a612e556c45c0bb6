"""One slider over several methods: their pictures at the same alpha, side by side (Figures 4, 5 and 8)."""

from collections.abc import Mapping

import ipywidgets
import torch
from torch import Tensor

from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.slider_parts import (
    LatestWins,
    PictureChoice,
    alpha_slider,
    control_column,
    jpeg_image,
    picture_row,
    titled,
)
from dynnet.walks import Renderer


class WalkExplorer:
    """A slider over alpha and the picture of each method at it, with a choice of pictures and an upload.

    Args:
        walks: {name: {method: renderer}}; with several names, a menu chooses between them.
        pictures: {name: picture (1, 3, H, W) in [0, 1]}.
        low, high: range of the slider; past 0 and 1 the walk extrapolates.
        width: of each picture on the page, in pixels.

    Display `explorer.view`. `explorer.pictures` holds what is shown, {method: (1, 3, H, W)}.
    """

    def __init__(
        self,
        walks: Mapping[str, Mapping[str, Renderer]],
        pictures: Mapping[str, Tensor],
        low: float = 0.0,
        high: float = 1.0,
        width: int = 256,
    ):
        self._walks, self._width = walks, width
        self.alpha = alpha_slider("α", low, high)
        self.walk = ipywidgets.Dropdown(options=list(walks), description="walk")
        self.choice = PictureChoice(pictures, lambda _: self._start())
        self._render = LatestWins(self._show)
        self._row = picture_row([])
        self.alpha.observe(lambda change: self._render(change.new), "value")
        self.walk.observe(lambda _: self._start(), "value")
        controls = [self.alpha, self.choice.menu, self.choice.upload, self.choice.status]
        controls[1:1] = [self.walk] if len(walks) > 1 else []
        book = FlipBook({"": self._frame}, low, high, width)  # one walk: several would take too many bytes
        self.view = View([control_column(controls), self._row], book)
        self._start()

    @torch.no_grad()
    def _start(self) -> None:
        """The pictures of another walk, or of another input."""
        methods = self._walks[self.walk.value]
        self._renders = {method: renderer(self.choice.picture) for method, renderer in methods.items()}
        self._images = {method: jpeg_image(self._width) for method in methods}
        self._show(self.alpha.value)
        self._row.children = [titled(method, image) for method, image in self._images.items()]

    @torch.no_grad()
    def _frame(self, alpha: float) -> Frame:
        pictures = {method: to_picture(render(alpha)) for method, render in self._renders.items()}
        return Frame(pictures, self.walk.value if len(self._walks) > 1 else "")

    @torch.no_grad()
    def _show(self, alpha: float) -> None:
        self.pictures = {method: render(alpha) for method, render in self._renders.items()}
        for method, y in self.pictures.items():
            self._images[method].value = jpeg_bytes(to_picture(y))
