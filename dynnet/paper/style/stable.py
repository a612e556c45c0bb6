"""Networks that do not flicker: trained on pairs of noisy copies of a photo, whose paintings should be the same.

Two frames of a still scene differ in noise alone. The objective's other terms look at each copy, and compare
it with the photo as it is without noise.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dynnet.along import Along
from dynnet.batches import Batches
from dynnet.errors import DynnetError

STABILITY = "stability"  # what the term is called
_APART = 0x51AB1E  # from the seeds of crops and alphas


@dataclass(frozen=True)
class NoisyPairs:
    """Batches of photos (B, 3, H, W) as (two noisy copies of each, the photos twice), (2 B, 3, H, W) both.

    The first B are one copy of each, the other B the other. A photo's noise is normal, of a standard deviation drawn
    evenly from [0, `noise`], in shares of the range of colours. Everything is a function of seed and step alone.
    """

    photos: Batches
    noise: float
    seed: int = 0

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """The batch of a step >= 0."""
        photos = self.photos.batch_at(step)
        draws = torch.Generator().manual_seed(_APART + 1_000_003 * self.seed + step)
        strength = self.noise * torch.rand(len(photos), 1, 1, 1, generator=draws)
        copies = [photos + strength * torch.randn(photos.shape, generator=draws) for _ in range(2)]
        return torch.cat(copies).clamp(0, 1), torch.cat([photos, photos])


@dataclass(frozen=True)
class AlongPairs(Along):
    """Both copies of a photo at one alpha."""

    def alphas(self, batch: int, pictures: int) -> Tensor | dict[str, Tensor]:
        alphas = super().alphas(batch, pictures // 2)
        return {name: of_set.repeat(2) for name, of_set in alphas.items()} if self.sets else alphas.repeat(2)


class StableTerms(nn.Module):
    """The terms of an objective, and how far the paintings of a pair are apart: mean squared grey levels of 255.

    Args:
        terms: (y, target) -> {name: (2 B,)}.
    """

    def __init__(self, terms: nn.Module):
        super().__init__()
        self.terms = terms

    def forward(self, y: Tensor, target: Tensor) -> dict[str, Tensor]:
        """y and target (2 B, 3, H, W), as `NoisyPairs` orders them -> {name: (2 B,)}.

        Raises:
            DynnetError: an odd number of pictures is no number of pairs.
        """
        if len(y) % 2:
            raise DynnetError(f"stability is measured on pairs of pictures, got {len(y)} of them")
        one, other = y.chunk(2)
        apart = (255 * (one - other)).square().mean((1, 2, 3))
        return {**self.terms(y, target), STABILITY: apart.repeat(2)}
