"""What the style network's tuning-blocks are compared with: its own ways to other styles."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dynnet.paper.denoising.style_network import FixedStyle
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.walks import Renderer


def style_mixture(net: FixedStyle, other: Tensor) -> Renderer:
    """The style network's own way to other styles: a mixture of weights; the setting is the others' share.

    Args:
        other: weights of the styles to arrive at, (26,).
    """

    def renderer(x: Tensor) -> Callable[[Any], Tensor]:
        return lambda share: net.network(x, torch.lerp(net.weights, other.to(net.weights), float(share)))

    return renderer


@torch.no_grad()
def nearest_style(net: FixedStyle, x: Tensor, terms: PerceptualTerms) -> int:
    """Which of the network's own styles comes nearest to a style picture: the one of lowest mean style loss on x.

    Args:
        x: (B, 3, H, W) in [0, 1].
        terms: of the style picture.
    """
    losses = [terms(net.network(x, weights), x)["style"].mean().item() for weights in torch.eye(len(net.weights)).to(x)]
    return min(range(len(losses)), key=losses.__getitem__)
