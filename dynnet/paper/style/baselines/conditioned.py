"""One network for every lambda (Dosovitskiy and Djolonga 2020, You Only Train Once), trained from scratch."""

from functools import partial

import torch
from torch import Tensor, nn

from dynnet.paper.style.network import TransformerNet

WIDTH = 64  # of the two layers that make scales and shifts from alpha


class Conditioned(nn.Module):
    """A `TransformerNet` whose norms are scaled and shifted by what two layers make of alpha (FiLM).

    alpha stands for log lambda: 0 is the smallest that it is trained for, 1 the largest. Untrained it is a
    `TransformerNet` at every alpha.

    Args:
        width: of the transformer network.
    """

    def __init__(self, width: int):
        super().__init__()
        self.net = TransformerNet(width)
        norms = [module for module in self.net.modules() if isinstance(module, nn.InstanceNorm2d)]
        self._channels = [norm.num_features for norm in norms]
        last = nn.Linear(WIDTH, 2 * sum(self._channels))
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.film = nn.Sequential(nn.Linear(1, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), last)
        self._made: list[tuple[Tensor, Tensor]] = []
        for place, norm in enumerate(norms):
            norm.register_forward_hook(partial(self._modulated, place))

    def forward(self, x: Tensor, alpha: float | Tensor = 1.0) -> Tensor:
        """x (B, 3, H, W) in [0, 1] and alpha, a number or one for each picture (B,) -> pictures as x."""
        alpha = torch.as_tensor(alpha, dtype=x.dtype, device=x.device).reshape(-1, 1)
        made = self.film(alpha)[..., None, None].split([2 * channels for channels in self._channels], dim=1)
        self._made = [tuple(both.chunk(2, dim=1)) for both in made]
        try:
            return self.net(x)
        finally:
            self._made = []

    def _modulated(self, place: int, module: nn.Module, args: tuple[Tensor, ...], z: Tensor) -> Tensor:
        scale, shift = self._made[place]
        return z * (1 + scale) + shift
