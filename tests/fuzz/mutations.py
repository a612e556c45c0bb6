"""Damage: what a bad disk, a bad network or somebody with bad intentions does to a file."""

import json
import re
import struct
import zlib
from typing import Any

from hypothesis import strategies as st

_NUMBERS = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 64, 8000, 70_000]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes with one to six faults: flipped bits, other bytes, numbers at the edge, cuts, insertions, repeats."""
    data = bytearray(content)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3, 6]))):
        # small places are likelier: headers are where the interesting faults are
        place = min(draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))) if data else 0
        fault = draw(st.sampled_from(["bit", "byte", "number", "cut", "insert", "remove", "repeat", "zeros"]))
        size = draw(st.integers(1, 64))
        if fault == "bit" and place < len(data):
            data[place] ^= 1 << draw(st.integers(0, 7))
        elif fault == "byte" and place < len(data):
            data[place] = draw(st.integers(0, 255))
        elif fault == "number":
            number = draw(st.sampled_from(_NUMBERS))
            packed = struct.pack(draw(st.sampled_from(["<I", ">I"])), number)
            data[place : place + 4] = packed
        elif fault == "cut":
            del data[max(place, len(data) // 4) :]
        elif fault == "insert":
            data[place:place] = draw(st.binary(max_size=64))
        elif fault == "remove":
            del data[place : place + size]
        elif fault == "repeat":
            data[place:place] = data[place : place + size] * draw(st.integers(1, 40))
        else:
            data[place : place + size] = bytes(size)
    return bytes(data)


@st.composite
def resized(draw: st.DrawFn, picture: bytes) -> bytes:
    """A picture whose header claims another size; the pixels stay as they are."""
    sides = st.sampled_from([1, 16, 100, 2_000, 8_000, 16_383, 20_000, 65_535]) | st.integers(0, 65_535)
    height, width = draw(sides), draw(sides)
    if picture.startswith(b"\x89PNG"):
        return with_checksums(picture[:16] + struct.pack(">II", width, height) + picture[24:])
    if picture.startswith(b"\xff\xd8"):
        place = max(picture.find(b"\xff\xc0"), picture.find(b"\xff\xc2"))
        return picture[: place + 5] + struct.pack(">HH", height, width) + picture[place + 9 :]
    place = picture.find(b"VP8 ")
    if place < 0:
        return picture
    return picture[: place + 14] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + picture[place + 18 :]


def with_checksums(png: bytes) -> bytes:
    """A PNG whose chunks have the checksums of what is in them now: faults get past the first look."""
    data, place = bytearray(png), 8
    while place + 12 <= len(data):
        size = struct.unpack(">I", data[place : place + 4])[0]
        end = place + 8 + size
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return bytes(data)


junk: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 2**31, 2**63, 10**40, 1e308, "", "x", "main", "\n", "é", "res3", "weights.a"])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def edited(draw: st.DrawFn, tree: Any) -> Any:
    """A JSON value in which one to four places are gone, new, or hold something else."""
    tree = json.loads(json.dumps(tree))
    for _ in range(draw(st.integers(1, 4))):
        tree = _edit(draw, tree)
    return tree


def _edit(draw: st.DrawFn, tree: Any) -> Any:
    if isinstance(tree, dict | list) and tree and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(list(tree) if isinstance(tree, dict) else range(len(tree))))
        fault = draw(st.sampled_from(["inside", "inside", "inside", "gone", "new", "twice"]))
        if fault == "inside":
            tree[key] = _edit(draw, tree[key])
        elif fault == "gone":
            del tree[key]
        elif isinstance(tree, dict):
            tree[draw(st.text(max_size=8))] = draw(junk) if fault == "new" else tree[key]
        else:
            tree.append(draw(junk) if fault == "new" else tree[key])
        return tree
    return draw(junk)


_VALUE = re.compile(r"(?<=[=\[,] )[^\s,\[\]{}#]+|\"[^\"\n]*\"|^\w+(?= =)", re.MULTILINE)
_WORDS = (  # noqa: SIM905
    "3 -1 0 1e999 nan -inf [] {} true false '' 'x' [[1]] 1979-05-27 07:32:00 0x10 1_000 [1,2,3] {a=1} '\\u0000' 'main' "
    '["a","b"] 99999999999999999999 0.5 \'smoke\' \'vgg16\' 1e-300 "\\n" "α"'
).split()


@st.composite
def reworded(draw: st.DrawFn, text: str) -> str:
    """A text in which one to four words of a TOML file are others."""
    for _ in range(draw(st.integers(1, 4))):
        if not (found := list(_VALUE.finditer(text))):
            break
        place = draw(st.sampled_from(found))
        text = text[: place.start()] + draw(st.sampled_from(_WORDS)) + text[place.end() :]
    return text
