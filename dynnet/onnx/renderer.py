"""A Dynamic-Net on onnxruntime: incremental evaluation without torch's own arithmetic."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dynnet.dynamic import Alpha
from dynnet.errors import DynnetError
from dynnet.onnx.alphas import spelled_out
from dynnet.onnx.manifest import read_file, read_manifest


class OnnxRenderer:
    """An exported Dynamic-Net evaluated on one input at many working points, as `IncrementalForward` is.

    Args:
        folder: of `dynnet.onnx.export`.
        threads: of onnxruntime.

    Example:
        >>> render = OnnxRenderer("folder")
        >>> render.set_input(x)
        >>> y = render({"res3": 0.5, "out": 1.0})

    Raises:
        DynnetError: onnxruntime is missing; the folder is none of an export with stages, or was changed since.
    """

    def __init__(self, folder: Path | str, threads: int = 1):
        try:
            from dynnet.onnx.runtime import Staged
        except ImportError as error:
            raise DynnetError("OnnxRenderer needs onnxruntime: pip install 'dynnet[onnx]'") from error
        self._manifest = read_manifest(Path(folder))
        if not self._manifest["stages"]:
            raise DynnetError(f"the network in {folder} was exported without stages; export it with staged=True")
        self._staged = Staged(self._manifest, partial(read_file, Path(folder)), threads)
        self._batch: int | None = None

    def set_input(self, x: Tensor | Sequence[Tensor]) -> None:
        """Changes the input; the next call computes everything once.

        Raises:
            DynnetError: it is none that the network was exported for.
        """
        inputs = [x] if isinstance(x, Tensor) else list(x)
        arrays = {
            entry["name"]: np.array(value.detach().cpu())
            for entry, value in zip(self._manifest["inputs"], inputs, strict=True)
        }
        self._staged.set_inputs(arrays)
        self._batch = len(inputs[0])

    def __call__(self, alpha: Alpha = 1.0) -> Tensor | dict[str, Tensor]:
        """What the network gives at `alpha` (see `DynamicNet.forward`); {name: tensor} where it gives several.

        Raises:
            DynnetError: there is no input yet; an alpha that the network was not exported for.
        """
        if self._batch is None:
            raise DynnetError("there is no input yet; call set_input first")
        outputs = self._staged.run(spelled_out(alpha, self._manifest, self._batch))
        found = {name: torch.from_numpy(np.array(value)) for name, value in outputs.items()}
        return found["y"] if "y" in found else found
