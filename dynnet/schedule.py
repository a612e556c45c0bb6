"""How long and how fast to train; apart from the loop, so that reading a recipe does not load what trains."""

from dataclasses import dataclass
from math import inf

from dynnet.errors import DynnetError

SHORTEST_CYCLE = 8


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to optimise with Adam.

    Args:
        steps: optimiser steps in all.
        rate: learning rate; the peak of a one-cycle schedule, or the constant one.
        one_cycle: rise to the peak over the first quarter, then fall to nothing along a cosine.
        clip: largest gradient norm, or 0 for none.

    Raises:
        DynnetError: a number is out of range, or a one-cycle schedule has too few steps.
    """

    steps: int
    rate: float
    one_cycle: bool = True
    clip: float = 0.0

    def __post_init__(self) -> None:
        if not (self.steps >= 1 and 0 < self.rate < inf and 0 <= self.clip < inf):
            raise DynnetError(
                f"expected steps >= 1, rate > 0 and clip >= 0, got {self.steps}, {self.rate} and {self.clip}"
            )
        if self.one_cycle and self.steps < SHORTEST_CYCLE:
            raise DynnetError(f"a one-cycle schedule needs at least {SHORTEST_CYCLE} steps, got {self.steps}")
