"""PNG files of 16 bits a colour, which Pillow does not write."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dynnet.paper.data.png import SIGNATURE

_TRUECOLOUR, _UP = 2, 2  # type of colours; type of filter: every byte less the one above
_ROWS = 64


def write_deep_png(pixels: np.ndarray, path: Path, exif: bytes = b"") -> None:
    """Writes uint16 (H, W, 3) as PNG; `exif` as Pillow gives it, with or without its leading "Exif".

    Shape and type are the caller's to get right.
    """
    height, width, _ = pixels.shape
    packer = zlib.compressobj(6)
    with path.open("wb") as file:
        file.write(SIGNATURE)
        file.write(_chunk(b"IHDR", struct.pack(">2I5B", width, height, 16, _TRUECOLOUR, 0, 0, 0)))
        if exif:
            file.write(_chunk(b"eXIf", exif.removeprefix(b"Exif\0\0")))
        for rows in _filtered(pixels):
            file.write(_chunk(b"IDAT", packed) if (packed := packer.compress(rows)) else b"")
        file.write(_chunk(b"IDAT", packer.flush()) + _chunk(b"IEND", b""))


def _filtered(pixels: np.ndarray) -> Iterator[bytes]:
    """The rows as bytes, each less the one above and after its type of filter."""
    height, width, _ = pixels.shape
    above = np.zeros((1, width * 6), np.uint8)
    for top in range(0, height, _ROWS):
        strip = pixels[top : top + _ROWS].astype(">u2").reshape(-1, width * 3)
        rows = strip.view(np.uint8)
        less = rows - np.concatenate([above, rows[:-1]])
        above = rows[-1:].copy()
        yield np.concatenate([np.full((len(rows), 1), _UP, np.uint8), less], axis=1).tobytes()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
