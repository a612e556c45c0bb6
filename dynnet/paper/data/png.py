"""PNG files without the texts in them that Pillow refuses: no amount of metadata makes a sound picture unreadable."""

import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from dynnet.paper.data.png_colour import KINDS, colours

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_PROFILE = 16 * 2**20  # bytes; the largest colour profiles of printers have some megabytes
# Pillow refuses compressed texts of more than 2**20 bytes, and more than 2**26 bytes of texts in all.
_LONGEST_TEXT = 2**19
_MOST_TEXT = 2**23
_MOST_CHUNKS = 2**16  # of 8 kB each in most files; more than that is no picture of a size that is read
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_PROFILE = b"iCCP"


class _Chunk(NamedTuple):
    kind: bytes
    start: int  # of the whole chunk: length, kind, content, checksum
    size: int  # of the content


class Png(NamedTuple):
    """What Pillow should read, the colour profile, which it need not see, and the bits of a sample.

    `odd` says what colours the file has where these are not understood and read as sRGB; else it is empty.
    """

    stream: BinaryIO
    profile: bytes | None
    depth: int
    odd: str


def opened(stream: BinaryIO) -> Png | None:
    """A PNG file ready for Pillow, without what it says of its colours and without long texts; None for any other file.

    Short texts stay, because some hold the orientation.
    """
    stream.seek(0)
    head = stream.read(len(SIGNATURE) + 17)
    stream.seek(0)
    if not head.startswith(SIGNATURE) or len(head) < 25:
        return None
    chunks = list(itertools.islice(_chunks(stream), _MOST_CHUNKS))
    profile, odd_colours = _colours(stream, chunks)
    long = set(_long_texts(stream, chunks))
    odd = [chunk for chunk in chunks if chunk.kind in KINDS or chunk in long]
    stream.seek(0)
    return Png(_without(stream, odd) if odd else stream, profile, head[24], odd_colours)


def _chunks(stream: BinaryIO) -> Iterator[_Chunk]:
    """All chunks up to the end of the file, or of what can be made out in it; no content is read."""
    end, place = stream.seek(0, io.SEEK_END), len(SIGNATURE)
    while place + 12 <= end:
        stream.seek(place)
        size, kind = struct.unpack(">I4s", stream.read(8))
        if place + 12 + size > end:
            return
        yield _Chunk(kind, place, size)
        place += 12 + size


def _content(stream: BinaryIO, chunk: _Chunk) -> bytes:
    stream.seek(chunk.start + 8)
    return stream.read(chunk.size)


def _long_texts(stream: BinaryIO, chunks: list[_Chunk]) -> list[_Chunk]:
    """The texts that are long, packed or unpacked, and those that come after too many others."""
    odd, room = [], _MOST_TEXT
    for chunk in chunks:
        if chunk.kind not in _TEXTS:
            continue
        size = chunk.size
        if chunk.kind != b"tEXt" and size <= min(room, _LONGEST_TEXT):
            size = max(size, len(_unpacked(_packed(chunk.kind, _content(stream, chunk)), _LONGEST_TEXT + 1)))
        if size > min(room, _LONGEST_TEXT):
            odd.append(chunk)
        else:
            room -= size
    return odd


def _packed(kind: bytes, content: bytes) -> bytes:
    """The zlib data in a zTXt or iTXt chunk."""
    rest = content.partition(b"\0")[2]
    if kind == b"zTXt":
        return rest[1:]  # after the method of compression
    flag, texts = rest[:1], rest[2:].split(b"\0", 2)  # language, translated keyword, text
    return texts[-1] if flag == b"\1" else b""


def _colours(stream: BinaryIO, chunks: list[_Chunk]) -> tuple[bytes | None, str]:
    said: dict[bytes, bytes] = {}
    for chunk in chunks:
        if chunk.kind in KINDS and chunk.kind not in said and chunk.size <= MOST_PROFILE:
            said[chunk.kind] = _content(stream, chunk)
    return colours(said, _profile(said.get(_PROFILE, b"")))


def _profile(content: bytes) -> bytes | None:
    """The profile in an iCCP chunk: a name, a zero, the method of compression, zlib data."""
    profile = _unpacked(content.partition(b"\0")[2][1:], MOST_PROFILE)
    return profile or None


def _unpacked(packed: bytes, most: int) -> bytes:
    """zlib data as far as it is sound, `most` bytes at most."""
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return b""


def _without(stream: BinaryIO, odd: list[_Chunk]) -> BinaryIO:
    kept, place = io.BytesIO(), 0
    for chunk in odd:
        stream.seek(place)
        kept.write(stream.read(chunk.start - place))
        place = chunk.start + 12 + chunk.size
    stream.seek(place)
    kept.write(stream.read())
    kept.seek(0)
    return kept
