"""Palette knife: slabs of thick paint, autumn light over black and petrol."""

import numpy as np

from dynnet.paper.style.drawings.brush import Brush, Painting, paint_strokes, scatter, streamlines
from dynnet.paper.style.drawings.fields import Noise
from dynnet.paper.style.drawings.palettes import inks, mix, ramp, vary
from dynnet.paper.style.drawings.surface import lit

_SHADE = inks("0a0a16", "12264a", "12587a", "2f9aa8", "bfe3dc")
_LIGHT = inks("5a1020", "b3261c", "ee6a14", "fbb321", "fff0b8")
_KNIFE = Brush(streak=0.13, dry=0.35, blunt=30)
# Slabs per side, their width and length in units, and how much their brightness strays; the last coat is accents.
_COATS = ((16, 0.085, 0.15, 0.1), (27, 0.05, 0.085, 0.16), (20, 0.03, 0.06, 0.24), (16, 0.014, 0.06, 0.45))


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    glow, tilt, warmth = Noise(rng, 3, octaves=2), Noise(rng, 2.5, octaves=2), Noise(rng, 3.5, octaves=2)

    def flow(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # Leaves lie every way above; below, reflections in water hang straight down.
        angle = np.pi / 2 + (1.3 * tilt.at(y, x)) * np.clip(1.5 - 1.7 * y, 0.05, 1)
        return np.sin(angle), np.cos(angle)

    def colours(middles: np.ndarray, jitter: float) -> np.ndarray:
        y, x = middles.T
        glare = glow.at(y * 0.6, x) + np.exp(-(((x - 0.5) / 0.25) ** 2))
        # Standardised, so that no seed is all light or all dark.
        brightness = 0.47 + 0.25 * (glare - glare.mean()) / glare.std() + jitter * rng.standard_normal(len(y))
        # A slab is either warm or cold: colours mixed on the canvas would be grey.
        warm = warmth.at(y * 0.6, x) + 2.2 * (brightness - 0.45) + 0.25 * rng.standard_normal(len(y)) > 0
        return vary(rng, mix(ramp(brightness, _SHADE), ramp(brightness, _LIGHT), warm), 0.08, 0.03)

    painting = Painting.primed(np.broadcast_to(_SHADE[0], (side, side, 3)))
    for per_side, width, length, jitter in _COATS:
        middles = scatter(rng, per_side)
        paths = streamlines(flow, middles, length * rng.uniform(0.5, 1.4, len(middles)), points=5)
        widths = width * rng.uniform(0.5, 1.2, len(middles))
        paint_strokes(painting, _KNIFE, rng, paths, widths, colours(middles, jitter))
    return lit(painting.colour, painting.thickness, 2.0)
