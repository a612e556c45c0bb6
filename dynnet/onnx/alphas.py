"""Alphas as inputs of a graph: of which kind, an example of each, and as arrays."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dynnet.alphas import Alpha, spelled_out
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.layouts import layout_of, places

_SHAPES = {"number": "()", "picture": "(B,)", "map": "(B, 1, H, W)"}


def kinds_of(net: DynamicNet, alpha: str | Mapping[str, str]) -> dict[str, str]:
    """{block: kind of its alpha}.

    Args:
        alpha: a kind for all blocks, or {block or set: kind}; what is left out is a number.

    Raises:
        DynnetError: an unknown kind or name; a map for features that are no pictures.
    """
    given = dict.fromkeys(net.names, alpha) if isinstance(alpha, str) else dict(alpha)
    if unknown := [kind for kind in given.values() if kind not in _SHAPES]:
        raise DynnetError(f"an alpha is exported as {', '.join(_SHAPES)}, got {unknown[0]!r}")
    net.alphas(dict.fromkeys(given, 0.0))  # it knows its names
    by_set = {name: given[group] for group, names in net.sets.items() if group in given for name in names}
    kinds = {name: given.get(name, by_set.get(name, "number")) for name in net.names}
    for name, kind in kinds.items():
        layout = layout_of(net.block(name))
        if kind == "map" and (layout is None or places(layout) != "HW"):
            raise DynnetError(
                f"{name!r} tunes features of layout {layout}; maps are exported for pictures, BCHW or BHWC"
            )
    return kinds


def drawn_of(net: DynamicNet, kinds: Mapping[str, str]) -> dict[str, str]:
    """The kinds of those alphas that vary along no axis of the features, or along the first."""
    batch_first = {name for name in net.names if (layout_of(net.block(name)) or "B")[0] == "B"}
    return {n: kind for n, kind in kinds.items() if kind == "number" or (kind == "picture" and n in batch_first)}


def examples(kinds: Mapping[str, str], batch: int) -> dict[str, Tensor]:
    """An alpha of each kind."""
    shapes = {"number": (), "picture": (batch,), "map": (batch, 1, 12, 10)}
    return {name: torch.full(shapes[kind], 0.5) for name, kind in kinds.items()}


def as_arrays(
    alpha: Alpha, kinds: Mapping[str, str], sets: Mapping[str, Sequence[str]], batch: int
) -> dict[str, np.ndarray]:
    """{block: its alpha, of the kind it was exported for}.

    Args:
        alpha: as `DynamicNet` takes it; a number does for every kind.
        batch: pictures of the input.

    Raises:
        DynnetError: an unknown name; an alpha that is no finite number, or of another kind than the block's.
    """
    values = spelled_out(alpha, tuple(kinds), sets)
    return {name: _of_kind(value, kinds[name], batch, name) for name, value in values.items()}


def _of_kind(value: float | Tensor, kind: str, batch: int, name: str) -> np.ndarray:
    array = np.array(value.detach().float().cpu().numpy() if isinstance(value, Tensor) else value, np.float32)
    if array.shape in ((), (1,)):
        shape = {"number": (), "picture": (batch,), "map": (batch, 1, 1, 1)}[kind]
        return np.full(shape, array.item(), np.float32)
    if kind == "map" and array.ndim == 1:
        array = array[:, None, None, None]
    if array.ndim != {"number": 0, "picture": 1, "map": 4}[kind] or array.shape[1:2] not in ((), (1,)):
        raise DynnetError(
            f"alpha of {name!r} was exported as {kind!r}, {_SHAPES[kind]}, got {array.shape}; give one of that shape, "
            "or export the network again with another kind of alpha"
        )
    if len(array) not in (1, batch):
        raise DynnetError(f"alpha of {name!r} is for {len(array)} pictures, and there are {batch}")
    return np.ascontiguousarray(np.broadcast_to(array, (batch, *array.shape[1:])))
