"""How near pictures made of tiles are to those of one pass, and what cheaper statistics would cost."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from dynnet.dynamic import DynamicNet
from dynnet.paper.render.norms import FixedNorms, Statistics, Sums
from dynnet.paper.render.tiles import TiledNet


class Gaps(NamedTuple):
    """Largest differences from one pass, in grey levels of 255.

    Attributes:
        tiles: of tiles with statistics summed up over the whole picture, as large pictures are rendered.
        half: of one pass with the statistics of a copy of half the size.
    """

    tiles: float
    half: float


@torch.no_grad()
def gaps(net: DynamicNet, x: Tensor, alpha: float = 1.0, tile: int = 128) -> Gaps:
    """Of a network whose main network is a chain, on a picture (1, 3, H, W) in [0, 1]."""
    whole = net(x, alpha=alpha)
    tiled = TiledNet(net, bytes_kept=x.numel(), tile=tile)(x, alpha)
    half = F.interpolate(x, [side // 2 for side in x.shape[-2:]], mode="bicubic", antialias=True).clamp(0, 1)
    with _Seen() as seen:
        net(half, alpha=alpha)
    with FixedNorms(seen.statistics):
        cheap = net(x, alpha=alpha)
    return Gaps(*(255 * float((other - whole).abs().max()) for other in (tiled, cheap)))


class _Seen(TorchFunctionMode):
    """Inside, the statistics of every instance norm are taken down."""

    def __init__(self) -> None:
        super().__init__()
        self.statistics: list[Statistics] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is F.instance_norm:
            sums = Sums()
            sums.add(args[0])
            self.statistics.append(sums.statistics())
        return func(*args, **(kwargs or {}))
