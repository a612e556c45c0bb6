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
from dynnet.paper.faces.classifier import SIZE

Features = Callable[[Tensor], Tensor]


@torch.no_grad()
def face_features(features: Features, pictures: Tensor, batch: int = 128) -> Tensor:
    """What KID compares: the features of each picture, (N, F), once for every set that they are compared with.

    Args:
        features: pictures (B, 3, 64, 64) in [0, 1] -> (B, F), e.g. `classifier.features`, in eval mode.
        pictures: (N, 3, H, W) in [0, 1]; those of another size are resized to 64 a side, antialiased.

    Raises:
        DynnetError: pictures of another shape or not of floating point.
    """
    if pictures.ndim != 4 or pictures.shape[1] != 3 or not pictures.is_floating_point():
        raise DynnetError(
            f"KID takes pictures as floating point (N, 3, H, W) in [0, 1], got {pictures.dtype} "
            f"{tuple(pictures.shape)}; uint8 pictures go through to_tensor"
        )
    return torch.cat([features(_resized(x)) for x in pictures.split(batch)])


def kid(fakes: Tensor, reals: Tensor, subset_size: int = 500, subsets: int = 50, seed: int = 0) -> tuple[float, float]:
    """How far generated faces are from real ones: (mean, standard deviation) over random subsets.

    Lower is better. For two sets from one source the mean is 0 give or take, so it can be below 0. Comparable only
    among numbers made with the same features, subset sizes aside.

    Args:
        fakes: (N, F), the `face_features` of one set.
        reals: (M, F), those of the other.
        subset_size: how many of either are drawn for one subset; at most N and M, at least 2.
        subsets: how often they are drawn.
        seed: of the draws; the global random numbers stay as they are.

    Raises:
        DynnetError: not features; fewer of them than in a subset.
    """
    for name, features in (("fakes", fakes), ("reals", reals)):
        _check(name, features, subset_size)
    metric = _metric(subsets, subset_size)
    metric.update(fakes, real=False)
    metric.update(reals, real=True)
    with torch.random.fork_rng(devices=[]):  # torchmetrics draws the subsets on the CPU
        torch.manual_seed(seed)
        mean, std = metric.compute()
    return mean.item(), std.item()


class _InDouble(nn.Module):
    """Because a small difference is left of sums over a quarter of a million kernel values."""

    def forward(self, features: Tensor) -> Tensor:
        return features.double()


def _metric(subsets: int, subset_size: int) -> KernelInceptionDistance:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*will save all extracted features in buffer")
        return KernelInceptionDistance(_InDouble(), subsets=subsets, subset_size=subset_size)


def _resized(x: Tensor) -> Tensor:
    if x.shape[2:] == (SIZE, SIZE):
        return x
    return F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)


def _check(name: str, features: Tensor, subset_size: int) -> None:
    if features.ndim != 2:
        raise DynnetError(
            f"KID takes {name} as features (N, F), got {tuple(features.shape)}; pictures go through face_features"
        )
    if not 2 <= subset_size <= len(features):
        raise DynnetError(
            f"KID draws at least 2 and at most all {len(features)} {name}, got subset_size {subset_size}; "
            "lower it or give more"
        )
