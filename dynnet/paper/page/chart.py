"""Measured curves as the page draws them: paths and ticks in an SVG, and where dots go that follow the sliders."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

Point = tuple[float, float, float]  # alpha, x, y

WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 406, 14, 258
_ROUND = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # ticks of logarithmic axes
_MARGIN = 0.07  # of an axis's length, around what was measured


@dataclass(frozen=True)
class Curve:
    """What was measured along a walk.

    Attributes:
        points: in the order of their alphas.
        follows: the slider that moves this curve's dot; "" for none.
        crosses: points that no line connects.
    """

    name: str
    points: Sequence[Point]
    follows: str = "alpha"
    crosses: bool = False


@dataclass(frozen=True)
class Chart:
    """A plot of curves; page.html makes an SVG of it.

    Attributes:
        label: what it shows, for those who do not see it.
        x, y: names of the axes.
        log: both axes are logarithmic.
        when: the choice of its section that it belongs to; "" for any.
        own: the name of a dot for what the page measures of its own picture; "" for none.
    """

    label: str
    x: str
    y: str
    curves: Sequence[Curve]
    log: bool = False
    when: str = ""
    own: str = ""

    @cached_property
    def axes(self) -> tuple["Axis", "Axis"]:
        """From left to right, and from the bottom to the top."""
        columns = list(zip(*(point for curve in self.curves for point in curve.points), strict=True))
        return Axis.of(columns[1], self.log, LEFT, RIGHT), Axis.of(columns[2], self.log, BOTTOM, TOP)

    @property
    def scale(self) -> str:
        """The axes, for the script that puts a dot where something was measured."""
        return json.dumps([vars(axis) for axis in self.axes])

    def places(self, curve: Curve) -> str:
        """[[alpha, place from the left, place from the top], ...] of a curve."""
        return json.dumps(
            [[alpha, *place] for (alpha, *_), place in zip(curve.points, self._drawn(curve), strict=True)]
        )

    def path(self, curve: Curve) -> str:
        """A curve as the path of an SVG."""
        if curve.crosses:
            return "".join(f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10" for x, y in self._drawn(curve))
        return "M" + "L".join(f"{x} {y}" for x, y in self._drawn(curve))

    def _drawn(self, curve: Curve) -> list[tuple[float, float]]:
        across, up = self.axes
        return [(across.place(x), up.place(y)) for _, x, y in curve.points]


@dataclass(frozen=True)
class Axis:
    """A number's place is `start + factor * number`, or of its decimal logarithm.

    Attributes:
        low, high: the places that the axis lies between.
    """

    log: bool
    start: float
    factor: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float], log: bool, begin: float, end: float) -> "Axis":
        """Between two places, and somewhat longer than the numbers need."""
        scaled = [math.log10(number) if log else number for number in numbers]
        margin = _MARGIN * (max(scaled) - min(scaled) or 1)
        least, most = min(scaled) - margin, max(scaled) + margin
        factor = (end - begin) / (most - least)
        return cls(log, begin - factor * least, factor, min(begin, end), max(begin, end))

    def place(self, number: float) -> float:
        """Where a number lies."""
        return round(self.start + self.factor * (math.log10(number) if self.log else number), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """(place, number) of three to six round numbers."""
        ends = sorted((place - self.start) / self.factor for place in (self.low, self.high))
        if self.log:
            found = [tick for tick in _ROUND if ends[0] <= math.log10(tick) <= ends[1]]
        else:
            step = _round_step((ends[1] - ends[0]) / 4)
            found = [step * i for i in range(math.ceil(ends[0] / step), math.floor(ends[1] / step + 1e-9) + 1)]
        return [(self.place(tick), f"{float(f'{tick:.3g}'):g}".replace("-", "−")) for tick in found]


def curve(name: str, table: pd.DataFrame, x: str, y: str, alpha: str = "setting", **options: Any) -> Curve:
    """A curve from the columns of a table, four digits each."""
    rows = table[[alpha, x, y]].astype(float).to_numpy().tolist()
    return Curve(name, [tuple(float(f"{value:.4g}") for value in row) for row in rows], **options)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
