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
    """Tensors and graphs as one file.

    A tensor has the name of its content, and is stored once in all packs that share `tensors`.

    Attributes:
        tensors: {name: its pack and where it lies there}.
    """

    name: str
    tensors: dict[str, Any]
    body: bytearray = field(default_factory=bytearray)

    def tensor(self, array: np.ndarray) -> str:
        """Stores a float32 tensor, if it is not stored yet; gives its name."""
        array = np.ascontiguousarray(array, np.float32)
        name = hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()[:16]
        if name not in self.tensors:
            self.tensors[name] = {"pack": self.name, "dims": array.shape} | self._stored(array)
        return name

    def bytes(self, content: bytes) -> list[int]:
        """Stores bytes; gives their place, [offset, length]."""
        self.body += content
        return [len(self.body) - len(content), len(content)]

    def _stored(self, array: np.ndarray) -> dict[str, Any]:
        if array.ndim < 2 or not (found := as_integers(array)):
            return {"at": self.bytes(array.tobytes())[0]}
        integers, step = found
        near = ((integers + 128) & 255).astype(np.uint8)  # around 128, where most are
        far = ((integers + 128) >> 8).astype(np.int8)  # how far they are beyond: mostly 0, of which gzip leaves nothing
        return {"step": step, "at": self.bytes(near.tobytes() + far.tobytes())[0]}


def as_text(content: bytes) -> str:
    """Bytes as characters, fifteen bits in each: of two bytes in UTF-16, so a fifteenth longer; base64 is a third."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    groups = np.pad(bits, (0, -len(bits) % 15)).reshape(-1, 15) @ (1 << np.arange(14, -1, -1))
    return (groups + FIRST).astype("<u2").tobytes().decode("utf-16-le")
