"""What light and paper do to a finished picture."""

import numpy as np
from scipy.ndimage import gaussian_filter

from dynnet.paper.style.drawings.fields import Noise


def lit(colour: np.ndarray, thickness: np.ndarray, strength: float, finest: float = 0.0012) -> np.ndarray:
    """`colour` (side, side, 3) with its relief lit from the upper left.

    `thickness` (side, side) is smoothed to `finest` (in units) first, so that the light does not depend on the
    resolution.
    """
    side = len(thickness)
    down, across = np.gradient(gaussian_filter(thickness, finest * side))
    slope = (down + across) * side * finest
    light = np.clip(slope * strength, -0.35, 0.45)[..., None]
    # Highlights go towards white, shadows towards black: both keep some of the hue.
    return np.where(light > 0, colour + light * (1 - colour) * 0.8, colour * (1 + light))


def grain(side: int, rng: np.random.Generator, cells: float | tuple[float, float], strength: float) -> np.ndarray:
    """A factor (side, side, 1) around 1 to multiply a picture with: the tooth of paper or the grain of wood."""
    return 1 + strength * Noise(rng, cells, octaves=2).grid(side)[..., None]
