"""The surface that a square of two alphas spans in the space of several losses, and how far from it others lie."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import RegularGridInterpolator

from dynnet.errors import DynnetError

FINE = 201  # points along a side of the square between which no place is looked for


class Nearest(NamedTuple):
    """Where on a surface a point of the losses is nearest to.

    Attributes:
        alpha: (first, second) of the square.
        distance: between the logarithms of all losses, in decades.
        apart: {loss: decades from the surface's to the point's}, positive where the surface has less.
    """

    alpha: tuple[float, float]
    distance: float
    apart: dict[str, float]


class Surface:
    """Working points over a grid of a square; between them, the logarithms of the losses are interpolated.

    Args:
        points: a row per setting, (first alpha, second alpha), all combinations of some alphas, and a column per loss.

    Raises:
        DynnetError: settings are missing.
    """

    def __init__(self, points: pd.DataFrame):
        self.losses = [name for name in points if name != "setting"]
        alphas = sorted({alpha for setting in points.setting for alpha in setting})
        shape = (len(alphas), len(alphas), len(self.losses))
        logs = np.full(shape, np.nan)
        for (first, second), losses in zip(points.setting, points[self.losses].to_numpy(dtype=float), strict=True):
            logs[alphas.index(first), alphas.index(second)] = np.log10(losses)
        if len(alphas) < 2 or np.isnan(logs).any():
            raise DynnetError(
                f"expected losses at all points of a grid of alphas, got {len(points)} of {len(alphas) ** 2}; "
                "measure the rest"
            )
        self._at = RegularGridInterpolator((alphas, alphas), logs)
        fine = np.linspace(alphas[0], alphas[-1], FINE)
        self._places = np.stack(np.meshgrid(fine, fine, indexing="ij"), -1).reshape(-1, 2)
        self._logs = self._at(self._places)

    def over(self, alphas: ArrayLike) -> NDArray[np.float64]:
        """The losses at all combinations of some alphas, (N, N, losses); the first axis is the first alpha."""
        return 10 ** self._at(tuple(np.meshgrid(alphas, alphas, indexing="ij")))

    def nearest(self, point: pd.Series, budget: float = np.inf) -> Nearest:
        """The nearest place to a point of the losses, among those whose alphas sum to at most `budget`."""
        wanted = np.log10(point[self.losses].to_numpy(dtype=float))
        apart = wanted - self._logs
        squares = np.where(self._places.sum(1) <= budget + 1e-9, np.square(apart).sum(1), np.inf)
        place = int(np.argmin(squares))
        alpha = tuple(self._places[place].tolist())
        return Nearest(alpha, float(squares[place] ** 0.5), dict(zip(self.losses, apart[place].tolist(), strict=True)))


def distances(surface: Surface, fixed: pd.DataFrame, budget: float = np.inf) -> dict[str, Nearest]:
    """{name: where on the surface it is nearest to} of networks trained one by one; their settings are their names."""
    return {row.setting: surface.nearest(row, budget) for _, row in fixed.iterrows()}
