"""Batches: what a network is given at a training step, and what its output is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from dynnet.children import called_with
from dynnet.errors import DynnetError


class Batches(Protocol):
    """A source of batches that is a function of the step alone, so that a killed training goes on with the same bits.

    A batch is `x`, which is then the target too, or a pair `(x, target)`. The input x is a tensor, for `net(x)`; a
    tuple of several, for `net(*x)`; or a dict, for `net(**x)`. A tuple or list of two is always the pair: several
    inputs without a target are `(x, None)`. The target may be whatever the objective takes.
    """

    def batch_at(self, step: int) -> Any:
        """The batch of a step >= 0."""
        ...


@dataclass(frozen=True)
class Batch:
    """One batch, on the device: the network's arguments, and the target of its output."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    target: Any

    @classmethod
    def of(cls, given: Any, device: torch.device) -> "Batch":
        """What a source of batches gave.

        Raises:
            DynnetError: it is neither x nor (x, target).
        """
        if isinstance(given, tuple | list) and len(given) != 2:
            raise DynnetError(f"a batch is x or (x, target), got a {type(given).__name__} of {len(given)}")
        x, target = given if isinstance(given, tuple | list) else (given, given)
        x, target = moved(x, device), moved(target, device)
        if not isinstance(x, Tensor | Mapping | tuple | list):
            raise DynnetError(f"a batch's input is a tensor, a tuple or a dict of them, got {type(x).__name__}")
        return cls(*called_with(x), target)

    def through(self, network: nn.Module, **more: Any) -> Any:
        """The network's output for it."""
        return network(*self.args, **self.kwargs, **more)

    @property
    def size(self) -> int:
        """How many pictures it holds: the first side of its first tensor.

        Raises:
            DynnetError: the network is given no tensor.
        """
        for value in (*self.args, *self.kwargs.values()):
            if isinstance(value, Tensor) and value.ndim:
                return len(value)
        raise DynnetError("a batch has no tensor whose first side would say how many pictures it holds")


def moved(value: Any, device: torch.device) -> Any:
    """Every tensor in nested tuples, lists and mappings on the device; all else as it is."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Mapping):
        return {key: moved(part, device) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(moved(part, device) for part in value))
    if isinstance(value, tuple | list):
        return type(value)(moved(part, device) for part in value)
    return value
