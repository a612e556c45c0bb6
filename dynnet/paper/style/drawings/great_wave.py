"""Great wave: a colour woodblock sea, Prussian blue bands with dark contours, cream foam and an orange sun."""

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from dynnet.paper.style.drawings.fields import Noise, smoothstep, unit_grid
from dynnet.paper.style.drawings.palettes import inks, mix, ramp
from dynnet.paper.style.drawings.stencils import inside_dots, inside_polygon
from dynnet.paper.style.drawings.surface import grain

_OUTLINE = inks("0a1530")[0]
_WATER = inks("0f2a5e", "1c5a9c", "153f80", "3f9cb6")
_GLINTS = inks("f2e8c8", "b4dccf", "7cc4c8", "e8692a")
_FOAM, _FOAM_SHADE, _SUN = inks("faf1da", "a9d2cc", "e8581a")
_SKY = inks("7fb0b4", "ecd9a4", "f8e9c4")
_FINGERS, _DROPS = 110, 90
# Feet, height, spacing and first crest of the rows of waves, far to near; the third is the one the picture is about.
_ROWS = (
    (0.47, 0.09, 0.24, 0.0),
    (0.6, 0.16, 0.42, 0.1),
    (0.86, 0.66, 0.95, 0.22),
    (0.95, 0.2, 0.5, 0.1),
    (1.1, 0.24, 0.7, 0.3),
)


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    picture = _sky(side, rng)
    for base, height, spacing, first in _ROWS:
        crest, tips = _crest(rng, base, height, spacing, first)
        picture = _banded(picture, rng, crest, height)
        picture = _foamed(picture, rng, tips, height)
    bokashi = 1 + 0.06 * Noise(rng, 4, octaves=2).grid(side)[..., None]
    return picture * bokashi * grain(side, rng, (110, 9), 0.03) * grain(side, rng, 120, 0.02)


def _sky(side: int, rng: np.random.Generator) -> np.ndarray:
    """A graded sky with drifting bands of cloud and the sun, (side, side, 3)."""
    y, x = unit_grid(side)
    drift = Noise(rng, (5, 2), octaves=2).grid(side)
    bands = (y + 0.035 * drift) * 18
    swell = np.sin(2 * np.pi * bands)
    cloud, edge = smoothstep(0.35, 0.6, swell), smoothstep(0.2, 0.1, np.abs(swell - 0.3))
    cy, cx, radius = rng.uniform(0.12, 0.2), rng.uniform(0.66, 0.85), rng.uniform(0.085, 0.11)
    away = np.hypot(y - cy, x - cx) / radius
    sky = mix(ramp(np.clip(y * 2.2 + 0.1 * drift, 0, 1), _SKY), 0.9 * _SKY[0], 0.5 * cloud)
    sky = mix(sky, _WATER[1], 0.45 * edge)
    sky = mix(sky, _OUTLINE, (away < 1.06).astype(np.float32))
    return mix(sky, mix(_SUN, _SKY[1], 0.35 * cloud), (away < 1).astype(np.float32))


def _crest(
    rng: np.random.Generator, base: float, height: float, spacing: float, first: float
) -> tuple[np.ndarray, np.ndarray]:
    """The outline (n, 2) of a row of breaking crests and the points of it (m, 2) that break."""
    t = np.linspace(-1, 1.8, 2000)
    centres = np.arange(first - 2 * spacing, 1.7, spacing) + rng.uniform(-0.06, 0.06)
    centres += 0.1 * spacing * rng.standard_normal(len(centres))
    heights = height * rng.uniform(0.8, 1.1, len(centres))
    spans = np.minimum(0.36 * spacing, 0.9 * height) * rng.uniform(0.9, 1.1, len(centres))
    away = (t - centres[:, None]) / spans[:, None]
    # A long back, a steep front.
    bumps = np.exp(-(np.where(away > 0, 1.9 * away, -0.75 * away) ** 1.5))
    rise, nearest = bumps.max(axis=0), bumps.argmax(axis=0)
    # The top of a crest runs ahead of its foot and droops: that makes the claw.
    x = t + spans[nearest] * (1.7 * rise**2.5 - 0.35 * rise**8)
    swell = 0.1 * height * (1 - rise) * Noise(rng, (1, 6), octaves=2).at(0 * t, (t + 1) / 2.8)
    y = base + swell - heights[nearest] * (1.8 * rise - 1.1 * rise**4)
    outline = np.stack([y, x], axis=-1)
    return outline, outline[rise > 0.5]


