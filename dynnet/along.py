"""Blocks trained along the walk: every picture at an alpha of its own, on the objective that alpha stands for."""

from dataclasses import dataclass

import torch
from torch import Tensor

from dynnet.objectives import Objective

# Sources of batches seed their own generators with the step, and torch reads 32 bits of a seed: far from small numbers,
# and far apart for two seeds, so that no alpha is a pixel of its picture.
_FIRST, _APART = 0x9E3779B9, 1_000_003


@dataclass(frozen=True)
class Along:
    """What phase 2 needs to train blocks on the whole way from the main network's objective to theirs.

    The paper trains them at alpha = 1 alone (section 3.1); how good the pictures on the way are is left to chance.

    Args:
        start: O_0, what the main network minimises; of the same `terms` as the blocks' objective.
        seed: of the alphas that are drawn.
        sets: of a Dynamic-Net with named sets of blocks, those that are trained together, each with an alpha of its
            own; the objective's term of a set's name goes with that set's alpha.
    """

    start: Objective
    seed: int = 0
    sets: tuple[str, ...] = ()

    def alphas(self, batch: int, pictures: int) -> Tensor | dict[str, Tensor]:
        """The alphas of a batch, (pictures,) or so for each set, drawn evenly from [0, 1].

        In every other batch those of one picture are 1. They are a function of seed and batch number alone. Without the
        ones, the far end of the walk, which the draws meet on one side only, is learnt less well than its middle.
        """
        draws = torch.Generator().manual_seed(_FIRST + _APART * self.seed + batch)
        alphas = torch.rand(len(self.sets) or 1, pictures, generator=draws)
        if batch % 2 == 0:
            alphas[:, 0] = 1.0
        return dict(zip(self.sets, alphas, strict=True)) if self.sets else alphas[0]
