"""The list of house styles and the one function that renders them."""

from functools import lru_cache

import numpy as np

from dynnet.errors import DynnetError
from dynnet.paper.style.drawings import (
    great_wave,
    marbling,
    mosaic,
    night_swirl,
    palette_knife,
    shards,
    stained_glass,
    woodcut,
)

_PAINTERS = {
    "great_wave": great_wave.paint,
    "night_swirl": night_swirl.paint,
    "palette_knife": palette_knife.paint,
    "stained_glass": stained_glass.paint,
    "marbling": marbling.paint,
    "mosaic": mosaic.paint,
    "shards": shards.paint,
    "woodcut": woodcut.paint,
}

HOUSE_STYLES: tuple[str, ...] = tuple(_PAINTERS)
"""Names that `render_style` knows; the first is the style of the main figure."""

_SMALLEST_SIDE = 16
_SMALLEST_CANVAS = 384


def render_style(name: str, size: int | tuple[int, int] = 256, seed: int = 0) -> np.ndarray:
    """Draw the house style `name` as a uint8 picture (H, W, 3).

    `size` is the side of a square or (H, W), each at least 16; a picture that is not square is the centre of the square
    one. `seed` (0 or more) picks the picture; the same seed at another size is the same picture, coarser or finer.

    Raises:
        DynnetError: an unknown name, or a size below 16.
    """
    if name not in _PAINTERS:
        raise DynnetError(f"unknown house style {name!r}; there are: {', '.join(HOUSE_STYLES)}")
    height, width = size if isinstance(size, tuple) else (size, size)
    if min(height, width) < _SMALLEST_SIDE:
        raise DynnetError(f"a house style needs at least {_SMALLEST_SIDE} px a side, got {height} x {width}")
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return _square(name, side, seed)[top : top + height, left : left + width].copy()


@lru_cache(maxsize=16)  # a training asks for its style twice a network, and a drawing takes longer than many a step
def _square(name: str, side: int, seed: int) -> np.ndarray:
    """The style as uint8 (side, side, 3)."""
    # Painted larger and box-averaged: at least 2x against jagged edges, more where the picture is so small that
    # its strokes would be thinner than a pixel.
    factor = max(2, -(-_SMALLEST_CANVAS // side))
    rng = np.random.default_rng([seed, *name.encode()])
    canvas = _PAINTERS[name](side * factor, rng)
    picture = canvas.reshape(side, factor, side, factor, 3).mean(axis=(1, 3))
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