def _banded(picture: np.ndarray, rng: np.random.Generator, crest: np.ndarray, height: float) -> np.ndarray:
    """`picture` with the water below `crest`: bands that follow the outline, a dark contour around each."""
    side = len(picture)
    water = inside_polygon(side, np.concatenate([crest, [[2, 2], [2, -1]]]))
    depth = distance_transform_edt(water) / side
    # Smoothed, so that bands turn corners in a curve; the contour itself stays on the outline.
    soft = gaussian_filter(depth, 0.014 * side) * (1 + 0.25 * Noise(rng, 3, octaves=2).grid(side))
    soft = np.where(depth < 0.012, np.minimum(depth, soft), soft)
    widths, dyes = _bands(rng, height)
    bounds = np.cumsum(np.append(0, widths))
    band = np.clip(np.searchsorted(bounds, soft) - 1, 0, len(widths) - 1)
    across = (soft - bounds[band]) / widths[band]
    to_line = np.minimum(np.minimum(across, 1 - across) * widths[band], 0.6 * depth)
    line = (0.0018 + 0.0018 * height) * (1 + 0.4 * Noise(rng, 8).grid(side))
    colour = dyes[band] * (1.06 - 0.3 * across**2)[..., None]
    colour = mix(_OUTLINE, colour, smoothstep(0, 0.0015, to_line - line))
    return np.where(water[..., None], colour, picture)


def _bands(rng: np.random.Generator, height: float, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Widths (count,) and colours (count, 3) of the bands of a wave, from its outline inwards."""
    widths = (0.4 + 0.8 * height) * rng.choice([0.008, 0.014, 0.024, 0.035, 0.05], count)
    wide = _WATER[(np.arange(count) + rng.integers(len(_WATER))) % len(_WATER)]
    # Cream in a narrow band is foam, in a wide one a hole.
    narrow = _GLINTS[rng.choice(len(_GLINTS), count, p=[0.34, 0.28, 0.24, 0.14])]
    return widths, np.where((widths < 0.02)[:, None], narrow, wide)


def _foamed(picture: np.ndarray, rng: np.random.Generator, tips: np.ndarray, height: float) -> np.ndarray:
    """`picture` with foam along `tips`: fingers that claw forwards and down, and spray ahead of them."""
    side, scale = len(picture), 0.4 + 1.1 * height
    at = [tips[rng.integers(len(tips), size=_FINGERS)]]
    radii = [scale * 0.013 * rng.uniform(0.6, 1.3, _FINGERS)]
    heading = rng.uniform(-0.2, 1.6, _FINGERS)
    for _ in range(6):
        heading = heading + rng.normal(0.15, 0.4, _FINGERS)
        at.append(at[-1] + 1.1 * radii[-1][:, None] * np.stack([np.sin(heading), np.cos(heading)], axis=-1))
        radii.append(radii[-1] * rng.uniform(0.7, 0.92, _FINGERS))
    spots, sizes = np.concatenate(at), np.concatenate(radii)
    spray = tips[rng.integers(len(tips), size=_DROPS)] + scale * rng.exponential(0.06, (_DROPS, 2)) * [-0.5, 1]
    for where, radius, colour in (
        (spots, sizes + 0.002 + 0.002 * height, _OUTLINE),
        (spots, sizes, _FOAM_SHADE),
        (spots - 0.3 * sizes[:, None], 0.72 * sizes, _FOAM),
        (spray, scale * (0.001 + rng.exponential(0.003, _DROPS)), _FOAM),
    ):
        picture = np.where(inside_dots(side, where, radius)[..., None], colour, picture)
    return picture
