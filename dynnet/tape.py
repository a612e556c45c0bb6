"""One pass of a Dynamic-Net written down: PyTorch's operators in their order, with the blends among them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import TreeSpec, tree_leaves


class UnfitForTape(Exception):
    """Why a pass cannot be repeated from a tape: ends the sentence "incremental evaluation is off: ..."."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for a tensor in the arguments of a step."""

    slot: int


@dataclass(slots=True)
class Slot:
    """A tensor of the pass at one moment of its life."""

    memory: int  # tensors that share memory have the same
    nbytes: int  # of that memory
    dtype: torch.dtype
    stride: tuple[int, ...]
    copies_alike: bool  # whether a clone has the same strides


@dataclass(slots=True)
class Step:
    """A call of an operator.

    Attributes:
        results: slots of the result's leaves, None where there is nothing to store.
        writes: (slot, slot afterwards) of what it changes in place.
        expected: for a guard: `outline` of the result, else None.
        site: the blend whose psi this is a part of.
    """

    function: Callable
    args: tuple
    kwargs: dict
    reads: tuple[int, ...]
    results: tuple[int | None, ...] = ()
    writes: tuple[tuple[int, int], ...] = ()
    expected: tuple | None = None
    site: int | None = None


@dataclass(slots=True)
class Blend:
    """z + alpha psi(z) for one block at one call of its child; `apply` takes z, psi and alpha."""

    name: str
    base: int
    psi: int
    result: int
    site: int
    apply: Callable[[Tensor, Tensor, Any], Tensor]


@dataclass(slots=True)
class Tape:
    """Everything that a pass computes, from `inputs` to `outputs`.

    Attributes:
        constants: tensors that came from outside: weights, buffers, tables made at construction.
        outputs: leaves of the output: a Ref, or something that is no tensor.
    """

    steps: list[Step | Blend] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    constants: dict[int, Tensor] = field(default_factory=dict)
    inputs: list[int | None] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    spec: TreeSpec | None = None

    @property
    def blends(self) -> list[Blend]:
        """In the order of the pass; a child that is called twice has two of each of its blocks."""
        return [step for step in self.steps if isinstance(step, Blend)]


def outline(result: Any) -> tuple:
    """What Python can see of a result: shapes and numbers."""
    return tuple(tuple(leaf.shape) if isinstance(leaf, Tensor) else leaf for leaf in tree_leaves(result))
