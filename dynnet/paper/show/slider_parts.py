"""What every explorer is made of: sliders, pictures, their places on the page, renders that skip what is stale."""

import asyncio
import html
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import SMALLEST_SIDE, limit_longer, read_picture, to_tensor

LONGEST_UPLOAD = 384  # pixels; keeps a step of the slider well under a tenth of a second on two cores
_RIGID = {"flex": "0 0 auto", "max_width": "100%"}  # a row would squeeze its widgets before it wraps
_SLIDER = {"layout": {"width": "480px", "max_width": "100%"}, "style": {"description_width": "initial"}}
_CONTROLS = "500px"  # a slider with its margins


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


class PictureChoice:
    """A menu of pictures that grows by upload.

    Args:
        pictures: {name: picture (1, 3, H, W) in [0, 1]}.
        chosen: called with every newly chosen picture; not with the first. What it refuses by a `DynnetError` is named
            in `status` and taken off the menu, and the picture before it is chosen again.

    Display `menu`, `upload` and `status`; a file that is no picture is named in `status`, and nothing changes. Every
    upload is a picture of its own, whatever its file is called: phones call all of theirs image.jpg.
    """

    def __init__(self, pictures: Mapping[str, Tensor], chosen: Callable[[Tensor], None]):
        self._pictures, self._chosen = dict(pictures), chosen
        self.menu = ipywidgets.Dropdown(options=list(self._pictures), description="picture")
        self.upload = ipywidgets.FileUpload(accept="image/jpeg,image/png,image/webp", description="your own")
        self.status = ipywidgets.HTML()
        self._last, self._listing = self.menu.value, False
        self.menu.observe(lambda change: self._choose(change.new), "value")
        self.upload.observe(self._uploaded, "value")

    @property
    def picture(self) -> Tensor:
        """The chosen picture, (1, 3, H, W) in [0, 1]."""
        return self._pictures[self.menu.value]

    def _uploaded(self, change: Any) -> None:
        for file in change.new:
            try:
                picture = to_tensor(_fitted(read_picture(bytes(file["content"]))))
            except DynnetError as error:
                self._say(file["name"], error)
                continue
            name = self._unused(file["name"])
            self._pictures[name] = picture.to(self.picture.device)  # where the networks are
            self._list(chosen=name)
        self.upload.value = ()  # the same file may come again

    def _choose(self, name: str) -> None:
        if self._listing:
            return
        try:
            self._chosen(self._pictures[name])
            self._last = name
        except DynnetError as error:
            del self._pictures[name]
            self._list(chosen=self._last)
            self._say(name, error)

    def _list(self, chosen: str) -> None:
        """Shows all names in the menu and chooses one, without choosing the first of them on the way."""
        self._listing = True
        self.menu.options = list(self._pictures)
        self.menu.value = chosen
        self._listing = False
        self._choose(chosen)

    def _say(self, name: str, error: DynnetError) -> None:
        self.status.value = f"<b>{html.escape(name)}</b>: {html.escape(str(error))}"

    def _unused(self, name: str) -> str:
        """The name, or "name (2)", ... where there is one already."""
        names = itertools.chain([name], (f"{name} ({number})" for number in itertools.count(2)))
        return next(name for name in names if name not in self._pictures)


def _fitted(picture: np.ndarray) -> np.ndarray:
    """A picture small enough for sliders.

    Raises:
        DynnetError: nothing would be left of its shorter side.
    """
    small = limit_longer(picture, LONGEST_UPLOAD)
    if min(small.shape[:2]) < SMALLEST_SIDE:
        height, width = picture.shape[:2]
        raise DynnetError(
            f"expected a picture at most {LONGEST_UPLOAD // SMALLEST_SIDE} times as long as the other side, "
            f"got {width} x {height} pixels; crop it"
        )
    return small


def alpha_slider(description: str, low: float, high: float) -> ipywidgets.FloatSlider:
    """A slider over alpha that starts at 0, where the Dynamic-Net is its main network."""
    return ipywidgets.FloatSlider(0.0, min=low, max=high, step=0.02, description=description, **_SLIDER)


def pixel_slider(description: str, value: int, low: int, high: int) -> ipywidgets.IntSlider:
    """A slider over whole pixels."""
    return ipywidgets.IntSlider(value, min=low, max=high, description=description, **_SLIDER)


def jpeg_image(width: int) -> ipywidgets.Image:
    """A place for JPEG bytes, `width` pixels wide on a page that has them, always in the picture's own proportions."""
    return ipywidgets.Image(format="jpeg", width=width, layout=_RIGID)


def control_column(controls: Sequence[ipywidgets.Widget]) -> ipywidgets.VBox:
    """Controls below each other, in a column that the text among them does not widen."""
    return ipywidgets.VBox(controls, layout=_RIGID | {"width": _CONTROLS})


def picture_row(pictures: Sequence[ipywidgets.Widget]) -> ipywidgets.HBox:
    """Pictures beside each other, on a narrow page in several rows."""
    return ipywidgets.HBox(pictures, layout={"flex_flow": "row wrap", "align_items": "flex-start"})


def titled(title: str, picture: ipywidgets.Widget) -> ipywidgets.VBox:
    """A picture under its title."""
    return ipywidgets.VBox([ipywidgets.HTML(f"<b>{html.escape(title)}</b>"), picture], layout=_RIGID)


def side_by_side(controls: Sequence[ipywidgets.Widget], pictures: Sequence[ipywidgets.Widget]) -> ipywidgets.HBox:
    """Controls and to the right of them the pictures that they change, on a narrow page below."""
    return picture_row([control_column(controls), picture_row(pictures)])
