"""What every explorer is made of: a slider, a choice of pictures with an upload, renders that skip what is stale."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
from torch import Tensor

from dynnet.data.pictures import limit_longer, read_picture, to_tensor
from dynnet.errors import DynnetError

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


class PictureChoice:
    """A menu of pictures that grows by upload.

    Args:
        pictures: {name: picture (1, 3, H, W) in [0, 1]}.
        chosen: called with every newly chosen picture; not with the first.

    Display `menu`, `upload` and `status`; a file that is no picture is named in `status`, and nothing changes.
    """

    def __init__(self, pictures: Mapping[str, Tensor], chosen: Callable[[Tensor], None]):
        self._pictures, self._chosen = dict(pictures), chosen
        self.menu = ipywidgets.Dropdown(options=list(self._pictures), description="picture")
        self.upload = ipywidgets.FileUpload(accept="image/jpeg,image/png,image/webp", description="your own")
        self.status = ipywidgets.HTML()
        self.menu.observe(lambda change: self._chosen(self._pictures[change.new]), "value")
        self.upload.observe(self._uploaded, "value")

    @property
    def picture(self) -> Tensor:
        """The chosen picture, (1, 3, H, W) in [0, 1]."""
        return self._pictures[self.menu.value]

    def _uploaded(self, change: Any) -> None:
        for file in change.new:
            try:
                picture = limit_longer(read_picture(bytes(file["content"])), LONGEST_UPLOAD)
            except DynnetError as error:
                self.status.value = f"<b>{file['name']}</b>: {error}"
                continue
            self._pictures[file["name"]] = to_tensor(picture)
            self.menu.options = list(self._pictures)
            self.menu.value = file["name"]


def alpha_slider(description: str, low: float, high: float) -> ipywidgets.FloatSlider:
    """A slider over alpha that starts at 0, where the Dynamic-Net is its main network."""
    return ipywidgets.FloatSlider(
        0.0, min=low, max=high, step=0.02, description=description, style={"description_width": "150px"}
    )
