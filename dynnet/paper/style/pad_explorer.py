"""Two sets of blocks under one hand: a dot in a square says how much of each, and the picture follows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.pad import Mark, Pad
from dynnet.paper.show.pad_plot import PadPlot
from dynnet.paper.show.slider_parts import (
    LatestWins,
    PictureChoice,
    alpha_slider,
    jpeg_image,
    side_by_side,
    titled,
)

POINT, RESULT = "working point", "result"
_WIDTH = 256  # of the pad and of the picture on the page, in pixels
_BYTES = 400_000  # of the flip book
_ROUNDING = 1e-9  # a slider in a browser may send back what it was given, rounded


class PadExplorer:
    """A pad over the alphas of two sets of blocks, a slider for each, a choice of pictures, an upload.

    With the budget on, the two alphas sum to 1 at most: a point beyond is scaled back; beside a slider that is moved
    beyond, which stays under the hand, the other one gives way.

    Args:
        net: a Dynamic-Net with two named sets; x is alpha of the first, y of the second.
        pictures: {name: picture (1, 3, H, W) in [0, 1]}.
        marks: (x, y, label) of places to show, such as where networks were trained.
        low, high: range of both alphas, with 0 in it; past 0 and 1 the walk extrapolates.

    Display `explorer.view`. `explorer.picture` is the output shown, (1, 3, H, W).

    Raises:
        DynnetError: the net has not two named sets; 0 is outside of the range; a mark is.
    """

    def __init__(
        self,
        net: DynamicNet,
        pictures: Mapping[str, Tensor],
        marks: Sequence[Mark] = (),
        low: float = 0.0,
        high: float = 1.0,
    ):
        if len(net.sets) != 2:
            got = ", ".join(net.sets) or "one set without a name"
            raise DynnetError(f"expected a Dynamic-Net with two named sets of blocks, got {got}; join two into one")
        if not low <= 0 < high:
            raise DynnetError(f"expected a range of alpha with 0 in it, got {low:g} to {high:g}; widen it")
        self._net = net
        self.pad = Pad(*(f"α of {name}" for name in net.sets), low, high, marks, _WIDTH)
        self.sliders = {name: alpha_slider(f"α of {name}", low, high) for name in net.sets}
        self.budget = ipywidgets.Checkbox(description="α₁ + α₂ ≤ 1", indent=False)
        self.choice = PictureChoice(pictures, self._set_picture)
        self._image = jpeg_image(_WIDTH)
        self._render = LatestWins(self._show)
        for axis, slider in enumerate(self.sliders.values()):
            slider.step = None  # it would round the pad's numbers and send them back
            slider.observe(lambda change, axis=axis: self._slid(axis, change.new), "value")
        ipywidgets.link((self.budget, "value"), (self.pad, "budget"))
        self.pad.observe(self._moved, ["x", "y", "budget"])
        self._set_picture(self.choice.picture)
        self._follow()
        chosen = [self.choice.menu, self.choice.upload, self.choice.status]
        controls = [*self.sliders.values(), self.budget, *chosen]
        shown = side_by_side(controls, [titled(POINT, self.pad), titled(RESULT, self._image)])
        self.view = View([shown], self._book(low, high))

    @property
    def alphas(self) -> dict[str, float]:
        """The working point that the dot is at."""
        return self._at(self.pad.x, self.pad.y)

    def _at(self, x: float, y: float) -> dict[str, float]:
        return dict(zip(self._net.sets, (x, y), strict=True))

    def _slid(self, axis: int, value: float) -> None:
        here, other = ((self.pad.x, self.pad.y)[at] for at in (axis, 1 - axis))
        if abs(value - here) < _ROUNDING:
            return
        if self.budget.value and value + other > 1:
            value = min(value, 1 - self.pad.low)
            other = max(1 - value, self.pad.low)
        self.pad.move(*((value, other) if axis == 0 else (other, value)))
        self._follow()  # also where the dot cannot go any further

    def _moved(self, _: Any) -> None:
        allowed = self.pad.allowed(self.pad.x, self.pad.y)
        if allowed != (self.pad.x, self.pad.y):
            self.pad.move(*allowed)  # and that comes back here
            return
        self._follow()
        self._render(self.alphas)

    def _follow(self) -> None:
        """The sliders go where the dot is."""
        for slider, value in zip(self.sliders.values(), (self.pad.x, self.pad.y), strict=True):
            slider.value = value

    def _set_picture(self, x: Tensor) -> None:
        self._incremental = IncrementalForward(self._net, x)
        self._show(self.alphas)

    def _show(self, alphas: Mapping[str, float]) -> None:
        self.picture = self._incremental(alphas)
        self._image.value = jpeg_bytes(to_picture(self.picture))

    def _book(self, low: float, high: float) -> FlipBook:
        """From all of one set to all of the other; and each set alone, the other in the middle."""
        (x, y), middle = self._net.sets, (low + high) / 2
        plot = PadPlot(self.pad)

        def frame(point: Callable[[float], tuple[float, float]]) -> Callable[[float], Frame]:
            return lambda alpha: self._frame(plot, *point(alpha))

        walks = {
            f"{x} instead of {y}": frame(lambda alpha: (alpha, low + high - alpha)),
            f"{x}, with {y} at {middle:g}": frame(lambda alpha: (alpha, middle)),
            f"{y}, with {x} at {middle:g}": frame(lambda alpha: (middle, alpha)),
        }
        return FlipBook(walks, low, high, _WIDTH, (POINT, lambda: plot.picture), _BYTES)

    def _frame(self, plot: PadPlot, x: float, y: float) -> Frame:
        alphas = self._at(x, y)
        reading = ", ".join(f"α of {name}: {value:.2f}" for name, value in alphas.items())
        return Frame({RESULT: to_picture(self._incremental(alphas))}, reading, plot.place(x, y))
