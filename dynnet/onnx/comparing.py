"""Exported graphs beside the network that they were made of, before anybody relies on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.onnx.alphas import spelled_out
from dynnet.onnx.capture import named
from dynnet.onnx.runtime import Staged, session

TOLERANCE = 1e-4  # largest difference, relative to the output's size


def compare(net: DynamicNet, inputs: Sequence[Tensor], manifest: Mapping[str, Any], graphs: Mapping[str, bytes]) -> None:
    """Runs the graphs and torch side by side, on `inputs` and on one batch more, at several working points.

    Raises:
        DynnetError: they differ by more than TOLERANCE.
    """
    plain = session(graphs[manifest["whole"]["file"]]) if manifest["whole"] else None
    staged = Staged(manifest, lambda entry: graphs[entry["file"]]) if manifest["stages"] else None
    for example in _examples(inputs, manifest):
        arrays = {entry["name"]: value.numpy() for entry, value in zip(manifest["inputs"], example, strict=True)}
        if staged:
            staged.set_inputs(arrays)
        for alpha in _working_points(net.names):
            spelled = spelled_out(alpha, manifest, len(example[0]))
            with torch.no_grad():
                true = named(net(*example, alpha={name: torch.from_numpy(value) for name, value in spelled.items()}))
            if plain:
                feeds = arrays | {f"alpha.{name}": value for name, value in spelled.items()}
                _check("the exported graph", true, dict(zip(true, plain.run(list(true), feeds), strict=True)), alpha)
            if staged:
                _check("the graph in stages", true, staged.run(spelled), alpha)


def _examples(inputs: Sequence[Tensor], manifest: Mapping[str, Any]) -> Iterator[list[Tensor]]:
    yield [value.detach().cpu().contiguous() for value in inputs]
    if all(isinstance(entry["dims"][0], str) for entry in manifest["inputs"]):
        yield [torch.cat([value, value[:1]]).detach().cpu() for value in inputs]


def _working_points(names: Sequence[str]) -> Iterator[dict[str, float]]:
    """Nothing, everything, each block by itself, and one block's way to both sides."""
    yield dict.fromkeys(names, 0.0)
    yield dict.fromkeys(names, 0.7)
    for i, name in enumerate(names):
        yield {other: 0.3 for other in names[:i]} | {name: -0.4}
    yield {names[-1]: 1.2}


def _check(what: str, true: Mapping[str, Tensor], found: Mapping[str, np.ndarray], alpha: Mapping[str, float]) -> None:
    for name, value in true.items():
        gap = np.abs(found[name] - value.numpy()).max() if found[name].shape == tuple(value.shape) else float("inf")
        if not gap <= TOLERANCE * max(value.abs().max().item(), np.finfo(np.float32).tiny):
            shown = ", ".join(f"{block} {number}" for block, number in alpha.items())
            raise DynnetError(
                f"{what} differs from torch by {gap:.1e} at alpha {shown}; it is not written: the network may hang on "
                "values, chance or state that an export cannot follow"
            )
