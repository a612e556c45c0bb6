"""Shapes cut out with Pillow, given in unit coordinates."""

import numpy as np
from PIL import Image, ImageDraw


def inside_polygon(side: int, outline: np.ndarray) -> np.ndarray:
    """Which pixels (side, side) of a canvas lie inside the polygon `outline` (n, 2) of (y, x)."""
    stencil = Image.new("L", (side, side), 0)
    ImageDraw.Draw(stencil).polygon([(x, y) for y, x in outline * side], fill=1)
    return np.asarray(stencil, dtype=bool)


def inside_dots(side: int, spots: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Which pixels (side, side) lie inside any of the circles at `spots` (n, 2) with `radii` (n,)."""
    stencil = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(stencil)
    for (y, x), radius in zip(spots * side, radii * side, strict=True):
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=1)
    return np.asarray(stencil, dtype=bool)
