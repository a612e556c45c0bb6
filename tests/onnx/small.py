"""Networks whose graphs are cut in unusual places."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from tests.tiny import awake


class Skip(nn.Module):
    """A small U-net: what enters `up` and `out` crosses a skip connection, and the input reaches the end."""

    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.down2 = nn.Conv2d(4, 4, 3, stride=2, padding=1)
        self.up = nn.Conv2d(4, 4, 3, padding=1)
        self.out = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        half = F.relu(self.down1(x))
        z = F.interpolate(torch.tanh(self.up(self.down2(half))), scale_factor=2.0, mode="nearest")
        y = self.out(torch.cat([z, half], 1))
        return x + F.interpolate(y, scale_factor=2.0, mode="nearest")


class Branches(nn.Module):
    """Two tuned branches that meet at a third tuned child; one of them is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, 3, 3, padding=1)
        self.right = nn.Conv2d(3, 3, 1)
        self.join = nn.Conv2d(6, 3, 3, padding=1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        left, right = torch.tanh(self.left(torch.tanh(self.left(x)))), torch.sigmoid(self.right(x))
        return {"joined": self.join(torch.cat([left, right], 1)), "right": right}


class Nested(nn.Module):
    """A tuned child inside a tuned child, both with the same input, and the whole network's input at that."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(x)


class Tokens(nn.Module):
    """A transformer's layer in short: linear layers over (B, T, C), attention between."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Linear(8, 8)
        self.out = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        z = self.mix(x)
        return x + self.out(torch.softmax(z @ z.transpose(1, 2), -1) @ z)


def skip() -> DynamicNet:
    return awake(DynamicNet(Skip(), {"down2": TuningBlock(4), "up": TuningBlock(4), "out": TuningBlock(8)}), 0.3)


def two_sets() -> DynamicNet:
    """Two sets that meet at `down2` and at `out`, and part at `down1` and `up`."""
    sets = {
        "coarse": {"down2": TuningBlock(4), "up": TuningBlock(4), "out": TuningBlock(8)},
        "fine": {"down1": TuningBlock(3), "down2": TuningBlock(4), "out": TuningBlock(8)},
    }
    return awake(DynamicNet(Skip(), sets), 0.3)


def branches() -> DynamicNet:
    blocks = {"left": TuningBlock(3), "right": TuningBlock(3), "join": TuningBlock(6)}
    return awake(DynamicNet(Branches(), blocks), 0.3)


def nested() -> DynamicNet:
    return awake(DynamicNet(Nested(), {"outer": TuningBlock(3), "outer.0": TuningBlock(3)}), 0.3)


def shared_block() -> DynamicNet:
    """Two sets that meet with the same block, and a block that gives z itself."""
    block = TuningBlock(3)
    return awake(
        DynamicNet(Nested(), {"a": {"outer.0": block}, "b": {"outer.0": block}, "c": {"outer": nn.Identity()}})
    )
