"""Marbled paper: drops of ink on water, drawn out by a comb; crimson, indigo, cream and gold."""

import numpy as np

from dynnet.paper.style.drawings.fields import Noise, unit_grid
from dynnet.paper.style.drawings.palettes import inks
from dynnet.paper.style.drawings.surface import grain

_INKS = inks("9a1526", "f6e8c8", "17275a", "e09a28", "0d1226", "d2443a", "2b7f86")
_SHARES = np.array([0.22, 0.21, 0.18, 0.13, 0.07, 0.1, 0.09])


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1].

    Both the drop and the tine move the plane by a closed formula that keeps areas, so each pixel is traced back
    through them, the last first, until a drop claims it.
    """
    y, x = (np.ascontiguousarray(np.broadcast_to(axis, (side, side))) for axis in unit_grid(side))
    swirl_y, swirl_x = Noise(rng, 3, octaves=2), Noise(rng, 3, octaves=2)
    y, x = y + 0.007 * swirl_y.grid(side), x + 0.007 * swirl_x.grid(side)
    y, x = _uncomb(rng, y, x)
    ink = _trace_drops(rng, y, x)
    return _INKS[ink] * grain(side, rng, 90, 0.03) * grain(side, rng, 6, 0.06)


def _uncomb(rng: np.random.Generator, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Undo a comb drawn down and back, and some single strokes of a stick."""
    for _ in range(5):
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.35, 0.35)
        across = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) - offset
        pull = rng.uniform(0.12, 0.25) * np.exp(-np.abs(across) / 0.05)
        y, x = y - pull * np.cos(angle), x + pull * np.sin(angle)
    for strength in (0.03, 0.05):
        teeth = 2 * np.pi * rng.uniform(4, 7)
        y = y - strength * np.sin(teeth * x + rng.uniform(0, 6))
        x = x - 0.7 * strength * np.sin(1.3 * teeth * y + rng.uniform(0, 6))
    return y, x


def _trace_drops(
    rng: np.random.Generator, y: np.ndarray, x: np.ndarray, places: int = 150, rings: int = 3
) -> np.ndarray:
    """Index of the ink (side, side) under each point; a later drop pushes the earlier ones outwards."""
    shape = y.shape
    y, x = y.ravel().astype(np.float32), x.ravel().astype(np.float32)
    ink = np.full(y.shape, rng.choice([0, 2]))
    open_points = np.arange(len(y))
    # Drops on the same place push each other into rings.
    centres = np.repeat(rng.uniform(-0.1, 1.1, (places, 2)), rings, axis=0)
    radii = np.float32(np.repeat(0.03 + rng.gamma(2.0, 0.015, places), rings) * rng.uniform(0.4, 1, places * rings))
    colours = rng.choice(len(_INKS), places * rings, p=_SHARES)
    for (cy, cx), radius, colour in zip(np.float32(centres), radii, colours, strict=True):
        dy, dx = y - cy, x - cx
        squared = dy * dy + dx * dx
        inside = squared < radius * radius
        ink[open_points[inside]] = colour
        keep = ~inside
        shrink = np.sqrt(1 - radius * radius / squared[keep])
        y, x, open_points = cy + dy[keep] * shrink, cx + dx[keep] * shrink, open_points[keep]
    return ink.reshape(shape)
