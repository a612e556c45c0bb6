"""Tuning-blocks for networks of others: the paper's block, and one for places of few channels."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet


class PackedBlock(TuningBlock):
    """psi at half the resolution: squares of 2 x 2 pixels become channels, the paper's block works on these, and back.

    For inputs of few channels at a high resolution. A block of their own width would be too narrow there to learn much;
    packed, it sees twice as far for less work, and a Bayer pattern has the same place in every square.

    Shape: z (B, channels, H, W), H and W even -> the same.

    Args:
        channels: of z.
        rank: the width inside.
    """

    def __init__(self, channels: int, rank: int):
        super().__init__(4 * channels, rank=rank)
        self.channels = channels

    def arguments(self) -> dict[str, Any]:
        """What the block was made with."""
        return {"channels": self.channels, "rank": self.rank}

    def forward(self, z: Tensor) -> Tensor:
        """z, as the class says -> psi(z), the same shape."""
        return F.pixel_shuffle(super().forward(F.pixel_unshuffle(z, 2)), 2)


def with_new_blocks(main: nn.Module, paths: Sequence[str], width: int) -> DynamicNet:
    """A network of others with untrained blocks; where fewer than `width` channels come in, the block is packed.

    Args:
        main: its `input_channels(path)` says how many channels enter a child.

    Raises:
        DynnetError: a path names no child.
    """
    channels = {path: main.input_channels(path) for path in paths}
    return DynamicNet(
        main, {path: TuningBlock(n) if n >= width else PackedBlock(n, width) for path, n in channels.items()}
    )
