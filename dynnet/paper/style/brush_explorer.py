"""Alpha as a map: a brush says where in a photo a style is strong, and where it is not."""

import html
from collections.abc import Mapping
from typing import Any

import ipywidgets
import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.data.pictures import jpeg_bytes, read_picture, to_picture
from dynnet.paper.show.brush import SIDE, SIZES, Brush, disc, mask_of
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.slider_parts import (
    LatestWins,
    PictureChoice,
    alpha_slider,
    jpeg_image,
    side_by_side,
    titled,
)

ON, RESULT = "painted on", "result"
_WIDTH = 256  # of a picture on the page, in pixels
_BUDGET = 250_000  # bytes of the flip book, which Figure 3's page has beside that of its sliders


class BrushExplorer:
    """A brush on a photo, one slider for alpha where it painted, one for alpha elsewhere, and a mask from a file.

    A mask's white is "painted" and its black is "elsewhere", as with `dynnet render --mask`; a disc is painted at the
    start.

    Args:
        net: a Dynamic-Net on a `TransformerNet`.
        pictures: {name: picture (1, 3, H, W) in [0, 1]}.
        low, high: range of the sliders; past 0 and 1 the walk extrapolates.

    Display `explorer.view`. `explorer.picture` is the output shown, (1, 3, H, W).
    """

    def __init__(self, net: DynamicNet, pictures: Mapping[str, Tensor], low: float = 0.0, high: float = 1.0):
        self._net = net
        self.painted = alpha_slider("α where painted", low, high)
        self.painted.value = 1.0
        self.elsewhere = alpha_slider("α elsewhere", low, high)
        self.brush = Brush(width=_WIDTH)
        self.brush.mask = disc()
        self.size = ipywidgets.ToggleButtons(options=SIZES, value=self.brush.size, description="brush")
        self.size.style.button_width = "5em"
        self.erase = ipywidgets.ToggleButton(description="erase", tooltip="the brush takes away what is painted")
        self.clear = ipywidgets.Button(description="clear")
        self.upload = ipywidgets.FileUpload(accept="image/jpeg,image/png,image/webp", description="mask from a file")
        self.choice = PictureChoice(pictures, self._set_picture)
        self._image = jpeg_image(_WIDTH)
        self._render = LatestWins(lambda _: self._show())
        ipywidgets.link((self.size, "value"), (self.brush, "size"))
        ipywidgets.link((self.erase, "value"), (self.brush, "erasing"))
        for control, name in ((self.painted, "value"), (self.elsewhere, "value"), (self.brush, "painted")):
            control.observe(self._render, name)
        self.clear.on_click(lambda _: setattr(self.brush, "painted", bytes(SIDE * SIDE)))
        self.upload.observe(self._uploaded, "value")
        self._set_picture(self.choice.picture)
        buttons = ipywidgets.HBox([self.erase, self.clear, self.upload], layout={"flex_flow": "row wrap"})
        chosen = [self.choice.menu, self.choice.upload, self.choice.status]
        controls = [self.painted, self.elsewhere, self.size, buttons, *chosen]
        shown = side_by_side(controls, [titled(ON, self.brush), titled(RESULT, self._image)])
        self.view = View([shown], FlipBook({"": self._frame}, low, high, _WIDTH, budget=_BUDGET))

    def alphas(self, painted: float) -> dict[str, Tensor]:
        """The map of every block, (1, 1, H', W') of what enters the first stage, with alpha `painted` where painted."""
        x = self.choice.picture
        mask = torch.from_numpy(self.brush.mask).to(x.device)[None, None]
        mask = F.interpolate(mask, x.shape[-2:], mode="bilinear", align_corners=False)
        strength = self._net.main.canvas(self.elsewhere.value + (painted - self.elsewhere.value) * mask)
        return dict.fromkeys(self._net.names, strength)

    def _set_picture(self, x: Tensor) -> None:
        self._incremental = IncrementalForward(self._net, x)
        self.brush.show(to_picture(x))
        self._show()

    def _show(self) -> None:
        self.picture = self._incremental(self.alphas(self.painted.value))
        self._image.value = jpeg_bytes(to_picture(self.picture))

    def _frame(self, alpha: float) -> Frame:
        y = self._incremental(self.alphas(alpha))
        below = self.brush.shown(to_picture(self.choice.picture))
        return Frame({ON: below, RESULT: to_picture(y)}, f"α elsewhere: {self.elsewhere.value:.2f}")

    def _uploaded(self, change: Any) -> None:
        for file in change.new:
            try:
                picture = read_picture(bytes(file["content"]))
                self.brush.mask = mask_of(picture, *self.choice.picture.shape[-2:])
                self.choice.status.value = ""
            except DynnetError as error:
                self.choice.status.value = f"<b>{html.escape(file['name'])}</b>: {html.escape(str(error))}"
        self.upload.value = ()  # the same file may come again
