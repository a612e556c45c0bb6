"""What may be written as α on the command line, and what it is at any moment of a film."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from dynnet.errors import DynnetError

_FORMS = "a number (0.5), one for each block (res3=1,out=-0.5), a list (0,0.25,0.5) or a ramp over time (0..1, 0..1..0)"


@dataclass(frozen=True)
class Ramp:
    """A number, or numbers that follow one another in equal parts of the time, straight in between."""

    points: tuple[float, ...]

    def at(self, time: float) -> float:
        """Its value at a time from 0 to 1."""
        place = min(max(time, 0.0), 1.0) * (len(self.points) - 1)
        before = min(int(place), max(len(self.points) - 2, 0))
        if len(self.points) == 1:
            return self.points[0]
        share = place - before
        return (1 - share) * self.points[before] + share * self.points[before + 1]


@dataclass(frozen=True)
class Strength:
    """One α: `parts` has a ramp for all blocks under "", or one for each block or set that is named.

    `text` is how it was written; it goes into names of files and under pictures.
    """

    text: str
    parts: Mapping[str, Ramp]

    @property
    def moves(self) -> bool:
        """Whether it changes over time."""
        return any(len(ramp.points) > 1 for ramp in self.parts.values())

    def at(self, time: float = 0.0, steps: Callable[[float], float] = float) -> float | dict[str, float]:
        """α as a Dynamic-Net takes it; `steps` is what a number that was written stands for."""
        values = {name: steps(ramp.at(time)) for name, ramp in self.parts.items()}
        return values.get("", values)


def strengths(text: str) -> tuple[Strength, ...]:
    """The strengths that a text asks for: several where it is a list.

    Raises:
        DynnetError: it is none of the forms, holds no finite number, or asks for one twice.
    """
    tokens = [token.strip() for token in text.split(",")]
    named = ["=" in token for token in tokens]
    if any(named):
        if not all(named):
            raise _misread(text, "named blocks and numbers together")
        pairs = [(name.strip(), value) for name, _, value in (token.partition("=") for token in tokens)]
        if len({name for name, _ in pairs}) < len(pairs) or not all(name for name, _ in pairs):
            raise _misread(text, "a block twice or without a name")
        return (Strength(text.strip(), {name: _ramp(value, text) for name, value in pairs}),)
    found = tuple(Strength(token, {"": _ramp(token, text)}) for token in tokens)
    if len(found) > 1 and any(one.moves for one in found):
        raise _misread(text, "a ramp in a list")
    if len({one.parts[""] for one in found}) < len(found):
        raise _misread(text, "a number twice")
    return found


def evenly(frames: int) -> Iterator[float]:
    """The times of frames, from 0 to 1; of a single one 0."""
    return (frame / max(frames - 1, 1) for frame in range(frames))


def _ramp(text: str, whole: str) -> Ramp:
    try:
        points = tuple(float(part) for part in text.split(".."))
    except ValueError:
        raise _misread(whole, repr(whole)) from None
    if not all(map(math.isfinite, points)):
        raise _misread(whole, "a number that is not finite")
    if len(points) > 1 and all(a == b for a, b in pairwise(points)):
        raise _misread(whole, "a ramp that stands still")
    return Ramp(points)


def _misread(text: str, got: str) -> DynnetError:
    return DynnetError(f"--alpha {text}: expected {_FORMS}, got {got}")
