"""PNG files for tests, chunk by chunk: what encoders do that Pillow's does not."""

import struct
import zlib
from collections.abc import Sequence

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
SIDE = 16


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(row: bytes, depth: int, colour: int, *extra: bytes, rows: int = SIDE) -> bytes:
    """A picture of 16 pixels a row, all rows alike; `extra` chunks come before the pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, rows, depth, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + row) * rows))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + pixels + chunk(b"IEND", b"")


def packed_row(samples: Sequence[int], depth: int) -> bytes:
    """Samples of 1, 2, 4, 8 or 16 bits as a row of a PNG."""
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    return bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8))


def transparent(*samples: int) -> bytes:
    """The colour that is transparent."""
    return chunk(b"tRNS", struct.pack(f">{len(samples)}H", *samples))
