"""The original VGG networks, with ImageNet weights that are too large to ship."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.vgg import VGGTrunk, full_widths

CAFFE_MEAN_RGB = (123.68, 116.779, 103.939)
CAFFE_SCALE = 57.375  # 255 x 0.225: divides Caffe activations down to the scale of torchvision-normalised input

VGG16_TAPS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")  # the paper's and the official code's
VGG19_TAPS = ("relu1_2", "relu2_2", "relu3_4")


def vgg16(weights: str = "imagenet", taps: Sequence[str] = VGG16_TAPS) -> VGGTrunk:
    """VGG16 up to the deepest tap: the paper's loss network (section 4.1, after Johnson et al.).

    Args:
        weights: `imagenet` (fetched once by torchvision, 528 MB) or `random` (for speed measurements only).
        taps: activations to return.

    Raises:
        DynnetError: the weights cannot be fetched.
    """
    return _torchvision_trunk("vgg16", weights, taps)


def vgg19(source: str | Path = "imagenet", taps: Sequence[str] = VGG19_TAPS) -> VGGTrunk:
    """VGG19 up to the deepest tap: the teacher of `vgg19_lite`.

    Args:
        source: `imagenet` (torchvision), `random`, or a path of an npz with the original Caffe weights,
            keys `conv1_1.weight` (OIHW, BGR) and `conv1_1.bias`; activations are divided by 57.375.

    Raises:
        DynnetError: the file is missing or is not such an npz; the weights cannot be fetched.
    """
    if str(source) in ("imagenet", "random"):
        return _torchvision_trunk("vgg19", str(source), taps)
    return _caffe_trunk(Path(source), taps)


def _torchvision_trunk(family: str, weights: str, taps: Sequence[str]) -> VGGTrunk:
    if weights not in ("imagenet", "random"):
        raise DynnetError(f"{family} takes weights 'imagenet' or 'random', got {weights!r}")
    trunk = VGGTrunk(full_widths(family, _deepest(taps)), taps)
    if weights == "imagenet":
        convs = [m for m in _fetch(family).features if isinstance(m, torch.nn.Conv2d)]
        for mine, theirs in zip(trunk.convs.values(), convs, strict=False):  # theirs goes on below the deepest tap
            mine.load_state_dict(theirs.state_dict())
    return trunk.frozen()


def _fetch(family: str) -> torch.nn.Module:
    from torchvision import models  # slow to import, and needed only here

    try:
        return models.get_model(family, weights="IMAGENET1K_V1")
    except OSError as error:
        raise DynnetError(
            f"the ImageNet weights of {family} could not be fetched ({error}); connect once and run "
            "`make data`, or use the shipped feature network `vgg19_lite`"
        ) from error


def _caffe_trunk(path: Path, taps: Sequence[str]) -> VGGTrunk:
    if not path.is_file():
        raise DynnetError(f"no VGG19 weights at {path}: expected an npz with conv1_1.weight ... conv3_4.bias")
    widths = full_widths("vgg19", _deepest(taps))
    mean = [m / 255 for m in CAFFE_MEAN_RGB]
    trunk = VGGTrunk(widths, taps, mean, [CAFFE_SCALE / 255] * 3)
    try:
        with np.load(path) as arrays:
            for name, conv in trunk.convs.items():
                weight, bias = torch.from_numpy(arrays[f"{name}.weight"]), torch.from_numpy(arrays[f"{name}.bias"])
                conv.load_state_dict(_to_rgb_scale(name, weight, bias))
    except (KeyError, ValueError, OSError, RuntimeError, EOFError, TypeError, BadZipFile) as error:
        raise DynnetError(f"{path} does not hold the VGG19 weights conv1_1 ... {list(widths)[-1]}: {error}") from error
    return trunk.frozen()


def _to_rgb_scale(name: str, weight: Tensor, bias: Tensor) -> dict[str, Tensor]:
    # A ReLU network is positively homogeneous: input and biases divided by s divide every activation by s.
    weight = weight.flip(1) if name == "conv1_1" else weight  # BGR -> RGB
    return {"weight": weight, "bias": bias / CAFFE_SCALE}


def _deepest(taps: Sequence[str]) -> str:
    return max(taps).replace("relu", "conv")
