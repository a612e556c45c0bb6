"""Tensors in few bytes, without loss, and bytes as text of a web page."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_LARGEST = 127


def as_integers(array: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows of float32 as int8 times two to the power of an exponent for each; None where there are none such.

    Shape: array (N, ...) -> integers (N, ...), exponents (N,), both int8.
    """
    rows = np.ascontiguousarray(array, np.float32).reshape(len(array), -1)
    mantissas, exponents = np.frexp(rows.astype(np.float64))
    whole = np.round(mantissas * 2.0**24).astype(np.int64)
    lowest = np.where(whole == 0, 1000, exponents - 24 + np.round(np.log2(np.maximum(whole & -whole, 1))))
    steps = lowest.min(1)
    steps[steps == 1000] = 0
    if (np.abs(steps) > _LARGEST).any():
        return None
    integers = rows / np.exp2(steps)[:, None]
    if np.abs(integers).max(initial=0) > _LARGEST:
        return None
    return integers.astype(np.int8).reshape(array.shape), steps.astype(np.int8)


@dataclass
class Pack:
    """Tensors and graphs of one file to be: a header that says where they lie, and their bytes.

    A tensor has the name of its content, and is stored once in all packs that share `known`.
    """

    known: dict[str, Any]
    body: bytearray = field(default_factory=bytearray)
    tensors: dict[str, Any] = field(default_factory=dict)

    def tensor(self, array: np.ndarray) -> str:
        """Stores a float32 tensor, if it is not stored yet; gives its name."""
        array = np.ascontiguousarray(array, np.float32)
        name = hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()[:16]
        if name not in self.known:
            self.known[name] = self.tensors[name] = self._stored(array)
        return name

    def bytes(self, content: bytes) -> list[int]:
        """Stores bytes; gives their place, [offset, length]."""
        self.body += content
        return [len(self.body) - len(content), len(content)]

    def _stored(self, array: np.ndarray) -> dict[str, Any]:
        if array.ndim > 1 and (found := as_integers(array)):
            integers, exponents = found
            content, kind = exponents.tobytes() + integers.tobytes(), "int8"
        elif (half := array.astype(np.float16)).astype(np.float32).tobytes() == array.tobytes():
            content, kind = half.tobytes(), "half"
        else:
            content, kind = array.tobytes(), "float"
        return {"kind": kind, "dims": list(array.shape), "at": self.bytes(content)[0]}


_FORBIDDEN = (0, 13, ord("<"))  # a page reads these as something else, in a script


def as_text(content: bytes) -> str:
    """Bytes as characters of UTF-8, seven bits in most of them: a seventh longer, where base64 is a third longer.

    A group of seven bits is the character of that number. One that a page would not keep takes the next group with
    it, into a character of two bytes: 256 + 128 x its place among those + the next group.
    """
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    groups = np.pad(bits, (0, -len(bits) % 7)).reshape(-1, 7) @ (1 << np.arange(6, -1, -1))
    found, values, at = [], groups.tolist(), 0
    while at < len(values):
        value = values[at]
        if value in _FORBIDDEN:
            following = values[at + 1] if at + 1 < len(values) else 0
            found.append(256 + 128 * _FORBIDDEN.index(value) + following)
            at += 1
        else:
            found.append(value)
        at += 1
    return "".join(map(chr, found))
