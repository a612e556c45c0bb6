"""Kernel Inception Distance (Binkowski et al. 2018), with the features of a network of one's own.

KID is the squared maximum mean discrepancy of two sets of pictures under the kernel (x.y / d + 1)^3 on d features.
These are not Inception's, so the numbers compare only with numbers made with the same features, never with published
ones: another network, or another training of it, has another scale.
"""

import warnings
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics.image.kid import KernelInceptionDistance

from dynnet.errors import DynnetError
from dynnet.networks.attribute_classifier import SIZE

Features = Callable[[Tensor], Tensor]


def kid(
    features: Features,
    fakes: Tensor,
    reals: Tensor,
    subset_size: int = 500,
    subsets: int = 50,
    seed: int = 0,
    batch: int = 128,
) -> tuple[float, float]:
    """How far generated faces are from real ones: (mean, standard deviation) over random subsets.

    Lower is better. For two sets from one source the mean is 0 give or take, so it can be below 0. Comparable only
    among numbers made with these very features, subset sizes aside.

    Args:
        features: pictures (B, 3, 64, 64) in [0, 1] -> (B, F), e.g. `classifier.features`, in eval mode.
        fakes: (N, 3, H, W) in [0, 1]; those of another size are resized to 64 a side, antialiased.
        reals: (M, 3, H, W) likewise.
        subset_size: how many of either are drawn for one subset; at most N and M, at least 2.
        subsets: how often they are drawn.
        seed: of the draws; the global random numbers stay as they are.

    Raises:
        DynnetError: pictures of another shape or not of floating point; fewer of them than in a subset.
    """
    for name, pictures in (("fakes", fakes), ("reals", reals)):
        _check(name, pictures, subset_size)
    metric = _metric(features, subsets, subset_size)
    for pictures, real in ((fakes, False), (reals, True)):
        for x in pictures.split(batch):
            metric.update(x, real=real)
    with torch.random.fork_rng(devices=[]):  # torchmetrics draws the subsets on the CPU
        torch.manual_seed(seed)
        mean, std = metric.compute()
    return mean.item(), std.item()


class _FaceFeatures(nn.Module):
    """What torchmetrics is given: it hands a network of one's own the pictures as they are, in [0, 1].

    Double precision, because a small difference is left of sums over a quarter of a million kernel values.
    """

    def __init__(self, features: Features):
        super().__init__()
        self._features = (features,)  # in a tuple: a module in there would become a part of this one

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2:] != (SIZE, SIZE):
            x = F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)
        return self._features[0](x).double()


def _metric(features: Features, subsets: int, subset_size: int) -> KernelInceptionDistance:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*will save all extracted features in buffer")
        return KernelInceptionDistance(_FaceFeatures(features), subsets=subsets, subset_size=subset_size)


def _check(name: str, pictures: Tensor, subset_size: int) -> None:
    if pictures.ndim != 4 or pictures.shape[1] != 3 or not pictures.is_floating_point():
        raise DynnetError(
            f"KID takes {name} as floating point (N, 3, H, W) in [0, 1], got {pictures.dtype} "
            f"{tuple(pictures.shape)}; uint8 pictures go through to_tensor"
        )
    if not 2 <= subset_size <= len(pictures):
        raise DynnetError(
            f"KID draws at least 2 and at most all {len(pictures)} {name}, got subset_size {subset_size}; "
            "lower it or give more"
        )
