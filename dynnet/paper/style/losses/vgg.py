"""The VGG trunk that every feature network here is a variation of (Simonyan and Zisserman, 2015).

A feature network maps pictures in [0, 1] to a dictionary of named ReLU activations. Its parameters are
constants of the loss: they never receive gradients, and the module stays in eval mode.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError

BLOCK_CONVS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
BLOCK_WIDTHS = (64, 128, 256, 512, 512)

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def conv_names(family: str, last: str) -> list[str]:
    """Names `conv1_1` ... up to and including `last` (`conv3_4`) of a VGG family (`vgg16`, `vgg19`)."""
    names = [f"conv{b}_{i}" for b, n in enumerate(BLOCK_CONVS[family], 1) for i in range(1, n + 1)]
    if last not in names:
        raise DynnetError(f"{family} has no layer {last!r}; it has {', '.join(names)}")
    return names[: names.index(last) + 1]


def relu_name(conv: str) -> str:
    """`conv3_4` -> `relu3_4`: activations are named after the ReLU that ends them."""
    return conv.replace("conv", "relu")


class VGGTrunk(nn.Module):
    """3x3 convolutions with ReLU, halved by max-pooling before every `convN_1` with N > 1.

    Args:
        widths: output channels of every convolution by name, in order, e.g. `{"conv1_1": 64, ...}`.
        taps: names of the activations to return, e.g. `("relu1_2", "relu2_2")`.
        mean, std: normalisation of RGB pictures in [0, 1].
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        taps: Sequence[str],
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        known = [relu_name(name) for name in widths]
        if unknown := [tap for tap in taps if tap not in known]:
            raise DynnetError(f"no activation {unknown[0]!r} in this feature network; it has {', '.join(known)}")
        self.taps = tuple(taps)
        self.convs = nn.ModuleDict()
        channels = 3
        for name, width in widths.items():
            self.convs[name] = nn.Conv2d(channels, width, 3, padding=1)
            channels = width
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """x: (B, 3, H, W) in [0, 1], H and W at least 16. Returns {tap: (B, C, H / 2^k, W / 2^k)}."""
        return {name: self.read(name, z) for name, z in self.activations(x).items() if name in self.taps}

    def activations(self, x: Tensor) -> dict[str, Tensor]:
        """Every ReLU activation of the trunk, by name."""
        if x.ndim != 4 or x.shape[1] != 3:
            raise DynnetError(f"a feature network takes pictures (B, 3, H, W) in [0, 1], got {tuple(x.shape)}")
        z, out = (x - self.mean) / self.std, {}
        for name, conv in self.convs.items():
            if name.endswith("_1") and name != "conv1_1":
                z = F.max_pool2d(z, 2)
            z = out[relu_name(name)] = F.relu(conv(z), inplace=True)
        return out

    def read(self, tap: str, z: Tensor) -> Tensor:
        """The feature returned for a tap; the identity here, a learned read-out in the distilled network."""
        return z

    def frozen(self) -> Self:
        """This network as a constant: no gradients to its weights, eval mode.

        Channels last in memory: on a CPU a pass then takes half the time (1x1 read-outs are matrix products).
        """
        return self.requires_grad_(False).eval().to(memory_format=torch.channels_last)


def full_widths(family: str, last: str) -> dict[str, int]:
    """Channels of the original network by convolution name."""
    return {name: BLOCK_WIDTHS[int(name[4]) - 1] for name in conv_names(family, last)}
