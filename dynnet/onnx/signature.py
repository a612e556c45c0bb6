"""What goes into a network and comes out of it, by the names that its inputs and outputs have in a graph."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynnet.children import called_with
from dynnet.errors import DynnetError


def named_inputs(x: Any) -> dict[str, Tensor]:
    """What a network is called with.

    Args:
        x: a tensor alone, called x; a tuple of arguments, x.0, x.1; or keywords, by their own names.

    Raises:
        DynnetError: there is something else among it than tensors.
    """
    args, kwargs = called_with(x)
    found = dict(kwargs) or ({"x": args[0]} if isinstance(x, Tensor) else {f"x.{i}": v for i, v in enumerate(args)})
    if wrong := [name for name, value in found.items() if not isinstance(value, Tensor)]:
        raise DynnetError(f"a network is exported with tensors as inputs; {wrong[0]!r} is none: fix it in a wrapper")
    return found


def named_outputs(y: Any) -> dict[str, Tensor]:
    """What a network gives: y if it is a tensor, else y.0, y.1, or y.KEY.

    Raises:
        DynnetError: there is something else among it than tensors.
    """
    if isinstance(y, Tensor):
        return {"y": y}
    items = y.items() if isinstance(y, Mapping) else enumerate(y) if isinstance(y, tuple | list) else ()
    found = {f"y.{key}": value for key, value in items}
    if not found or not all(isinstance(value, Tensor) for value in found.values()):
        raise DynnetError(
            f"a network that is exported gives a tensor, or a tuple, list or dict of tensors; this one gives a "
            f"{type(y).__name__}: wrap it"
        )
    return found


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
