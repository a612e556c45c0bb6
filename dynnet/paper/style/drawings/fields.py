"""Smooth random fields on the unit square, the same at every resolution."""

import numpy as np
from scipy.ndimage import map_coordinates

# A cubic B-spline through white noise keeps 0.479 of its standard deviation in two dimensions.
_SPLINE_STD = 0.479


def unit_grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres (y, x) of a side x side picture in [0, 1]; y is (side, 1) and x is (1, side)."""
    centres = ((np.arange(side) + 0.5) / side).astype(np.float32)
    return centres[:, None], centres[None, :]


class Noise:
    """Value noise: random numbers on a fixed lattice, joined by cubic B-splines.

    `cells` is the number of lattice cells per unit, one number or (down, across); each further octave doubles it at
    half the strength. Values have mean 0 and a standard deviation of about 1.
    """

    def __init__(self, rng: np.random.Generator, cells: float | tuple[float, float], octaves: int = 1) -> None:
        down, across = cells if isinstance(cells, tuple) else (cells, cells)
        self._layers = []
        total = np.sqrt(sum(0.25**k for k in range(octaves)))
        for k in range(octaves):
            fy, fx = down * 2**k, across * 2**k
            lattice = rng.uniform(-np.sqrt(3), np.sqrt(3), (int(np.ceil(fy)) + 4, int(np.ceil(fx)) + 4))
            self._layers.append((fy, fx, (lattice * 0.5**k / (total * _SPLINE_STD)).astype(np.float32)))

    def grid(self, side: int) -> np.ndarray:
        """The field at the pixel centres of a side x side picture, (side, side)."""
        centres = (np.arange(side) + 0.5) / side
        # The spline is separable, so a regular grid costs two small matrix products an octave.
        return sum(
            _spline_weights(1 + fy * centres, len(c)) @ c @ _spline_weights(1 + fx * centres, c.shape[1]).T
            for fy, fx, c in self._layers
        )

    def at(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The field at any points; outside the unit square it continues with the value at the border."""
        y, x = np.clip(y, 0, 1), np.clip(x, 0, 1)
        return sum(
            map_coordinates(c, [1 + fy * y, 1 + fx * x], order=3, prefilter=False, mode="nearest")
            for fy, fx, c in self._layers
        )


def _spline_weights(positions: np.ndarray, knots: int) -> np.ndarray:
    """Cubic B-spline weights (positions, knots), float32."""
    distance = np.abs(positions[:, None] - np.arange(knots))
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far).astype(np.float32)


def smoothstep(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, a smooth S between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
