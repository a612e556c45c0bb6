"""A network as a chain of stages: what each makes of the size of a picture, and how far around a place it looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.render.norms import PlainNorms

_PROBE = 160  # pixels; several times as far as a stage looks


class Chain(Protocol):
    """A main network whose children, in this order, are all that there is between a picture's canvas and its output."""

    stages: tuple[str, ...]

    def canvas(self, x: Tensor) -> Tensor:
        """What enters the first stage: the picture, or any map of its size, continued at the borders."""

    def cropped(self, y: Tensor, height: int, width: int) -> Tensor:
        """The picture in what the last stage gives."""


@dataclass(frozen=True)
class Stage:
    """One child of the chain, with the blocks at its input.

    Attributes:
        scale: length of a side that leaves over one that enters.
        channels: that leave.
        reach: places around one of the input's that what comes of it depends on.
        norms: instance norms inside, all at the resolution that leaves.
    """

    name: str
    blocks: tuple[str, ...]
    scale: Fraction
    channels: int
    reach: int
    norms: int

    def entering(self, start: int, end: int, length: int) -> tuple[int, int]:
        """What of an input of that length is needed for the places [start, end) of the output."""
        step = self.scale.denominator
        first = int(start / self.scale) - self.reach
        last = -int(-end // self.scale) + self.reach
        return max(0, first // step * step), min(length, -(-last // step) * step)


def is_chain(main: object) -> bool:
    """Whether a network says that it is a chain."""
    return all(hasattr(main, name) for name in Chain.__annotations__) and hasattr(main, "canvas")


@torch.no_grad()
def stages_of(net: DynamicNet) -> tuple[Stage, ...]:
    """The stages of a Dynamic-Net whose main network is a chain, found out by one small pass.

    Raises:
        DynnetError: a stage does not do what tiles need.
    """
    parameter = next(net.main.parameters())
    z = net.main.canvas(torch.zeros(1, 3, _PROBE, _PROBE, device=parameter.device, dtype=parameter.dtype))
    found = []
    for name in net.main.stages:
        blocks = tuple(block for block in net.names if net.child_of(block).split(".")[0] == name)
        z = torch.zeros_like(z)
        middle = z.shape[-1] // 2 // 4 * 4
        z[..., middle, middle] = float("nan")  # wherever it gets to looks at that place
        with PlainNorms() as norms, net.at(dict.fromkeys(blocks, 1.0)):
            y = net.main.get_submodule(name)(z)
        scale = Fraction(y.shape[-1], z.shape[-1])
        hit = y.isnan().any(1)[0]
        places = torch.cat([hit.any(0).nonzero()[:, 0], hit.any(1).nonzero()[:, 0]])
        if not len(places) or hit[0].any() or hit[-1].any():
            raise DynnetError(f"stage {name!r} looks at the whole picture, so it cannot be rendered in tiles")
        low, high = int(places.min()), int(places.max())
        reach = max(middle - int(low / scale), -int(-(high + 1) // scale) - 1 - middle)
        found.append(Stage(name, blocks, scale, y.shape[1], reach, norms.count))
        z = y
    return tuple(found)


def alphas_at(
    alphas: Mapping[str, float | Tensor], stage: Stage, size: tuple[int, int], box: tuple[slice, slice]
) -> dict[str, float | Tensor]:
    """The alphas of a stage's blocks for the part `box` of an input of that size; maps are of the canvas."""
    found: dict[str, float | Tensor] = {}
    for name in stage.blocks:
        value = alphas[name]
        if isinstance(value, Tensor) and value.ndim == 4:
            value = torch.nn.functional.interpolate(value, size, mode="bilinear", antialias=True)[..., *box]
        found[name] = value
    return found
