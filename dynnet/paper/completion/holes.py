"""Square holes in pictures, for image completion (section 4.3): a mask is 1 in the hole, 0 where pixels are known."""

import numpy as np
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.batches import PhotoBatches

# First word of every seed: 0 and 1 are the orders and crops of the photos, whose seed may be the same.
_HOLES = 2


def box_hole(size: int, left: int, top: int, side: int) -> Tensor:
    """A hole of `side` pixels at a place; where it would stick out of the picture it is pushed back in.

    Three sliders that know nothing of each other cannot leave the picture.

    Shape: -> (1, 1, size, size), 0 or 1.

    Raises:
        DynnetError: the hole is empty, or leaves no pixel.
    """
    if not 1 <= side < size:
        raise DynnetError(f"expected a hole of 1..{size - 1} pixels a side in {size}, got {side}; change its side")
    left, top = (min(max(place, 0), size - side) for place in (left, top))
    mask = torch.zeros(1, 1, size, size)
    mask[..., top : top + side, left : left + side] = 1
    return mask


def centre_hole(size: int, share: float = 0.5) -> Tensor:
    """The hole of the paper's figure 7: a square in the centre.

    Args:
        share: its side as a share of the picture's, in (0, 1); rounded to pixels.

    Shape: -> (1, 1, size, size), 0 or 1.

    Raises:
        DynnetError: the hole is empty, or leaves no pixel.
    """
    side = round(share * size)
    return box_hole(size, (size - side) // 2, (size - side) // 2, side)


def random_holes(
    count: int, size: int, draws: np.random.Generator, shares: tuple[float, float] = (0.25, 0.5)
) -> Tensor:
    """Squares anywhere inside the picture, each with a side and a place of its own, all drawn evenly.

    Args:
        shares: the smallest and the largest side as shares of the picture's; rounded to pixels.

    Shape: -> (count, 1, size, size), 0 or 1.

    Raises:
        DynnetError: the range is empty, or a hole of it is or leaves no pixel.
    """
    shortest, longest = (round(share * size) for share in _checked(shares))
    sides = draws.integers(shortest, longest, count, endpoint=True)
    places = draws.integers(0, size - sides, (2, count), endpoint=True)
    return torch.cat([box_hole(size, left, top, side) for left, top, side in zip(*places, sides, strict=True)])


def with_hole(x: Tensor, mask: Tensor, fill: float = 0.5) -> Tensor:
    """Pictures with their hole filled by a constant, and the mask as a fourth channel.

    Shape: x (B, 3, H, W), mask (B, 1, H, W) or (1, 1, H, W) -> (B, 4, H, W).

    Raises:
        DynnetError: the mask does not fit the pictures.
    """
    return with_mask(x.masked_fill(_fitting(mask, x) > 0.5, fill), mask)


def with_mask(x: Tensor, mask: Tensor) -> Tensor:
    """Pictures as they are, and the mask as a fourth channel.

    Shape: x (B, 3, H, W), mask (B, 1, H, W) or (1, 1, H, W) -> (B, 4, H, W).

    Raises:
        DynnetError: the mask does not fit the pictures.
    """
    return torch.cat([x, _fitting(mask, x)], 1)


class HoleBatches:
    """Batches of pictures with holes to complete, and of the true pictures.

    Nothing is remembered between calls: the same `seed` and step give the same batch.

    Args:
        pictures: where the pictures are from; square ones.
        hole: a share of the side for a square in the centre; or the smallest and the largest share for squares of
            random side and place, one drawn for every picture of every step.
        seed: of the random holes, >= 0; may be that of `pictures`.

    Raises:
        DynnetError: a share is not in (0, 1), the range is empty, or the seed is below 0.
    """

    def __init__(self, pictures: PhotoBatches, hole: float | tuple[float, float] = 0.5, seed: int = 0) -> None:
        if seed < 0:
            raise DynnetError(f"expected seed >= 0, got {seed}")
        _checked(hole if isinstance(hole, tuple) else (hole, hole))
        self._pictures, self._hole, self._seed = pictures, hole, seed

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Input and target of training step `step` >= 0: pictures with holes, and true ones, both with their masks.

        Both are float32 (batch, 4, S, S): a picture in [0, 1] and its mask, 1 in the hole and 0 outside. The mask tells
        a loss what to look at.
        """
        pictures = self._pictures.batch_at(step)
        masks = self._holes(step, len(pictures), pictures.shape[-1])
        return with_hole(pictures, masks), with_mask(pictures, masks)

    def _holes(self, step: int, count: int, size: int) -> Tensor:
        if not isinstance(self._hole, tuple):
            return centre_hole(size, self._hole)
        return random_holes(count, size, np.random.default_rng((_HOLES, self._seed, step)), self._hole)


def _checked(shares: tuple[float, float]) -> tuple[float, float]:
    low, high = shares
    if not 0 < low <= high < 1:
        raise DynnetError(f"expected shares of the side with 0 < low <= high < 1, got {low} and {high}; change them")
    return low, high


def _fitting(mask: Tensor, x: Tensor) -> Tensor:
    """The mask, on the pictures' device, one for each of them."""
    if x.ndim != 4 or mask.shape not in ((x.shape[0], 1, *x.shape[2:]), (1, 1, *x.shape[2:])):
        raise DynnetError(
            f"expected pictures (B, 3, H, W) and masks (B, 1, H, W) or (1, 1, H, W), got {tuple(x.shape)} and "
            f"{tuple(mask.shape)}; make the hole for pictures of that size"
        )
    return mask.to(x).expand(x.shape[0], -1, -1, -1)
