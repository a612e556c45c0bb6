"""Working points in the objective space: mean content and style loss of what a method renders (Figure 3).

A *walk* renders one batch of pictures at many settings: `walk(x)` yields (setting, y). Measuring goes picture by
picture, so that what the settings share (content features, cached activations) is computed once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from dynnet.baselines import interpolate_images
from dynnet.dynamic import DynamicNet
from dynnet.incremental import IncrementalForward
from dynnet.losses.perceptual import CONTENT_TAP, PerceptualTerms

Walk = Callable[[Tensor], Iterable[tuple[Any, Tensor]]]


@torch.no_grad()
def measure(walk: Walk, pictures: Tensor, terms: PerceptualTerms, batch: int = 4) -> pd.DataFrame:
    """Working points of a walk: one row per setting with the mean `content` and `style` loss over the pictures.

    Args:
        pictures: (N, 3, H, W) in [0, 1].
    """
    sums: dict[Any, Tensor] = {}
    for x in pictures.split(batch):
        wanted = terms.features(x)[CONTENT_TAP]
        for setting, y in walk(x):
            losses = terms.against(y, wanted)
            point = torch.stack([losses["content"].sum(), losses["style"].sum()])
            sums[setting] = sums.get(setting, 0) + point
    rows = [(setting, *(point / len(pictures)).tolist()) for setting, point in sums.items()]
    return pd.DataFrame(rows, columns=["setting", "content", "style"])


def fixed_walk(networks: Mapping[float, nn.Module]) -> Walk:
    """Settings: the lambdas of networks that were trained for one working point each."""
    return lambda x: ((lambda_style, network(x)) for lambda_style, network in networks.items())


def alpha_walk(net: DynamicNet, alphas: Iterable[float]) -> Walk:
    """Settings: one alpha shared by all blocks."""
    return _incremental_walk(net, {float(alpha): float(alpha) for alpha in alphas})


def grid_walk(net: DynamicNet, values: Iterable[float]) -> Walk:
    """Settings: all combinations of `values` over the blocks (1000 for ten values and three blocks).

    The first block's alpha moves slowest: incremental evaluation then recomputes the least.
    """
    points = list(product([float(v) for v in values], repeat=len(net.paths)))
    return _incremental_walk(net, {point: dict(zip(net.paths, point, strict=True)) for point in points})


def interpolation_walk(first: nn.Module, second: nn.Module, shares: Iterable[float]) -> Walk:
    """Settings: the share of the second network's picture in a cross-fade of two networks' pictures."""
    shares = [float(share) for share in shares]

    def walk(x: Tensor) -> Iterator[tuple[float, Tensor]]:
        y0, y1 = first(x), second(x)
        for share in shares:
            yield share, interpolate_images(y0, y1, share)

    return walk


def _incremental_walk(net: DynamicNet, settings: Mapping[Any, Any]) -> Walk:
    render: IncrementalForward | None = None

    def walk(x: Tensor) -> Iterator[tuple[Any, Tensor]]:
        nonlocal render
        if render is None:
            render = IncrementalForward(net, x)
        render.set_input(x)
        for setting, alpha in settings.items():
            yield setting, render(alpha)

    return walk
