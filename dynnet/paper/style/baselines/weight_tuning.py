"""Tuning by a change of weights that is scaled: W_0 + alpha (W_1 - W_0).

Three methods differ in what may change: all weights (DNI, WiSE-FT), the convolutions by a product of two thin factors
(LoRA), or the scales and shifts of the norms alone (nearest to AdaFM). A change of weights folds: at any alpha there is
a plain network with the same output.
"""

import copy
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call

from dynnet.block_sets import block_key
from dynnet.errors import DynnetError

What = Literal["all", "norms", "low_rank"]


class Change(nn.Module):
    """A change of a weight, any at all; none at first."""

    def __init__(self, weight: Tensor):
        super().__init__()
        self.values = nn.Parameter(torch.zeros_like(weight))

    def forward(self) -> Tensor:
        return self.values


class LowRankChange(nn.Module):
    """A convolution's change as B A: A keeps the kernel's size, B mixes its `rank` channels by 1x1; none at first.

    B is zero and A random, as LoRA has them. In the weights stride, padding and its mode are the convolution's own.

    Args:
        weight: (C_out, C_in, H, W)
    """

    def __init__(self, weight: Tensor, rank: int):
        super().__init__()
        leaving, entering, *size = weight.shape
        self.a = nn.Parameter(weight.new_empty(rank, entering, *size))
        self.b = nn.Parameter(weight.new_zeros(leaving, rank))
        nn.init.kaiming_uniform_(self.a, a=5**0.5)

    def forward(self) -> Tensor:
        return torch.einsum("or,rikl->oikl", self.b, self.a)


class WeightTuned(nn.Module):
    """A frozen main network and a trained change of some of its weights, scaled by alpha.

    Args:
        main: frozen here.
        what: `all` weights, the `norms`' scales and shifts, or the convolutions' weights by `low_rank` changes.
        rank: of low-rank changes, and only of them.

    Attributes:
        blocks: the changes, what is trained and kept.

    Raises:
        DynnetError: a rank where there is none to have, or none where one is needed.
    """

    def __init__(self, main: nn.Module, what: What, rank: int | None = None):
        super().__init__()
        if (what == "low_rank") != (rank is not None and rank >= 1):
            raise DynnetError(f"low-rank changes need a rank of 1 or more, and no others have one; got {what}, {rank}")
        self.main = main.requires_grad_(False)
        weights = dict(main.named_parameters())
        self._names = [name for name in weights if _may_change(main, name, what)]
        changes = {
            block_key(name): LowRankChange(weights[name], rank) if rank else Change(weights[name])
            for name in self._names
        }
        self.blocks = nn.ModuleDict(changes)

    def weights(self, alpha: float = 1.0) -> Mapping[str, Tensor]:
        """{name: W_0 + alpha (W_1 - W_0)} of the weights that change."""
        return {name: self.main.get_parameter(name) + alpha * self.blocks[block_key(name)]() for name in self._names}

    def forward(self, x: Tensor, alpha: float = 1.0) -> Tensor:
        """The main network's output with its weights at alpha, any real number; at 0 bit for bit its own."""
        return functional_call(self.main, dict(self.weights(alpha)), (x,))

    @torch.no_grad()
    def folded(self, alpha: float) -> nn.Module:
        """A plain network with the weights at alpha: the same output at the main network's own cost."""
        plain = copy.deepcopy(self.main)
        for name, value in self.weights(alpha).items():
            plain.get_parameter(name).copy_(value)
        return plain


def _may_change(main: nn.Module, name: str, what: What) -> bool:
    owner, _, part = name.rpartition(".")
    module = main.get_submodule(owner)
    if what == "norms":
        return isinstance(module, nn.InstanceNorm2d)
    return what == "all" or (isinstance(module, nn.Conv2d) and part == "weight")
