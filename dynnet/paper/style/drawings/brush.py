"""Bristled brush strokes along streamlines, with the relief of thick paint."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

# Samples per pixel along and across a stroke: enough that no pixel inside is missed when a stroke bends.
_DENSITY = 1.6
# Where across the brush its hairs are.
_HAIRS = np.linspace(-1, 1, 9)

Flow = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Brush:
    """How a brush leaves its paint.

    `streak`: how much its hairs differ in lightness. `dry` in [0, 1]: how much of the tail they miss. `blunt`: how
    square the ends of a stroke are, 2 for an ellipse.
    """

    streak: float
    dry: float
    blunt: int = 6


@dataclass
class Painting:
    """Colour (side, side, 3) in [0, 1] and thickness of the paint (side, side) in about [0, 1]."""

    colour: np.ndarray
    thickness: np.ndarray

    @classmethod
    def primed(cls, ground: np.ndarray) -> "Painting":
        """A bare canvas with the colours of `ground` (side, side, 3)."""
        return cls(ground.astype(np.float32), np.zeros(ground.shape[:2], np.float32))


def streamlines(flow: Flow, middles: np.ndarray, lengths: np.ndarray, points: int = 13) -> np.ndarray:
    """Paths (n, points, 2) of (y, x) through `middles` (n, 2) that follow `flow`, in unit coordinates.

    `flow` takes y and x and returns a direction (dy, dx) of any length.
    """
    step = (lengths / (points - 1))[:, None]
    halves = []
    for sign in (-1, 1):
        at, half = middles, [middles]
        for _ in range(points // 2):
            halfway = at + sign * step / 2 * _unit(flow, at)
            at = at + sign * step * _unit(flow, halfway)
            half.append(at)
        halves.append(half)
    return np.stack(halves[0][:0:-1] + halves[1], axis=1)


def _unit(flow: Flow, at: np.ndarray) -> np.ndarray:
    direction = np.stack(flow(at[:, 0], at[:, 1]), axis=-1)
    return direction / (np.linalg.norm(direction, axis=-1, keepdims=True) + 1e-9)


def scatter(rng: np.random.Generator, per_side: int, margin: float = 0.02) -> np.ndarray:
    """About per_side^2 points (n, 2): a jittered lattice over the unit square and a margin, in random order."""
    lattice = np.stack(np.meshgrid(np.arange(per_side), np.arange(per_side), indexing="ij"), axis=-1).reshape(-1, 2)
    jittered = (lattice + rng.uniform(0, 1, lattice.shape)) / per_side
    return rng.permutation(jittered) * (1 + 2 * margin) - margin


def paint_strokes(
    painting: Painting,
    brush: Brush,
    rng: np.random.Generator,
    paths: np.ndarray,
    widths: np.ndarray,
    colours: np.ndarray,
) -> None:
    """Lay strokes on `painting`, the last on top.

    `paths` (n, points, 2) and `widths` (n,) in units, `colours` (n, 3) in [0, 1].
    """
    loads = rng.uniform(-1, 1, (len(paths), 2, len(_HAIRS)))
    tangents = np.gradient(paths, axis=1)
    normals = tangents[..., ::-1] * np.array([1, -1])
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True) + 1e-9
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=-1).sum(axis=1)
    samples = np.ceil(_DENSITY * len(painting.colour) * np.stack([lengths, widths], axis=-1)).astype(int) + 2
    spines = np.concatenate([paths, normals * widths[:, None, None] / 2], axis=-1)
    for spine, (along, across), colour, load in zip(spines, samples, colours, loads, strict=True):
        _paint_stroke(painting, brush, spine, _lengthwise(brush, along), _crosswise(across), colour, load)


@cache
def _evenly(low: float, high: float, count: int) -> np.ndarray:
    return np.linspace(low, high, count)


@cache
def _lengthwise(brush: Brush, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places along a stroke, 0 to 1; how wide it is there, and the paint that a hair needs there, (count, 1), to mark.

    Thousands of strokes have the same few numbers of samples.
    """
    u = _evenly(0, 1, count)
    return u, np.sqrt(1 - np.abs(2 * u - 1) ** brush.blunt), 3 * brush.dry * u[:, None] ** 3 - 1.01


@cache
def _crosswise(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places across a stroke, -1 to 1, and the ridge of paint there, pushed to the rims, which catches the light."""
    v = _evenly(-1, 1, count)
    return v, 0.35 * v**4


def _paint_stroke(
    painting: Painting,
    brush: Brush,
    spine: np.ndarray,
    lengthwise: tuple[np.ndarray, np.ndarray, np.ndarray],
    crosswise: tuple[np.ndarray, np.ndarray],
    colour: np.ndarray,
    load: np.ndarray,
) -> None:
    """One stroke, sampled along (`_lengthwise`) and across (`_crosswise`), and dropped onto the pixels it touches.

    `spine` (points, 4) holds y, x and the vector from there to the rim; `load` (2, hairs) how much paint each hair has
    at the start and at the end.
    """
    side, (u, taper, dry), (v, ridge) = len(painting.colour), lengthwise, crosswise
    knots = _evenly(0, 1, len(spine))
    y, x, rim_y, rim_x = (np.interp(u, knots, column) * side for column in spine.T)
    row = np.floor(y[:, None] + (taper * rim_y)[:, None] * v).astype(np.intp)
    column = np.floor(x[:, None] + (taper * rim_x)[:, None] * v).astype(np.intp)

    start, end = np.interp(v, _HAIRS, load[0]), np.interp(v, _HAIRS, load[1])
    paint = start + u[:, None] * (end - start)
    touched = (row >= 0) & (row < side) & (column >= 0) & (column < side)
    touched &= paint > dry
    thickness = (0.5 + 0.3 * paint + ridge)[touched]
    row, column = row[touched], column[touched]
    painting.colour[row, column] = colour * (1 + brush.streak * paint[touched])[:, None]
    painting.thickness[row, column] = thickness
