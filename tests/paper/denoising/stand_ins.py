"""Networks in the place of the strangers', with random weights and the same names: what needs no package is tested."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.paper.denoising.network import BayerNet
from dynnet.paper.denoising.style_network import FixedStyle, one_style


class SmallStyles(nn.Module):
    """A network of 26 styles, each a tint, with the children that the recipe's blocks are at."""

    def __init__(self) -> None:
        super().__init__()
        for name, (entering, leaving) in {
            "first": (3, 32),
            "res/1/0/Conv": (32, 32),
            "res/4/0/Conv": (32, 32),
            "expand/0/Conv": (32, 8),
            "expand/1/Conv": (8, 3),
        }.items():
            self.add_module(name, nn.Conv2d(entering, leaving, 1))
        self.add_module("expand/2/Sigmoid", nn.Sigmoid())
        self.register_buffer("tints", torch.randn(26, 3))

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        *layers, last = self.children()
        for layer in layers:
            x = F.relu(layer(x)) if layer.out_channels > 3 else layer(x)
        return last(x + (weights @ self.tints).view(1, 3, 1, 1))


def put_in_place(monkeypatch: pytest.MonkeyPatch, seed: int = 0) -> None:
    """Loading a stranger gives a stand-in, always the same one."""

    def bayer() -> BayerNet:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return BayerNet(depth=11, width=8).requires_grad_(False).eval()

    def style(index: int) -> FixedStyle:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return FixedStyle(SmallStyles(), one_style(index)).requires_grad_(False).eval()

    monkeypatch.setattr("dynnet.paper.denoising.network.load_bayer_net", bayer)
    monkeypatch.setattr("dynnet.paper.denoising.style_network.load_style_network", style)
    for module in ("trained", "trainer"):
        monkeypatch.setattr(f"dynnet.paper.denoising.{module}.stranger_sha256", lambda name: f"{name} {seed}")
