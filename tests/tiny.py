"""Networks small enough to know the answer of, and what tests ask of networks in general."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.paper.style.network import OFFICIAL_BLOCKS, TransformerNet

TINY = Path(__file__).with_name("tiny.toml")


class Times(nn.Module):
    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


class Twice(nn.Module):
    """b(a(x)), which is 6 x."""

    def __init__(self) -> None:
        super().__init__()
        self.a = Times(2.0)
        self.b = Times(3.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.a(x))


class BatchNormNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.relu(self.norm(self.conv1(x))))


class TinyFeatures(nn.Module):
    """A feature network with the taps that the perceptual terms need."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 5, 3, padding=1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        one = F.relu(self.conv1(x))
        return {"relu1_2": one, "relu2_2": F.relu(self.conv2(F.avg_pool2d(one, 2)))}


class Noise:
    """Batches of uniform noise: a function of the step alone."""

    def __init__(self, batch: int = 2, size: int = 8):
        self.shape = (batch, 3, size, size)

    def batch_at(self, step: int) -> Tensor:
        return torch.rand(self.shape, generator=torch.Generator().manual_seed(step))


def awake(net: DynamicNet, strength: float = 0.1) -> DynamicNet:
    """The net with blocks that do something, as after phase 2."""
    for block in net.blocks.values():
        for parameter in block.parameters():
            nn.init.normal_(parameter, std=strength)
    return net


def dynamic_transformer(width: int = 2, paths: tuple[str, ...] = OFFICIAL_BLOCKS) -> DynamicNet:
    main = TransformerNet(width).eval()
    return awake(DynamicNet(main, {path: TuningBlock(main.input_channels(path)) for path in paths}))


def two_sets_transformer(width: int = 2) -> DynamicNet:
    """Two sets that meet at `res3` and at the last convolution, `out`, and part at `up1` and `up2`."""
    main, paths = TransformerNet(width).eval(), {"coarse": ("res3", "up1", "out"), "fine": ("res3", "up2", "out")}
    sets = {name: {path: TuningBlock(main.input_channels(path)) for path in at} for name, at in paths.items()}
    return awake(DynamicNet(main, sets))


def count_calls(modules: Mapping[str, nn.Module]) -> Counter[str]:
    """How often each module is called from now on."""
    calls: Counter[str] = Counter()
    for name, module in modules.items():
        module.register_forward_hook(lambda *_, name=name: calls.update([name]))
    return calls


@contextmanager
def convolutions_counted(weights: Mapping[str, Tensor]) -> Iterator[Counter[str]]:
    """How often each convolution runs inside, by its weight: hooks would turn incremental evaluation off."""

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
            if func is torch.ops.aten.convolution.default and id(args[1]) in names:
                counts[names[id(args[1])]] += 1
            return func(*args, **(kwargs or {}))

    names = {id(weight): name for name, weight in weights.items()}
    counts: Counter[str] = Counter()
    with Counting():
        yield counts
