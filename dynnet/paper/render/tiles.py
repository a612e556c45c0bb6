"""Large pictures: a chain of stages run on tiles, with the instance norms' statistics of the whole picture.

What leaves a stage is kept whole where memory allows, so that the next stages need small margins only; where it does
not, a tile of it is made anew for every use. Before a stage gives anything, one sweep over the tiles for each of its
norms adds up that norm's statistics. So a tile is what it would be in one pass over the whole, but for rounding.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

import torch
from torch import Tensor

from dynnet.dynamic import Alpha, DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.render.chain import Stage, alphas_at, stages_of
from dynnet.paper.render.norms import FixedNorms, Reached, Statistics, Sums

TILE = 512  # pixels of the canvas; where features are coarser, as many fewer of them
_HELD = 9  # tensors as large as the larger of a stage's two, which it holds at a time, at most
_TRIAL, _TRIAL_TILE, _AGREE = 100, 64, 2e-3
Box = tuple[slice, slice]
Alphas = Mapping[str, float | Tensor]


class TiledNet:
    """A Dynamic-Net whose main network is a chain (see `dynnet.paper.render.chain`), for pictures of any size.

    Args:
        bytes_kept: of what may be kept at a time of one stage's output.

    Raises:
        DynnetError: a stage looks at the whole picture.
    """

    def __init__(self, net: DynamicNet, bytes_kept: int, tile: int = TILE):
        self.net, self.stages, self.bytes_kept, self.tile = net, stages_of(net), bytes_kept, tile
        self._agrees = False

    def bytes_whole(self, height: int, width: int) -> int:
        """What a pass over a whole picture holds at a time, about."""
        area, most = height * width, 0.0
        channels, size = 3, 1.0
        for stage in self.stages:
            leaving = size * float(stage.scale) ** 2
            most = max(most, channels * max(size, leaving), stage.channels * leaving)
            channels, size = stage.channels, leaving
        return int(_HELD / 2 * 4 * area * most)

    @torch.no_grad()
    def __call__(self, x: Tensor, alpha: Alpha) -> Tensor:
        """The output for one picture, (1, 3, H, W); maps in alpha are of the canvas.

        Raises:
            DynnetError: on a small picture, tiles do not give what one pass gives: found out at the first call.
        """
        if not self._agrees:
            self._check()
        return self._rendered(x, alpha)

    def _rendered(self, x: Tensor, alpha: Alpha) -> Tensor:
        alphas, (height, width) = self.net.alphas(alpha), x.shape[-2:]
        kept, start = self.net.main.canvas(x), 0
        del x
        known: list[Statistics] = []  # of the norms from stage `start` on
        for number, stage in enumerate(self.stages, 1):
            if number == start + 1 and self._fits(stage, kept):
                kept, start = self._whole(stage, kept, alphas), number
                continue
            chain = self.stages[start:number]
            for _ in range(stage.norms):
                known.append(self._statistics(chain, kept, alphas, known))
            leaving = _sizes(chain, kept)[-1]
            if number == len(self.stages) or 4 * stage.channels * leaving[0] * leaving[1] <= self.bytes_kept:
                kept, start, known = self._assembled(chain, kept, alphas, known), number, []
        return self.net.main.cropped(kept, height, width).contiguous()

    def _fits(self, stage: Stage, kept: Tensor) -> bool:
        entering = kept[0].numel()
        leaving = stage.channels * kept.shape[-2] * kept.shape[-1] * float(stage.scale) ** 2
        widened = entering * max(1.0, float(stage.scale) ** 2)
        return _HELD * 4 * max(widened, leaving) <= 2 * self.bytes_kept

    def _whole(self, stage: Stage, kept: Tensor, alphas: Alphas) -> Tensor:
        size = (kept.shape[-2], kept.shape[-1])
        with self.net.at(alphas_at(alphas, stage, size, (slice(0, size[0]), slice(0, size[1])))):
            return self.net.main.get_submodule(stage.name)(kept)

    def _statistics(self, chain: Sequence[Stage], kept: Tensor, alphas: Alphas, known: list[Statistics]) -> Statistics:
        sums = Sums()
        for way in self._ways(chain, kept):
            try:
                with FixedNorms(known):
                    self._run(way, kept, alphas)
            except Reached as reached:
                if reached.z.shape[-2:] != way.leaving:
                    raise DynnetError(
                        f"stage {chain[-1].name!r} normalises at another resolution than it gives; "
                        "it cannot be rendered in tiles"
                    ) from None
                sums.add(reached.z[..., *way.own])
            else:
                raise DynnetError(f"stage {chain[-1].name!r} has other norms than before; it has no place in tiles")
        return sums.statistics()

    def _assembled(self, chain: Sequence[Stage], kept: Tensor, alphas: Alphas, known: list[Statistics]) -> Tensor:
        height, width = _sizes(chain, kept)[-1]
        whole = torch.empty(1, chain[-1].channels, height, width, device=kept.device)
        for way in self._ways(chain, kept):
            with FixedNorms(known):
                whole[..., *way.out] = self._run(way, kept, alphas)[..., *way.own]
        return whole

    def _run(self, way: "Way", kept: Tensor, alphas: Alphas) -> Tensor:
        z, have = kept, (slice(0, kept.shape[-2]), slice(0, kept.shape[-1]))
        for stage, size, box in zip(way.chain, way.sizes, way.boxes, strict=False):
            z = z[..., *_inside(have, box)]
            with self.net.at(alphas_at(alphas, stage, size, box)):
                z = self.net.main.get_submodule(stage.name)(z)
            have = _scaled(box, stage)
        return z

    def _ways(self, chain: Sequence[Stage], kept: Tensor) -> Iterator["Way"]:
        sizes, end = _sizes(chain, kept), self.stages.index(chain[-1])
        side = int(self.tile * math.prod(stage.scale for stage in self.stages[: end + 1]))
        parts = [[slice(at, min(at + side, length)) for at in range(0, length, side)] for length in sizes[-1]]
        for out in product(*parts):
            yield Way.to(out, chain, sizes)

    def _check(self) -> None:
        trial = torch.rand(1, 3, _TRIAL, _TRIAL + 7, generator=torch.Generator().manual_seed(0))
        trial = trial.to(next(self.net.main.parameters()).device)
        kept, tile = self.bytes_kept, self.tile
        self.bytes_kept, self.tile = 0, _TRIAL_TILE  # every stage in tiles
        try:
            gap = float((self._rendered(trial, 1.0) - self.net(trial, alpha=1.0)).abs().max())
        finally:
            self.bytes_kept, self.tile = kept, tile
        if not gap <= _AGREE:
            raise DynnetError(f"this network gives other pictures in tiles (by {gap:.1g}); make the picture smaller")
        self._agrees = True


@dataclass(frozen=True)
class Way:
    """How a tile comes to be.

    Attributes:
        chain: the stages to run.
        sizes: sides of what enters each stage of a whole picture, and of what leaves the last.
        boxes: what of that must enter each stage for this tile.
        out: the tile's own places in the last one's output.
    """

    chain: Sequence[Stage]
    sizes: Sequence[tuple[int, int]]
    boxes: Sequence[Box]
    out: Box

    @classmethod
    def to(cls, out: Box, chain: Sequence[Stage], sizes: Sequence[tuple[int, int]]) -> Self:
        """The way to a tile."""
        boxes, needed = [], out
        for stage, size in zip(reversed(chain), reversed(sizes[:-1]), strict=True):
            parts = (stage.entering(part.start, part.stop, length) for part, length in zip(needed, size, strict=True))
            needed = tuple(slice(*part) for part in parts)
            boxes.insert(0, needed)
        return cls(chain, sizes, boxes, out)

    @property
    def leaving(self) -> tuple[int, int]:
        """Sides of what leaves the last stage, margins included."""
        return tuple(part.stop - part.start for part in _scaled(self.boxes[-1], self.chain[-1]))

    @property
    def own(self) -> Box:
        """Where in what leaves the last stage the tile's own places are."""
        return _inside(_scaled(self.boxes[-1], self.chain[-1]), self.out)


def _sizes(chain: Sequence[Stage], kept: Tensor) -> list[tuple[int, int]]:
    """Sides of what enters each stage, and of what leaves the last."""
    sizes = [(kept.shape[-2], kept.shape[-1])]
    for stage in chain:
        sizes.append((int(sizes[-1][0] * stage.scale), int(sizes[-1][1] * stage.scale)))
    return sizes


def _scaled(box: Box, stage: Stage) -> Box:
    return tuple(slice(int(part.start * stage.scale), int(part.stop * stage.scale)) for part in box)


def _inside(have: Box, wanted: Box) -> Box:
    return tuple(slice(w.start - h.start, w.stop - h.start) for h, w in zip(have, wanted, strict=True))
