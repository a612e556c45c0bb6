"""The style network's own mixture of styles, at its ends and between."""

import pytest
import torch
from torch import nn

from dynnet.paper.denoising.baselines import nearest_style, style_mixture
from dynnet.paper.denoising.style_network import STYLES, FixedStyle, one_style


class Tints(nn.Module):
    """A network of 26 styles, each of which adds a grey of its own."""

    def forward(self, x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        return x + (weights * torch.arange(STYLES)).sum() / 100


def test_a_mixture_walks_from_the_fixed_style_to_another() -> None:
    net, x = FixedStyle(Tints(), one_style(10)), torch.zeros(1, 3, 4, 4)
    render = style_mixture(net, one_style(20))(x)
    assert torch.equal(render(0.0), net(x))
    assert [render(share).mean().item() for share in (0.0, 0.5, 1.0)] == pytest.approx([0.1, 0.15, 0.2])


def test_the_nearest_style_has_the_lowest_style_loss() -> None:
    def terms(y: torch.Tensor, _: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"style": (y.mean((1, 2, 3)) - 0.17).abs()}

    assert nearest_style(FixedStyle(Tints(), one_style(0)), torch.zeros(2, 3, 4, 4), terms) == 17
