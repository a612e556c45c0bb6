"""Night sky: bristled strokes that swirl around glowing stars, ultramarine and gold."""

import numpy as np

from dynnet.paper.style.drawings.brush import Brush, Painting, paint_strokes, scatter, streamlines
from dynnet.paper.style.drawings.fields import Noise, smoothstep
from dynnet.paper.style.drawings.palettes import inks, mix, ramp, vary
from dynnet.paper.style.drawings.surface import lit

_SKY = inks("0a1030", "14256b", "1d4aa3", "3f82c4", "9cc9dc", "f1ecc6")
_GLOW = inks("e8841a", "f7c52d", "fdeb9a", "fffbe6")
_EARTH = inks("060a12", "0d2a2c", "1d4f4a", "0a1230")
_BRUSH = Brush(streak=0.3, dry=0.4)
# Strokes per side, their width and length in units.
_COATS = ((26, 0.04, 0.15), (50, 0.018, 0.11), (50, 0.01, 0.085))


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    scene = _Scene(rng)
    painting = Painting.primed(np.broadcast_to(_SKY[0], (side, side, 3)))
    for per_side, width, length in _COATS:
        middles = scatter(rng, per_side)
        paths = streamlines(scene.flow, middles, length * rng.uniform(0.6, 1.3, len(middles)))
        widths = width * rng.uniform(0.6, 1.3, len(middles))
        paint_strokes(painting, _BRUSH, rng, paths, widths, scene.colours(rng, middles))
    return lit(painting.colour, painting.thickness, 1.6)


class _Scene:
    """Where the stars, the swirls and the hills are."""

    def __init__(self, rng: np.random.Generator) -> None:
        # In three of the four quarters of the sky.
        self._swirls = scatter(rng, 2)[:3] * [0.55, 0.8] + [0.08, 0.1]
        self._spins = rng.choice([-1, 1], len(self._swirls)) * rng.uniform(0.8, 1.3, len(self._swirls))
        self._stars = _spread(rng, 7) * [0.62, 0.92] + [0.05, 0.04]
        self._sizes = 0.022 + 0.055 * rng.uniform(0, 1, len(self._stars))
        self._drift, self._tone, self._hills = Noise(rng, 2.5), Noise(rng, 4, octaves=2), Noise(rng, 3, octaves=2)

    def flow(self, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Direction of the strokes: a breeze, turned around each swirl and each star; the hills rise like flames."""
        angle = 0.5 * self._drift.at(y, x)
        dy, dx = np.sin(angle) * 0.9, np.cos(angle) * 0.9
        for (cy, cx), spin in zip(self._swirls, self._spins, strict=True):
            ry, rx = (y - cy) / 0.17, (x - cx) / 0.17
            pull = 2.2 * spin * np.exp(-(ry**2 + rx**2) / 2)
            dy, dx = dy + pull * rx, dx - pull * ry
        for (cy, cx), size in zip(self._stars, self._sizes, strict=True):
            ry, rx = (y - cy) / size, (x - cx) / size
            hold = np.exp(-(((ry**2 + rx**2) / 5) ** 1.5))
            dy, dx = dy * (1 - hold) + hold * rx, dx * (1 - hold) - hold * ry
        earth = self._earth(y, x)
        return dy * (1 - earth) - 1.2 * earth, dx * (1 - earth) + 0.9 * earth * np.sin(9 * x)

    def _earth(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        skyline = 0.84 + 0.05 * self._hills.at(np.full_like(x, 0.5), x)
        return smoothstep(-0.01, 0.01, y - skyline)

    def colours(self, rng: np.random.Generator, middles: np.ndarray) -> np.ndarray:
        """Colours (n, 3) of strokes in the middle of which lie `middles`."""
        y, x = middles.T
        tone = 0.42 + 0.2 * self._tone.at(y, x) + 0.13 * rng.standard_normal(len(y))
        for cy, cx in self._swirls:
            radius = np.hypot(y - cy, x - cx)
            tone = tone + 0.3 * np.exp(-((radius / 0.17) ** 2)) * np.cos(radius * 60)
        colour = ramp(tone, _SKY)
        for (cy, cx), size in zip(self._stars, self._sizes, strict=True):
            radius = np.hypot(y - cy, x - cx) / size
            # Rings of dashes, brighter and darker in turn, that thin out into the sky.
            ring = 1 - radius / 2.2 + 0.12 * np.cos(radius * 7) + 0.13 * rng.standard_normal(len(y))
            colour = mix(colour, ramp(1.35 * ring, _GLOW), smoothstep(0.08, 0.4, ring))
        earth = ramp(0.5 + 0.3 * self._tone.at(x, y) + 0.2 * rng.standard_normal(len(y)), _EARTH)
        windows = (rng.random(len(y)) < 0.05)[:, None]
        earth = np.where(windows, _GLOW[rng.integers(3, size=len(y))], earth)
        return vary(rng, mix(colour, earth, self._earth(y, x)), 0.08, 0.025)


def _spread(rng: np.random.Generator, count: int) -> np.ndarray:
    """Points (count, 2) in the unit square, each the farthest of some candidates from those before it."""
    points = rng.uniform(0, 1, (1, 2))
    while len(points) < count:
        candidates = rng.uniform(0, 1, (12, 2))
        gaps = np.linalg.norm(candidates[:, None] - points, axis=-1).min(axis=1)
        points = np.concatenate([points, candidates[[gaps.argmax()]]])
    return points
