"""CFSNet's coupling (Wang et al. 2019, Controllable Feature Space) on the paper's blocks.

There a branch replaces features instead of adding to them, channel by channel: (1 - c) z + c psi(z), where bias-free
linear layers make c from alpha. Without biases c is alpha times a learned vector, and what is left is a block for a
Dynamic-Net.
"""

import torch
from torch import Tensor, nn

from dynnet.blocks import TuningBlock


class CoupledBlock(nn.Module):
    """psi'(z) = c (psi(z) - z) with a learned c for each channel, zero at first; so z + alpha psi'(z) is CFSNet's mix.

    Shape: z (B, channels, H, W) -> the same.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.psi = TuningBlock(channels)
        self.coupling = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, z: Tensor) -> Tensor:
        return self.coupling * (self.psi(z) - z)
