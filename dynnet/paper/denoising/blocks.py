"""Tuning-blocks for networks of others: the paper's block, and one for places of few channels."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet, TuningBlock


class PackedBlock(nn.Module):
    """psi at half the resolution: squares of 2 x 2 pixels become channels, then the paper's three convolutions.

    For inputs of few channels at a high resolution. A block of their own width would be too narrow there to learn much;
    packed, it sees twice as far for less work, and a Bayer pattern has the same place in every square.

    Shape: z (B, channels, H, W), H and W even and at least 4 -> the same.

    Args:
        channels: of z.
        width: of the convolutions.
    """

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.conv0 = nn.Conv2d(4 * channels, width, 3, padding=1, padding_mode="reflect")
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect")
        self.conv2 = nn.Conv2d(width, 4 * channels, 3, padding=1, padding_mode="reflect")
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, z: Tensor) -> Tensor:
        packed = F.pixel_unshuffle(z, 2)
        psi = self.conv2(F.relu(self.conv1(F.relu(self.conv0(packed)))))
        return F.pixel_shuffle(psi, 2)


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
