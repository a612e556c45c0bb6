"""Woodcut: carved lines that swell with the shade, black over vermilion, ochre and blue blocks on warm paper."""

import numpy as np

from dynnet.paper.style.drawings.fields import Noise, smoothstep, unit_grid
from dynnet.paper.style.drawings.palettes import inks, mix
from dynnet.paper.style.drawings.surface import grain

_PAPER, _RED, _OCHRE, _BLUE, _BLACK = inks("f6ead0", "d6301a", "efae30", "23708f", "120f10")
_HILLS = 5


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    ink, black = _sky(side, rng)
    y, _ = unit_grid(side)
    for k in range(_HILLS):
        above = y - (0.5 + 0.115 * k + 0.055 * Noise(rng, (0.1, 2 + k / 2), octaves=2).grid(side))
        hill_ink, hill_black = _hill(side, rng, above, k)
        land = smoothstep(-0.001, 0.001, above)
        ink, black = mix(ink, hill_ink, land), black + land * (hill_black - black)
    # Where the block was inked too thinly, paper shows through.
    dry = smoothstep(-2.4, -1.4, Noise(rng, (140, 50), octaves=2).grid(side))
    return mix(ink, _BLACK, black * dry) * grain(side, rng, (150, 10), 0.03)


def _carved(phase: np.ndarray, darkness: np.ndarray) -> np.ndarray:
    """Black (0 to 1) of parallel lines, one per unit of `phase`, that fill the share `darkness` of the paper."""
    return smoothstep(-0.1, 0.1, darkness - 2 * np.abs(phase % 1 - 0.5))


def _sky(side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ink (side, side, 3) and black lines (side, side) of a sun with rays."""
    y, x = unit_grid(side)
    cy, cx, size = rng.uniform(0.2, 0.34), rng.uniform(0.28, 0.72), rng.uniform(0.1, 0.13)
    radius, angle = np.hypot(y - cy, x - cx), np.arctan2(y - cy, x - cx) / (2 * np.pi)
    shade = Noise(rng, 4, octaves=2).grid(side)
    halo = np.floor(8 * radius + 0.25 * shade)
    rays = 44 * angle + 0.25 * Noise(rng, 6).grid(side) + 0.5 * halo
    darkness = np.clip(0.06 + 0.95 * (radius - size) + 0.16 * shade, 0.07, 0.85)
    ink = mix(_PAPER, _OCHRE, smoothstep(-0.01, 0.01, 0.42 + 0.1 * shade - radius) * (halo % 2 == 0))
    ink = mix(ink, _BLUE, smoothstep(0.52, 0.53, radius + 0.06 * shade))
    sun = smoothstep(-0.002, 0.002, size - radius)
    black = _carved(rays, darkness)
    sun_black = _carved(radius * 52 + 0.2 * shade, np.clip(0.15 + 2.2 * (y - cy) + 0.1 * shade, 0.1, 0.6))
    return mix(ink, _RED, sun), black + sun * (sun_black - black)


def _hill(side: int, rng: np.random.Generator, above: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Ink and black lines of hill `k`; `above` is the depth below its skyline, in units."""
    _, x = unit_grid(side)
    folds, shade = Noise(rng, 3, octaves=2).grid(side), Noise(rng, 4, octaves=2).grid(side)
    slant = rng.uniform(-0.9, 0.9)
    furrows = (34 - 3 * k) * (above + slant * (x - 0.5) * above / 0.2 + 0.07 * folds)
    darkness = np.clip(0.16 + 2.6 * above + 0.22 * shade, 0.1, 0.88)
    contour = smoothstep(-0.001, 0.001, 0.006 - above)
    block = (_RED, _BLUE, _OCHRE, _RED, _BLUE)[(k + int(rng.integers(2))) % 5]
    ink = mix(block, _PAPER, smoothstep(0.62, 0.66, shade))
    return ink, np.maximum(_carved(furrows, darkness), contour)
