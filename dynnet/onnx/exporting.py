"""From a Dynamic-Net to a folder of ONNX graphs: captured, cut, compared with torch, written."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.fingerprint import fingerprint
from dynnet.onnx.alphas import drawn_of, examples, kinds_of
from dynnet.onnx.capture import Captured, capture
from dynnet.onnx.manifest import FORMAT, write_folder
from dynnet.onnx.signature import named_inputs

_PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def export(
    net: DynamicNet,
    x: Any,
    folder: Path | str,
    *,
    alpha: str | Mapping[str, str] = "number",
    multiple: int = 1,
    half: bool = False,
    free: bool = True,
    whole: bool = True,
    staged: bool = True,
) -> Path:
    """Writes a Dynamic-Net as ONNX graphs that take alpha as inputs; the package says what lies in the folder then.

    The graphs are compared with torch on `x` before they are written.

    Args:
        net: put in eval mode.
        x: an example of what the main network takes: a tensor, a tuple of them, or a dict of keywords; pictures
            (B, C, H, W), latents (B, L), anything with a batch in front.
        folder: made if it is missing.
        alpha: what an alpha is: "number", "picture" (one per picture) or "map" (B, 1, h, w); for all blocks, or by
            block or set, the others taking numbers.
        multiple: promise that height and width are multiples of this. A network that pads its input to such sizes
            then does so no more: pad outside of it.
        half: store weights in half precision.
        free: leave batch, height and width open where the network allows it; where not, a warning says so. With
            windows laid out by the size, as in Swin, torch thinks about that for many minutes; without it, seconds.
        whole: write the whole network in one graph.
        staged: write it cut at its blocks.

    Returns:
        The folder.

    Raises:
        DynnetError: a package is missing; an unknown kind or block; a block does not run; the network cannot be
            exported, or the graphs do not do what it does; the folder cannot be written.
    """
    if missing := [name for name in _PACKAGES if importlib.util.find_spec(name) is None]:
        raise DynnetError(f"export needs {', '.join(missing)}: pip install 'dynnet[onnx]'")
    if multiple < 1 or not (whole or staged):
        raise DynnetError(f"export takes multiple >= 1, and whole or staged or both; got {multiple}, {whole}, {staged}")
    from dynnet.onnx.comparing import compare
    from dynnet.onnx.half import with_half_weights
    from dynnet.onnx.thin import by_rows

    kinds, inputs = kinds_of(net, alpha), named_inputs(x)
    if wrong := [v.shape for v in inputs.values() if v.ndim == 4 and any(side % multiple for side in v.shape[2:])]:
        raise DynnetError(f"height and width are to be multiples of {multiple}, the example is {tuple(wrong[0])}")
    captured = capture(net.eval(), x, examples(kinds, len(next(iter(inputs.values())))), multiple, free)
    manifest, models = _parts(captured, whole, staged, drawn_of(net, kinds))
    models = {name: by_rows(model) for name, model in models.items()}
    manifest |= {
        "format": FORMAT,
        "main": fingerprint(net.main),
        "half": half,
        "multiple": multiple,
        "inputs": _inputs(captured),
        "blocks": [{"name": name, "alpha": f"alpha.{name}", "kind": kind} for name, kind in kinds.items()],
        "sets": {group: list(names) for group, names in net.sets.items()},
    }
    compare(net, x, manifest, {name: model.SerializeToString() for name, model in models.items()})
    if half:
        models = {name: with_half_weights(model) for name, model in models.items()}
    write_folder(Path(folder), manifest, {name: model.SerializeToString() for name, model in models.items()})
    return Path(folder)


def _parts(captured: Captured, whole: bool, staged: bool, drawn: Mapping[str, str]) -> tuple[dict, dict[str, Any]]:
    """The manifest's entries of graphs, and {file: graph}."""
    from dynnet.onnx import staging

    manifest: dict[str, Any] = {"outputs": {name: name for name in captured.outputs}, "whole": None, "stages": []}
    models = {}
    if whole:
        manifest["whole"] = {"file": "whole.onnx"}
        models["whole.onnx"] = staging.whole(captured)
    if staged:
        stages, manifest["outputs"] = staging.stages(captured, drawn)
        for number, stage in enumerate(stages):
            file = f"stage{number:02d}-{stage.kind}.onnx"
            models[file] = stage.model
            manifest["stages"].append(
                {
                    "file": file,
                    "kind": stage.kind,
                    "inputs": [value.name for value in stage.model.graph.input],
                    "outputs": [value.name for value in stage.model.graph.output],
                    "terms": [{"block": block, "value": value, "to": to} for block, value, to in stage.terms],
                }
            )
    return manifest, models


def _inputs(captured: Captured) -> list[dict[str, Any]]:
    import onnx

    found = []
    for value in captured.model.graph.input[: len(captured.inputs)]:
        tensor = value.type.tensor_type
        dims = [dim.dim_param or dim.dim_value for dim in tensor.shape.dim]
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        found.append({"name": value.name, "type": str(kind), "dims": dims})
    return found
