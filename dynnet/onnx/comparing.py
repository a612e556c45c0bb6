"""Exported graphs beside the network that they were made of, before anybody relies on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.onnx.alphas import as_arrays
from dynnet.onnx.runtime import Staged, Whole
from dynnet.onnx.signature import arguments, array_of, named_inputs, named_outputs

TOLERANCE = 1e-4  # largest difference, relative to the output's size


def compare(net: DynamicNet, x: Any, manifest: Mapping[str, Any], graphs: Mapping[str, bytes]) -> None:
    """Runs the graphs and torch side by side, on `x` and on one picture more, at several working points.

    Raises:
        DynnetError: they differ by more than TOLERANCE.
    """
    kinds = {block["name"]: block["kind"] for block in manifest["blocks"]}
    runtimes: dict[str, Whole | Staged] = {}
    if manifest["whole"]:
        runtimes["the exported graph"] = Whole(manifest, lambda entry: graphs[entry["file"]])
    if manifest["stages"]:
        runtimes["the graph in stages"] = Staged(manifest, lambda entry: graphs[entry["file"]])
    for inputs in _examples(named_inputs(x), manifest):
        arrays = {name: array_of(value, name) for name, value in inputs.items()}
        args, kwargs = arguments(x, inputs.values())
        for runtime in runtimes.values():
            runtime.set_inputs(arrays)
        for alpha in _working_points(net.names):
            alphas = as_arrays(alpha, kinds, net.sets, len(next(iter(inputs.values()))))
            with torch.no_grad():
                tensors = {name: torch.from_numpy(value) for name, value in alphas.items()}
                outputs = named_outputs(net(*args, alpha=tensors, **kwargs))
            true = {name: array_of(value, name) for name, value in outputs.items()}
            for name, runtime in runtimes.items():
                _check(name, true, runtime.run(alphas), alpha)


def _examples(inputs: Mapping[str, Tensor], manifest: Mapping[str, Any]) -> Iterator[dict[str, Tensor]]:
    yield dict(inputs)
    if all(entry["dims"] and isinstance(entry["dims"][0], str) for entry in manifest["inputs"]):
        yield {name: torch.cat([value, value[:1]]) for name, value in inputs.items()}


def _working_points(names: Sequence[str]) -> Iterator[dict[str, float]]:
    """Nothing, everything, each block by itself, and one block's way to both sides."""
    yield dict.fromkeys(names, 0.0)
    yield dict.fromkeys(names, 0.7)
    for i, name in enumerate(names):
        yield dict.fromkeys(names[:i], 0.3) | {name: -0.4}
    yield {names[-1]: 1.2}


def _check(
    what: str, true: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], alpha: Mapping[str, float]
) -> None:
    for name, value in true.items():
        same = found[name].shape == value.shape
        gap = np.abs(found[name] - value).max(initial=0) if same else float("inf")
        if not gap <= TOLERANCE * np.abs(value).max(initial=0):
            shown = ", ".join(f"{block} {number}" for block, number in alpha.items())
            raise DynnetError(
                f"{what} differs from torch by {gap:.1e} at alpha {shown}, so it is not written; does the network hang "
                "on values, chance or state, which an export cannot follow?"
            )
