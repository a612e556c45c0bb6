"""The networks of the page: rounded, exported in stages, compared with what they were, and packed."""

import copy
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.inliner
import torch
from onnx import ModelProto, TensorProto, numpy_helper
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.fingerprint import fingerprint
from dynnet.onnx import export
from dynnet.onnx.manifest import FORMAT, NAME, read_file, read_manifest, write_folder
from dynnet.paper.page import rounding
from dynnet.paper.page.tensors import Pack

TOLERANCE, SHARE = 2 / 255, 0.001  # of a picture's numbers, so many at most may change by more
_ALPHAS = (0.0, 0.5, 1.0)
_FINER = ((1.0, 1.0), (1.0, 1.5), (1.5, 1.5), (2.0, 2.5))  # times the fineness of main network and blocks, in turn
_WAY = 1  # of rounding and exporting; another number makes everything anew
_SMALL = 64  # numbers; below, a constant stays in its graph


@dataclass(frozen=True)
class Inputs:
    """What a network is rounded for, what it is checked on, and how fine the grids are of main network and blocks."""

    typical: Tensor
    other: Tensor
    fineness: tuple[float, float] = (20.0, 20.0)


def staged(net: DynamicNet, inputs: Inputs, cache: Path, alpha: str = "number", multiple: int = 1) -> Path:
    """The folder of an export of the network with rounded weights; made anew only when something has changed.

    Raises:
        DynnetError: what `export` raises; the rounded network makes other pictures.
    """

    def write(folder: Path) -> None:
        rounded = _rounded(net, inputs)
        export(rounded, inputs.other, folder, alpha=alpha, multiple=multiple, whole=False)

    return _kept(cache, net, inputs, f"{alpha} {multiple}", write)


def plain(module: nn.Module, inputs: Inputs, outputs: tuple[str, ...], cache: Path, tolerance: float) -> Path:
    """The same for a network without blocks, which measures pictures (1, C, H, W); one stage.

    Args:
        tolerance: of the root mean square error that rounding makes of an output, relative to the output's own.
    """

    def write(folder: Path) -> None:
        rounded = copy.deepcopy(module).eval()
        rounding.round_weights(rounded, lambda: rounded(inputs.typical), inputs.fineness[0], rounded)
        with torch.no_grad():
            pairs = list(zip(outputs, rounded(inputs.other), module(inputs.other), strict=True))
        for name, found, wanted in pairs:
            error = float((found - wanted).square().mean().sqrt() / wanted.square().mean().sqrt())
            if error > tolerance:
                raise DynnetError(f"rounded weights change {name} by {error:.2%}, expected {tolerance:.2%} at most")
        stage = {"file": "stage.onnx", "kind": "plain", "inputs": ["x"], "outputs": list(outputs), "terms": []}
        manifest = {"format": FORMAT, "whole": None, "stages": [stage], "blocks": [], "sets": {}}
        manifest |= {"outputs": {name: name for name in outputs}, "inputs": [{"name": "x"}]}
        write_folder(folder, manifest, {"stage.onnx": _traced(rounded, inputs.other, outputs)})

    return _kept(cache, module, inputs, f"{outputs} {tolerance}", write)


def packed(folder: Path, pack: Pack) -> dict[str, Any]:
    """Puts an export into a pack; gives its manifest, in which a stage has its graph's place and its tensors' names."""
    manifest = read_manifest(folder)
    stages = []
    for stage in manifest["stages"]:
        model = onnx.load_from_string(read_file(folder, stage))
        tensors = [pack.tensor(array) for array in _weights_taken_out(model)]
        kept = {key: stage[key] for key in ("kind", "inputs", "outputs", "terms")}
        stages.append(kept | {"graph": pack.bytes(model.SerializeToString()), "tensors": tensors})
    blocks = [{key: block[key] for key in ("name", "alpha", "kind")} for block in manifest["blocks"]]
    return {"stages": stages, "blocks": blocks, "sets": manifest["sets"], "outputs": manifest["outputs"]}


def _rounded(net: DynamicNet, inputs: Inputs) -> DynamicNet:
    """On the grids that are asked for, or on finer ones where the pictures would change too much.

    Raises:
        DynnetError: they change too much all the same.
    """
    for main, blocks in _FINER:
        rounded = _on_grids(net, inputs, main * inputs.fineness[0], blocks * inputs.fineness[1])
        with torch.no_grad():
            pairs = [[one(inputs.other, alpha=alpha) for one in (rounded, net)] for alpha in _ALPHAS]
        changed = max(float(((found - wanted).abs() > TOLERANCE).float().mean()) for found, wanted in pairs)
        if changed <= SHARE:
            return rounded
    raise DynnetError(
        f"rounded weights change {changed:.2%} of a picture's numbers by more than 2/255, expected {SHARE:.2%} at "
        "most; make the grids finer"
    )


def _on_grids(net: DynamicNet, inputs: Inputs, main: float, blocks: float) -> DynamicNet:
    """The main network first, by itself, so that it is the same for all blocks on it; then the blocks."""
    rounded = copy.deepcopy(net)
    rounding.round_weights(rounded.main, lambda: rounded.main(inputs.typical), main, rounded.main)

    def walk() -> None:
        for alpha in _ALPHAS[1:]:
            rounded(inputs.typical, alpha=alpha)

    rounding.round_weights(rounded.blocks, walk, blocks, rounded)
    return rounded


def _kept(cache: Path, module: nn.Module, inputs: Inputs, options: str, write: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(f"{_WAY} {options} {inputs.fineness} {torch.__version__} {fingerprint(module)}".encode())
    for pictures in (inputs.typical, inputs.other):
        digest.update(f"{tuple(pictures.shape)}".encode() + pictures.contiguous().numpy().tobytes())
    folder = Path(cache) / digest.hexdigest()[:16]
    if not (folder / NAME).is_file():
        write(folder)
    return folder


def _traced(module: nn.Module, x: Tensor, outputs: tuple[str, ...]) -> bytes:
    sides = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    program = torch.onnx.export(
        module, (x,), input_names=["x"], output_names=list(outputs), dynamic_shapes=(sides,), dynamo=True, verbose=False
    )
    return onnx.inliner.inline_local_functions(program.model_proto).SerializeToString()


def _weights_taken_out(model: ModelProto) -> list[np.ndarray]:
    """Takes the larger float32 constants out of a graph, which then expects them behind each other in one file."""
    taken, offset = [], 0
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL:
            continue
        taken.append(numpy_helper.to_array(tensor))
        _refer(tensor, {"location": "weights", "offset": offset, "length": taken[-1].nbytes})
        offset += taken[-1].nbytes
    for part in (model, *model.graph.node, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
    for node in model.graph.node:
        node.ClearField("name")
    model.graph.ClearField("value_info")
    model.graph.ClearField("metadata_props")
    return taken


def _refer(tensor: TensorProto, place: Mapping[str, Any]) -> None:
    tensor.ClearField("raw_data")
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in place.items():
        tensor.external_data.add(key=key, value=str(value))
