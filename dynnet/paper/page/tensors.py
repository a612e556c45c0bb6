"""Tensors in few bytes, without loss, and bytes as text of a web page."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_FAR = 32_000
FIRST = 0x100  # character of the group 0: those up to 0x80ff are letters that no page changes


def as_integers(array: np.ndarray) -> tuple[np.ndarray, int] | None:
    """float32 as whole multiples of a step, as int16, and the step's code; None where there is none such.

    The step is (4 + code % 4) times two to the power of code // 4, as `rounding.step_near` makes them.
    """
    values = np.ascontiguousarray(array, np.float64)
    if not values.any():
        return None
    found = []
    for factor in (4, 5, 6, 7):
        mantissas, exponents = np.frexp(values[values != 0] / factor)
        whole = np.round(mantissas * 2.0**40).astype(np.int64)
        exponent = int((exponents - 40 + np.log2((whole & -whole).astype(np.float64))).min())
        integers = values / (factor * 2.0**exponent)
        if np.abs(integers).max() <= _FAR and np.array_equal(np.round(integers), integers):
            found.append((float(np.abs(integers).max()), integers, 4 * exponent + factor - 4))
    if not found:
        return None
    _, integers, code = min(found, key=lambda one: one[0])
    return integers.astype(np.int16), code


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
            integers, step = found
            near = (integers + 128) & 255  # around 128, where most are; the rest says how far they are beyond
            far = (integers + 128) >> 8
            content, kind = near.astype(np.uint8).tobytes(), "near"
            if far.any():
                content, kind = content + far.astype(np.int8).tobytes(), "far"
            return {"kind": kind, "step": step, "dims": list(array.shape), "at": self.bytes(content)[0]}
        if (half := array.astype(np.float16)).astype(np.float32).tobytes() == array.tobytes():
            content, kind = half.tobytes(), "half"
        else:
            content, kind = array.tobytes(), "float"
        return {"kind": kind, "dims": list(array.shape), "at": self.bytes(content)[0]}


def as_text(content: bytes) -> str:
    """Bytes as characters, fifteen bits in each: of two bytes in UTF-16, so a fifteenth longer; base64 is a third."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    groups = np.pad(bits, (0, -len(bits) % 15)).reshape(-1, 15) @ (1 << np.arange(14, -1, -1))
    return (groups + FIRST).astype("<u2").tobytes().decode("utf-16-le")
