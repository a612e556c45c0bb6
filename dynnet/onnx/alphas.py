"""An alpha as a user gives it, as the arrays that exported graphs take."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from dynnet.dynamic import Alpha
from dynnet.errors import DynnetError

_NDIM = {"number": 0, "picture": 1, "map": 4}


def spelled_out(alpha: Alpha, manifest: Mapping[str, Any], batch: int) -> dict[str, np.ndarray]:
    """{block: its alpha, of the kind it was exported for}.

    Args:
        alpha: as `DynamicNet` takes it; a number does for every kind.
        batch: pictures of the input.

    Raises:
        DynnetError: an unknown name; an alpha that is no finite number, or of another kind than the block's.
    """
    blocks, sets = {block["name"]: block["kind"] for block in manifest["blocks"]}, manifest["sets"]
    given = alpha if isinstance(alpha, Mapping) else dict.fromkeys(blocks, alpha)
    if unknown := [name for name in given if name not in blocks and name not in sets]:
        raise DynnetError(f"no tuning-block at {str(unknown[0])!r}; there are blocks at {', '.join([*blocks, *sets])}")
    by_set = {name: given[group] for group, names in sets.items() if group in given for name in names}
    return {
        name: _of_kind(given.get(name, by_set.get(name, 0.0)), kind, batch, name) for name, kind in blocks.items()
    }


def _of_kind(value: float | Tensor, kind: str, batch: int, name: str) -> np.ndarray:
    try:
        array = np.ascontiguousarray(value.detach().cpu() if isinstance(value, Tensor) else float(value), np.float32)
        array = array.reshape(np.shape(value))  # ascontiguousarray makes a number a row
    except (TypeError, ValueError) as error:
        raise DynnetError(f"alpha of {name!r} must be a number or a tensor, got {type(value).__name__}") from error
    if not np.isfinite(array).all():
        raise DynnetError(f"alpha of {name!r} must be a real number, got {value}")
    if array.ndim == 0 and kind != "number":
        array = np.full((batch, 1, 1, 1)[: _NDIM[kind]], array)
    if array.ndim != _NDIM[kind] or (kind == "map" and array.shape[1] != 1):
        shape = {"number": "a number", "picture": "(B,)", "map": "(B, 1, H, W)"}[kind]
        raise DynnetError(
            f"alpha of {name!r} was exported as {kind!r} and is {shape}, got {array.shape}; "
            "export the network again with another kind of alpha"
        )
    if array.ndim and len(array) == 1:
        array = np.repeat(array, batch, 0)
    if array.ndim and len(array) != batch:
        raise DynnetError(f"alpha of {name!r} is for {len(array)} pictures, and there are {batch}")
    return array
