"""Cubist shards: planes cut by lines and arcs, each shaded from edge to edge; ochre, slate, cream, vermilion."""

from collections.abc import Callable, Iterator

import numpy as np

from dynnet.paper.style.drawings.fields import Noise, smoothstep, unit_grid
from dynnet.paper.style.drawings.palettes import inks, mix, vary
from dynnet.paper.style.drawings.surface import grain

_PLANES = inks("fbf0d2", "f0b03a", "c8701c", "6b3a18", "16223c", "1f5a86", "6fb0bf", "d83a18", "0f1422", "f4d98c")
_SHARES = np.array([0.17, 0.15, 0.07, 0.05, 0.1, 0.15, 0.11, 0.1, 0.04, 0.06])
_INK, _SHADOW = inks("0e0c10", "ffb890")
_PLAN = 96

Cut = Callable[[np.ndarray], np.ndarray]


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    points = _grid_points(side)
    picture = np.zeros((side * side, 3), np.float32)
    to_edge = np.ones(side * side, np.float32)
    bristle = Noise(rng, (24, 260), octaves=2)
    for shard, plan in _shards(rng, points, _grid_points(_PLAN), to_edge):
        picture[shard] = _shade(rng, points[shard], plan, bristle)
    to_edge, picture = to_edge.reshape(side, side), picture.reshape(side, side, 3)
    line = 0.0028 * Noise(rng, 7).grid(side) - 0.0005
    # A soft shadow under each edge lifts the planes off one another.
    picture = picture * (0.8 + 0.2 * smoothstep(0, 0.012, to_edge))[..., None]
    return mix(_INK, picture, smoothstep(0, 0.002, to_edge - line)) * grain(side, rng, 100, 0.03)


def _grid_points(side: int) -> np.ndarray:
    return np.stack(np.broadcast_arrays(*unit_grid(side)), axis=-1).reshape(-1, 2)


def _shards(
    rng: np.random.Generator, points: np.ndarray, plan: np.ndarray, to_edge: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Split the square again and again; yields (indices into `points`, plan points) of each shard.

    Cuts are chosen from `plan`, a lattice that does not depend on the resolution. `to_edge` is lowered to the
    distance to the nearest cut.
    """
    pending = [(np.arange(len(points)), plan, 0)]
    while pending:
        inside, plan, depth = pending.pop()
        spread = np.sqrt(plan.var(axis=0).sum())
        if depth >= 9 or len(plan) < 12 or spread < rng.choice([0.03, 0.045, 0.07, 0.1]):
            yield inside, plan
            continue
        cut = _choose_cut(rng, plan)
        signed, plan_signed = cut(points[inside]), cut(plan)
        to_edge[inside] = np.minimum(to_edge[inside], np.abs(signed))
        for keep, plan_keep in ((signed > 0, plan_signed > 0), (signed <= 0, plan_signed <= 0)):
            if plan_keep.any():
                pending.append((inside[keep], plan[plan_keep], depth + 1))
            else:
                yield inside[keep], plan


def _choose_cut(rng: np.random.Generator, plan: np.ndarray) -> Cut:
    """Signed distance to a line, or now and then to an arc, roughly across the longer axis of `plan`."""
    centre = plan.mean(axis=0)
    # The square itself has no longer axis, and no axis has a sign: both are settled here, not by rounding errors.
    axes = np.linalg.eigh(np.cov((plan - centre).T) + np.diag([2e-6, 1e-6]))[1]
    long_axis = axes[:, 1] * np.sign(axes[:, 1] @ [0.7, 0.3])
    angle = rng.normal(0, 0.5)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    normal = turn @ long_axis
    through = centre + 0.25 * rng.standard_normal() * plan.std(axis=0)
    if rng.random() < 0.3:
        radius = rng.uniform(0.08, 0.4)
        middle = through + radius * normal
        return lambda at: np.linalg.norm(at - middle, axis=-1) - radius
    return lambda at: (at - through) @ normal


def _shade(rng: np.random.Generator, at: np.ndarray, plan: np.ndarray, bristle: Noise) -> np.ndarray:
    """Colours (n, 3) of one plane: brushed from its hue to a darker one along a random direction."""
    first, second = vary(rng, _PLANES[rng.choice(len(_PLANES), 2, p=_SHARES)], 0.06, 0.02)
    far = 0.4 * first * _SHADOW + 0.15 * second if rng.random() < 0.6 else second
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.sin(angle), np.cos(angle)])
    extent = plan @ direction
    along = (at @ direction - extent.min()) / (np.ptp(extent) + 0.01)
    shaded = mix(np.minimum(1.08 * first, 1), far, smoothstep(0.15, 1.05, along))
    # The brush went the way of the shading, in every plane another way.
    across = at @ np.array([np.cos(angle), -np.sin(angle)])
    hairs = bristle.at(at @ direction / 3 + 0.5, across / 3 + 0.5)
    return shaded * (1 + 0.11 * hairs)[:, None]
