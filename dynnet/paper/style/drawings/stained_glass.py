"""Stained glass: a rose of petals in lead, and uneven panes around it, with the light behind them."""

import numpy as np
from scipy.spatial import cKDTree

from dynnet.paper.style.drawings.brush import scatter
from dynnet.paper.style.drawings.fields import Noise, smoothstep, unit_grid
from dynnet.paper.style.drawings.palettes import inks, mix, ramp, vary

_LEAD = inks("100d14", "4a4550")
_GLASS = inks("1a3fa0", "4a90d0", "5ab8b4", "98182c", "d83a2c", "f0a030", "ffdf7a", "fff4dc", "3c8a58", "6a3a88")
# Blues, reds and clear glass carry the window; the rest is accent.
_SHARES = np.array([0.18, 0.14, 0.1, 0.08, 0.11, 0.09, 0.1, 0.14, 0.04, 0.02])


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    y, x = unit_grid(side)
    y, x = y + 0.004 * Noise(rng, 7).grid(side), x + 0.004 * Noise(rng, 7).grid(side)
    rim = rng.uniform(0.36, 0.42)
    centre = rng.uniform(0.4, 0.6, 2)
    outer_tint, outer_edge = _loose_panes(rng, y, x)
    tint, edge, radius = _rose(rng, y - centre[0], x - centre[1], rim)
    outside = radius > rim
    tint = np.where(outside[..., None], outer_tint, tint)
    edge = np.minimum(np.where(outside, outer_edge, edge), np.abs(radius - rim) - 0.004)
    glass = tint * _light(rng, side, edge)[..., None]
    lead = 0.0042 + 0.0012 * Noise(rng, 9).grid(side)
    # The came is round: its middle catches some light.
    came = ramp(np.clip(1 - np.clip(edge, 0, 1) / lead, 0, 1) ** 3, _LEAD)
    return mix(came, glass, smoothstep(0, 0.002, edge - lead))


def _light(rng: np.random.Generator, side: int, edge: np.ndarray) -> np.ndarray:
    """Brightness (side, side) of the glass: dirty under the lead, streaked, brighter where the sun is."""
    streaks, sun = Noise(rng, (50, 16), octaves=2).grid(side), Noise(rng, 3, octaves=2).grid(side)
    return (0.55 + 0.45 * smoothstep(0, 0.016, edge)) * (0.98 + 0.15 * sun + 0.11 * streaks)


def _loose_panes(rng: np.random.Generator, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colour (side, side, 3) and distance to the edge (side, side) of irregular panes."""
    sites = scatter(rng, 11, margin=0.1)
    tints = vary(rng, _GLASS[rng.choice(len(_GLASS), len(sites), p=_SHARES)], 0.12, 0.03)
    distance, pane = cKDTree(sites).query(np.stack([y, x], axis=-1), k=2)
    between = np.linalg.norm(sites[pane[..., 0]] - sites[pane[..., 1]], axis=-1)
    return tints[pane[..., 0]], (distance[..., 1] ** 2 - distance[..., 0] ** 2) / (2 * between)


def _rose(
    rng: np.random.Generator, y: np.ndarray, x: np.ndarray, rim: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour, distance to the edge and radius of a rose window around the origin: rings of petals."""
    petals = int(rng.integers(7, 11))
    angle = np.arctan2(y, x) / (2 * np.pi) * petals
    # Scalloped rings: the radius swells in the middle of each petal, the other way round in every second ring.
    radius = np.hypot(y, x)
    bounds = np.cumsum(rng.uniform(0.7, 1.3, 5))
    bounds *= rim / bounds[-1]
    scallop = 0.16 * (np.abs(np.sin(np.pi * angle)) - 0.6)
    ring = np.zeros(radius.shape, int)
    edge = np.ones(radius.shape)
    for k, bound in enumerate(bounds[:-1]):
        border = radius - bound * (1 + (-1) ** k * scallop)
        ring += border > 0
        edge = np.minimum(edge, np.abs(border))
    parts = np.array([1, 1, 2, 2, 4])[ring]
    spoke = angle * parts + 0.5 * (ring % 2)
    to_spoke = np.abs(spoke - np.round(spoke)) / (parts * petals) * 2 * np.pi * radius
    edge = np.minimum(edge, np.where(ring > 0, to_spoke, 1))

    pairs = np.stack([rng.choice(len(_GLASS), 2, replace=False, p=_SHARES) for _ in bounds])
    pane = np.where(ring > 0, np.floor(spoke).astype(int), 0)
    tints = _GLASS[pairs[ring, pane % 2]]
    uneven = 1 + 0.12 * rng.standard_normal((len(bounds), 97))
    return tints * uneven[ring, pane % 97][..., None], edge, radius
