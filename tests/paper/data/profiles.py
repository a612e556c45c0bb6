"""ICC profiles for tests, written out by hand: a matrix, a curve, nothing else."""

import struct

import numpy as np

SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_D50 = (0.9642, 1.0, 0.8249)
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # parametric curve of type 3


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile(columns: tuple = SRGB, gamma: float | None = None, space: bytes = b"RGB ", extra: int = 0) -> bytes:
    """A profile whose columns of the matrix to XYZ (D50) are given; `gamma` None is sRGB's curve.

    Args:
        space: b"RGB ", or b"GRAY" for one with a curve alone.
        extra: bytes that cannot be packed, to make it as large as those of printers.
    """
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_SRGB_CURVE)
    if gamma is not None:
        curve = b"para" + bytes(4) + struct.pack(">HH", 0, 0) + _fixed(gamma)
    parts = {b"wtpt": b"XYZ " + bytes(4) + _fixed(*_D50)}
    if space == b"GRAY":
        parts[b"kTRC"] = curve
    else:
        for colour, column in zip((b"r", b"g", b"b"), columns, strict=True):
            parts |= {colour + b"XYZ": b"XYZ " + bytes(4) + _fixed(*column), colour + b"TRC": curve}
    if extra:
        parts[b"junk"] = b"data" + bytes(4) + np.random.default_rng(0).bytes(extra)
    table, body, start = b"", b"", 132 + 12 * len(parts)
    for tag, content in parts.items():
        content += bytes(-len(content) % 4)
        table, body = table + struct.pack(">4sII", tag, start + len(body), len(content)), body + content
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x04200000, b"mntr", space, b"XYZ ").ljust(36, b"\0")
    head = (head + b"acsp").ljust(68, b"\0") + _fixed(*_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def in_srgb(colours: np.ndarray, columns: tuple, gamma: float | None = None) -> np.ndarray:
    """What uint8 colours (..., 3) of such a profile are in sRGB, 0..255 with fractions, clipped to what sRGB has."""
    values = colours / 255
    linear = values**gamma if gamma else np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    there = linear @ np.array(columns) @ np.linalg.inv(np.array(SRGB))
    there = there.clip(0, 1)
    return 255 * np.where(there <= 0.0031308, 12.92 * there, 1.055 * there ** (1 / 2.4) - 0.055)
