"""What goes into a network and comes out of it, by the names that its inputs and outputs have in a graph."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynnet.errors import DynnetError


def named_inputs(x: Any) -> dict[str, Tensor]:
    """What a network is called with: a tensor, called x; a tuple of arguments, x.0, x.1; or a dict of keywords, x.KEY.

    Raises:
        DynnetError: there is something else among it than tensors.
    """
    return _named(x, "x", "takes")


def named_outputs(y: Any) -> dict[str, Tensor]:
    """What a network gives: a tensor, called y, or several, y.0, y.1, or y.KEY.

    Raises:
        DynnetError: there is something else among it than tensors.
    """
    return _named(y, "y", "gives")


def arguments(x: Any, values: Iterable[Tensor]) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
    """Positional arguments and keywords of a call as with `x`, of other tensors in the same order."""
    return ((), dict(zip(x, values, strict=True))) if isinstance(x, Mapping) else (tuple(values), {})


def array_of(value: Tensor, name: str) -> np.ndarray:
    """A copy of a tensor, for onnxruntime.

    Raises:
        DynnetError: it is of a type that numpy does not know.
    """
    if value.dtype == torch.bfloat16:
        raise DynnetError(
            f"{name!r} is of type bfloat16, which onnxruntime does not run here; cast the network to float32"
        )
    return value.detach().cpu().numpy().copy()


def _named(value: Any, prefix: str, verb: str) -> dict[str, Tensor]:
    if isinstance(value, Tensor):
        return {prefix: value}
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, tuple | list) else ()
    found = {f"{prefix}.{key}": part for key, part in items}
    if not found or not all(isinstance(part, Tensor) for part in found.values()):
        kinds = ", ".join(type(part).__name__ for part in found.values()) or type(value).__name__
        raise DynnetError(
            f"a network is exported that {verb} a tensor, or a tuple or dict of tensors; this one {verb} {kinds}: "
            "wrap it in a module that does"
        )
    return found
