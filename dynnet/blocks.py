"""Tuning-blocks psi for every layout of features (paper, section 4, for the paper's own).

All are three layers of one width with ReLUs between, all keep the shape of z, and all start at psi = 0, so that phase 2
starts exactly at the main network. A width inside, `rank`, makes them small on wide features; with as many as there are
channels it is the paper's block.
"""

from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.layouts import check_layout, places

_CONVOLUTIONS = {1: (nn.Conv1d, F.conv1d), 2: (nn.Conv2d, F.conv2d), 3: (nn.Conv3d, F.conv3d)}


class _ConvolutionalBlock(nn.Module):
    """conv-relu-conv-relu-conv along the places of a channels-first layout."""

    layout: str

    def __init__(self, channels: int, size: int = 3, rank: int | None = None):
        super().__init__()
        if size % 2 == 0:
            raise DynnetError(f"a tuning-block's convolutions have an odd size, e.g. 3, got {size}")
        self.channels, self.size, self.rank = channels, size, rank
        widths = _widths(channels, rank)
        convolution, _ = _CONVOLUTIONS[len(places(self.layout))]
        for index, (entering, leaving) in enumerate(pairwise(widths)):
            conv = convolution(entering, leaving, size, padding=size // 2, padding_mode="reflect")
            self.add_module(f"conv{index}", conv)
        _at_zero(self.conv2)

    def arguments(self) -> dict[str, Any]:
        """What the block was made with."""
        return {"channels": self.channels, "size": self.size, "rank": self.rank}

    def forward(self, z: Tensor) -> Tensor:
        """z, in the block's layout -> psi(z), the same shape."""
        return self._convolved(self.conv2, F.relu(self._convolved(self.conv1, F.relu(self._convolved(self.conv0, z)))))

    def _convolved(self, conv: nn.Module, z: Tensor) -> Tensor:
        pad = self.size // 2
        if torch.jit.is_tracing() or all(length > pad for length in z.shape[2:]):
            return conv(z)
        # Reflection needs more places than it adds; where there are fewer the border is repeated instead.
        for axis, length in enumerate(reversed(z.shape[2:])):
            around = [0, 0] * axis + [pad, pad] + [0, 0] * (z.ndim - 3 - axis)
            z = F.pad(z, around, "reflect" if length > pad else "replicate")
        return _CONVOLUTIONS[z.ndim - 2][1](z, conv.weight, conv.bias)


class TuningBlock(_ConvolutionalBlock):
    """psi: conv-relu-conv-relu-conv of one width (section 4), padded by reflection as in the official code.

    Args:
        channels: of the features z.
        size: of the kernels, odd.
        rank: the width inside; default: `channels`, as in the paper.

    Shape: z (B, channels, H, W) -> the same.

    Raises:
        DynnetError: an even size, or a rank below 1.
    """

    layout = "BCHW"


class TuningBlock1d(_ConvolutionalBlock):
    """The same for signals. Shape: z (B, channels, L) -> the same."""

    layout = "BCL"


class TuningBlock3d(_ConvolutionalBlock):
    """The same for volumes and films. Shape: z (B, channels, D, H, W) -> the same."""

    layout = "BCDHW"


class ChannelsLastTuningBlock(TuningBlock):
    """The paper's block for features with their channels last. Shape: z (B, H, W, channels) -> the same."""

    layout = "BHWC"

    def forward(self, z: Tensor) -> Tensor:
        """z (B, H, W, channels) -> psi(z), the same shape."""
        return super().forward(z.movedim(-1, 1)).movedim(1, -1)


class TokenTuningBlock(nn.Module):
    """linear-relu-linear-relu-linear, for each token by itself.

    Args:
        channels: of the features z.
        rank: the width inside; default: `channels`.
        layout: any that ends in "C": "BTC", or "TBC" where time comes first, "NTC" for windows, "BC" without tokens.

    Shape: z (..., channels) -> the same.

    Raises:
        DynnetError: a rank below 1, or a layout that is none or does not end in "C".
    """

    def __init__(self, channels: int, rank: int | None = None, layout: str = "BTC"):
        super().__init__()
        if not check_layout(layout).endswith("C"):
            raise DynnetError(f'a TokenTuningBlock takes features with their channels last, e.g. "BTC", got {layout!r}')
        self.channels, self.rank, self.layout = channels, rank, layout
        for index, (entering, leaving) in enumerate(pairwise(_widths(channels, rank))):
            self.add_module(f"linear{index}", nn.Linear(entering, leaving))
        _at_zero(self.linear2)

    def arguments(self) -> dict[str, Any]:
        """What the block was made with."""
        return {"channels": self.channels, "rank": self.rank, "layout": self.layout}

    def forward(self, z: Tensor) -> Tensor:
        """z (..., channels) -> psi(z), the same shape."""
        return self.linear2(F.relu(self.linear1(F.relu(self.linear0(z)))))


BLOCKS: tuple[type[nn.Module], ...] = (
    TuningBlock,
    TuningBlock1d,
    TuningBlock3d,
    ChannelsLastTuningBlock,
    TokenTuningBlock,
)


def block_for(layout: str, channels: int, rank: int | None = None) -> nn.Module:
    """A fresh block for features of a layout: the paper's or its like where it has places, else one for tokens.

    Raises:
        DynnetError: there is no block for the layout.
    """
    for kind in BLOCKS:
        if getattr(kind, "layout", "")[1:] == layout[1:]:
            block = kind(channels, rank=rank)
            block.layout = check_layout(layout)  # "NCHW": windows, say, instead of pictures
            return block
    return TokenTuningBlock(channels, rank, layout)


def _widths(channels: int, rank: int | None) -> tuple[int, int, int, int]:
    inside = channels if rank is None else rank
    if inside < 1:
        raise DynnetError(f"a tuning-block's rank is 1 or more, got {rank}")
    return channels, inside, inside, channels


def _at_zero(layer: nn.Module) -> None:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
