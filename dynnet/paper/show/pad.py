"""A square with a dot in it: two numbers under one hand. A widget of a notebook, drawn by a few lines of JavaScript."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dynnet.errors import DynnetError

Mark = tuple[float, float, str]  # x, y, and what lies there
_ROUNDING = 1e-9  # by which a sum may be larger than 1


class _Within(traitlets.Float):
    """A number from its pad's `low` to its `high`; looked at before it is kept, also when several are set at once."""

    def validate(self, obj: "Pad", value: Any) -> float:
        return _inside(super().validate(obj, value), self.name, obj.low, obj.high)


class Pad(anywidget.AnyWidget):
    """A dot that pointer and arrow keys move, x to the right and y upwards; it begins in the middle.

    Thin lines are at quarters, a dashed one where x + y = 1.

    Args:
        x_name, y_name: what the axes are called.
        low, high: range of both.
        marks: (x, y, label) of places that are shown as small crosses.
        width: of the whole on the page, in pixels.

    Attributes:
        x, y: where the dot is.
        budget: whether the hand keeps it at x + y <= 1.

    Raises:
        DynnetError: a range that is none; a number that is not finite or outside of it, now or when it is set.
    """

    _esm = Path(__file__).with_name("pad.js")
    low = traitlets.Float(read_only=True).tag(sync=True)
    high = traitlets.Float(read_only=True).tag(sync=True)
    x_name = traitlets.Unicode(read_only=True).tag(sync=True)
    y_name = traitlets.Unicode(read_only=True).tag(sync=True)
    marks = traitlets.List(read_only=True).tag(sync=True)
    width = traitlets.Int(read_only=True).tag(sync=True)
    x = _Within().tag(sync=True)
    y = _Within().tag(sync=True)
    budget = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        x_name: str,
        y_name: str,
        low: float = 0.0,
        high: float = 1.0,
        marks: Sequence[Mark] = (),
        width: int = 256,
    ):
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise DynnetError(f"expected a pad's range from low up to a larger high, got {low:g} to {high:g}")
        placed = [[_inside(x, "x", low, high), _inside(y, "y", low, high), label] for x, y, label in marks]
        fixed = {"x_name": x_name, "y_name": y_name, "low": low, "high": high, "marks": placed, "width": width}
        for name, value in fixed.items():
            self.set_trait(name, value)
        super().__init__(x=(low + high) / 2, y=(low + high) / 2)

    def move(self, x: float, y: float) -> None:
        """Both at once: who listens and who looks see no place between."""
        with self.hold_sync(), self.hold_trait_notifications():
            self.x, self.y = x, y

    def allowed(self, x: float, y: float) -> tuple[float, float]:
        """The point or, where there is a budget and their sum is larger than 1, the one scaled back to the sum of 1."""
        if not self.budget or x + y <= 1 + _ROUNDING:
            return x, y
        return x / (x + y), y / (x + y)


def _inside(value: float, name: str, low: float, high: float) -> float:
    if not low <= value <= high:  # NaN is not
        raise DynnetError(f"{name}: expected a number from {low:g} to {high:g}, got {value:g}; choose one inside")
    return float(value)  # NumPy's own cannot be sent
