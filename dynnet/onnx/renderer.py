"""A Dynamic-Net on onnxruntime: incremental evaluation without torch's own arithmetic."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynnet.alphas import Alpha
from dynnet.errors import DynnetError
from dynnet.onnx.alphas import as_arrays
from dynnet.onnx.manifest import read_file, read_manifest
from dynnet.onnx.signature import array_of, named_inputs


class OnnxRenderer:
    """An exported Dynamic-Net evaluated on one input at many working points, as `IncrementalForward` is.

    Args:
        folder: of `dynnet.onnx.export`.
        threads: of onnxruntime.
        whole: run the whole network in one graph for every alpha, instead of the stages that a change touches.

    Example:
        >>> render = OnnxRenderer("folder")
        >>> render.set_input(x)
        >>> y = render({"res3": 0.5, "out": 1.0})

    Raises:
        DynnetError: onnxruntime is missing; the folder is none of an export of that kind, or was changed since.
    """

    def __init__(self, folder: Path | str, threads: int = 1, whole: bool = False):
        try:
            from dynnet.onnx.runtime import Staged, Whole
        except ImportError as error:
            raise DynnetError("OnnxRenderer needs onnxruntime: pip install 'dynnet[onnx]'") from error
        self._manifest = read_manifest(Path(folder))
        if not self._manifest["whole" if whole else "stages"]:
            way, argument = ("in one graph", "whole") if whole else ("in stages", "staged")
            raise DynnetError(f"the network in {folder} was not exported {way}; export it with {argument}=True")
        self._kinds = {block["name"]: block["kind"] for block in self._manifest["blocks"]}
        self._runtime = (Whole if whole else Staged)(self._manifest, partial(read_file, Path(folder)), threads)
        self._batch: int | None = None

    def set_input(self, x: Any) -> None:
        """Changes the input (a tensor, a tuple of them, or keywords); the next call computes everything once.

        Raises:
            DynnetError: it is none that the network was exported for.
        """
        inputs, wanted = named_inputs(x), {entry["name"]: entry for entry in self._manifest["inputs"]}
        if inputs.keys() != wanted.keys():
            raise DynnetError(f"the network takes {', '.join(wanted)}, got {', '.join(inputs)}")
        self._batch = None
        arrays = {name: array_of(value, name) for name, value in inputs.items()}
        for name, array in arrays.items():
            _check(array, wanted[name], self._manifest["multiple"])
        self._runtime.set_inputs(arrays)
        self._batch = len(next(iter(arrays.values())))

    def __call__(self, alpha: Alpha = 1.0) -> Tensor | dict[str, Tensor]:
        """What the network gives at `alpha` (see `DynamicNet.forward`); {name: tensor} where it gives several.

        Raises:
            DynnetError: there is no input yet; an alpha that the network was not exported for.
        """
        if self._batch is None:
            raise DynnetError("there is no input yet; call set_input first")
        outputs = self._runtime.run(as_arrays(alpha, self._kinds, self._manifest["sets"], self._batch))
        found = {name: torch.from_numpy(np.array(value)) for name, value in outputs.items()}
        return found.get("y", found)


def _check(array: np.ndarray, entry: Mapping[str, Any], multiple: int) -> None:
    dims, fits = entry["dims"], str(array.dtype) == entry["type"] and array.ndim == len(entry["dims"])
    if fits:
        pairs = list(zip(array.shape, dims, strict=True))
        sides = [side for side, dim in pairs if dim in ("height", "width")]
        fits = all(side == dim for side, dim in pairs if not isinstance(dim, str))
        fits = fits and not any(side % multiple for side in sides)
    if not fits:
        condition = f" with height and width multiples of {multiple}" if multiple > 1 else ""
        raise DynnetError(
            f"{entry['name']} is {entry['type']} ({', '.join(map(str, dims))}){condition}, "
            f"got {array.dtype} {array.shape}; the network was exported for that"
        )
