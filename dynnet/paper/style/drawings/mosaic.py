"""Mosaic: small square stones in rows that follow curved shapes; turquoise, gold, terracotta, ivory."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import distance_transform_edt
from skimage.measure import find_contours

from dynnet.paper.style.drawings.fields import Noise
from dynnet.paper.style.drawings.palettes import inks, vary
from dynnet.paper.style.drawings.surface import lit

_GROUT = inks("1c1720")[0]
_SEA = inks("0e3f5c", "157a8c", "2fb5ad", "a5e0cf", "0b2340")
_GOLD = inks("f2b632", "fff0c2", "c9481f", "8a1f1f", "f7d774")
_STONE = 0.027
_PLAN = 400


def paint(side: int, rng: np.random.Generator) -> np.ndarray:
    """Paint the style on a side x side canvas, (side, side, 3) in [0, 1]."""
    shapes = Noise(rng, 3, octaves=2).grid(_PLAN)
    # Signed distance to the border of the shapes, in units: its contours are rows of stones of one width.
    distance = (distance_transform_edt(shapes > 0) - distance_transform_edt(shapes <= 0)) / _PLAN
    centres, directions, rows = _rows(rng, distance)
    taken = _without_overlaps(centres)
    centres, directions, rows = centres[taken], directions[taken], rows[taken]
    colours = _colours(rng, rows, centres)

    colour = Image.new("RGB", (side, side), tuple(int(255 * c) for c in _GROUT))
    thickness = Image.new("L", (side, side), 0)
    draw, draw_thickness = ImageDraw.Draw(colour), ImageDraw.Draw(thickness)
    corners = _corners(rng, centres, directions) * side
    heights = rng.integers(150, 256, len(corners))
    for corner, ink, height in zip(corners, np.uint8(255 * colours), heights, strict=True):
        polygon = [(x, y) for y, x in corner]
        draw.polygon(polygon, fill=tuple(int(c) for c in ink))
        draw_thickness.polygon(polygon, fill=int(height))
    picture = np.asarray(colour, dtype=np.float32) / 255
    sheen = 1 + 0.1 * Noise(rng, 45, octaves=2).grid(side)[..., None]
    return lit(picture * sheen, np.asarray(thickness, dtype=np.float32) / 255, 1.2, finest=0.002)


def _rows(rng: np.random.Generator, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres (n, 2), directions (n, 2) and row numbers (n,) of stones along the contours of `distance`."""
    centres, directions, rows = [], [], []
    reach = int(np.abs(distance).max() / _STONE) + 1
    for row in sorted(range(-reach, reach), key=abs):
        for contour in find_contours(distance, (row + 0.5) * _STONE):
            path = contour / (_PLAN - 1)
            travelled = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
            stops = np.arange(rng.uniform(0, _STONE), travelled[-1], _STONE)
            at, ahead, behind = (
                np.stack([np.interp(stops + step, travelled, path[:, axis]) for axis in (0, 1)], axis=-1)
                for step in (0, _STONE / 2, -_STONE / 2)
            )
            centres.append(at)
            directions.append(ahead - behind)
            rows.append(np.full(len(stops), row))
    directions = np.concatenate(directions)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True) + 1e-9
    return np.concatenate(centres), directions, np.concatenate(rows)


def _without_overlaps(centres: np.ndarray) -> np.ndarray:
    """Which stones (indices) to keep so that no two are nearer than 0.62 of a stone; earlier ones win."""
    cells = np.floor(centres / (_STONE * 0.62)).astype(int)
    kept: dict[tuple[int, int], list[int]] = {}
    for index, (row, column) in enumerate(cells):
        near = [i for r in (-1, 0, 1) for c in (-1, 0, 1) for i in kept.get((row + r, column + c), ())]
        if all(np.hypot(*(centres[i] - centres[index])) > 0.62 * _STONE for i in near):
            kept.setdefault((row, column), []).append(index)
    return np.array(sorted(i for indices in kept.values() for i in indices))


def _colours(rng: np.random.Generator, rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Colours (n, 3): bands of rows, gold inside the shapes and sea outside, an ivory row between."""
    phase = (np.abs(rows) // 2 + np.round(Noise(rng, 3).at(*centres.T) * 0.8).astype(int)) % 5
    phase = np.where(rng.random(len(rows)) < 0.15, rng.integers(0, 5, len(rows)), phase)
    colours = np.where((rows >= 0)[:, None], _GOLD[phase], _SEA[phase])
    colours = np.where((rows == 0)[:, None], _GOLD[1], colours)
    colours = np.where((rows == -1)[:, None], _SEA[4], colours)
    return vary(rng, colours, 0.12, 0.025)


def _corners(rng: np.random.Generator, centres: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Corners (n, 4, 2) of slightly uneven stones that leave a line of grout."""
    across = directions[:, ::-1] * [1, -1]
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    half = _STONE * (0.43 + 0.035 * rng.standard_normal((len(centres), 4, 2))) * signs
    return centres[:, None] + half[..., :1] * directions[:, None] + half[..., 1:] * across[:, None]
