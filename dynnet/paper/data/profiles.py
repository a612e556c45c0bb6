"""ICC profiles of colour spaces that files name by numbers and do not include: three primaries, a white and a curve."""

import struct
from collections.abc import Sequence

import numpy as np

Point = tuple[float, float]  # chromaticity: CIE x and y

D65: Point = (0.3127, 0.3290)
SRGB_PRIMARIES: tuple[Point, ...] = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1, as ICC's parametric curve of type 3

# Adobe RGB (1998), section 4.3: its primaries, white as sRGB's, and the exponent.
_ADOBE: tuple[Point, ...] = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
_ADOBE_GAMMA = 563 / 256

_D50 = np.array((0.9642, 1.0, 0.8249))
# Bradford's cones, by which ICC.1:2010, annex E, adapts colours from one white to another.
_CONES = np.array(((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)))


def adobe_rgb() -> bytes:
    """The profile of Adobe RGB (1998), which cameras name in EXIF and do not always include."""
    return profile_of(_ADOBE, D65, (_ADOBE_GAMMA,))


def profile_of(primaries: Sequence[Point], white: Point, curve: Sequence[float]) -> bytes:
    """The ICC profile of a colour space.

    Args:
        primaries: of red, green and blue.
        curve: ICC's parametric curve from a stored value to light: (exponent,), or the five numbers of type 3.

    Raises:
        ValueError: no colours have these primaries and that white.
    """
    kind = 0 if len(curve) == 1 else 3
    shape = struct.pack(">4s4xHxx", b"para", kind) + _fixed(*curve)
    parts = {b"wtpt": struct.pack(">4s4x", b"XYZ ") + _fixed(*_D50)}
    for colour, column in zip((b"r", b"g", b"b"), _columns(primaries, white).T, strict=True):
        parts |= {colour + b"XYZ": struct.pack(">4s4x", b"XYZ ") + _fixed(*column), colour + b"TRC": shape}
    table, body, start = b"", b"", 128 + 4 + 12 * len(parts)
    for tag, content in parts.items():
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content
    size = start + len(body)
    head = struct.pack(">I4xI4s4s4s", size, 0x04200000, b"mntr", b"RGB ", b"XYZ ").ljust(36, b"\0") + b"acsp"
    return (head.ljust(68, b"\0") + _fixed(*_D50)).ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def _columns(primaries: Sequence[Point], white: Point) -> np.ndarray:
    """XYZ of red, green and blue at full strength, float64 (3, 3), for eyes that have adapted to D50."""
    if min(y for _, y in (*primaries, white)) <= 0:
        raise ValueError(f"expected chromaticities with y > 0, got {primaries} and {white}")
    colours, light = np.array([_xyz(point) for point in primaries]).T, np.array(_xyz(white))
    if abs(np.linalg.det(colours)) < 1e-6:
        raise ValueError(f"expected three primaries that span a triangle, got {primaries}")
    matrix = colours * np.linalg.solve(colours, light)
    gains = (_CONES @ _D50) / (_CONES @ light)
    matrix = np.linalg.inv(_CONES) @ (gains[:, None] * (_CONES @ matrix))
    if not np.abs(matrix).max() < 16:
        raise ValueError(f"expected primaries that make a white, got {primaries} and {white}")
    return matrix


def _xyz(point: Point) -> tuple[float, float, float]:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _fixed(*values: float) -> bytes:
    """ICC's s15Fixed16Numbers."""
    return struct.pack(f">{len(values)}i", *(round(float(value) * 65536) for value in values))
