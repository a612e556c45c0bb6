"""Differentiable augmentation (Zhao et al. 2020): what a discriminator is shown, real or fake, is altered at random.

With few pictures the discriminator then learns what faces look like and not which ones there are; the generator, who is
judged through the same alterations, learns none of them. The sizes are the authors', on our scale [0, 1]: a brightness
of +-0.5 on theirs, [-1, 1], is +-0.25, and the black that they shift and cut in is our middle grey.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError

SHIFT = 1 / 8  # farthest translation, of a side
CUT = 1 / 2  # side of the hole, of a side
_GREY = 0.5


def augment(x: Tensor, draws: torch.Generator, kinds: Sequence[str] = ("colour", "translation", "cutout")) -> Tensor:
    """Every picture altered in its own way; gradients flow back to x.

    Args:
        x: pictures (B, 3, H, W) in [0, 1].
        draws: a generator on the CPU, whatever the device of x: one seed means the same alterations everywhere.
        kinds: which alterations, in the order they are made: "colour", "translation", "cutout".

    Shape: the same. Colours may leave [0, 1]; they are not cut off, which would cut off gradients.

    Raises:
        DynnetError: an unknown kind.
    """
    check_kinds(kinds)
    for kind in kinds:
        x = _ALTERATIONS[kind](x, draws)
    return x


def check_kinds(kinds: Sequence[str]) -> None:
    """Raises `DynnetError` when one of the kinds is unknown."""
    if unknown := [kind for kind in kinds if kind not in _ALTERATIONS]:
        raise DynnetError(f"no augmentation {unknown[0]!r}; there are {', '.join(_ALTERATIONS)}")


def colour(x: Tensor, draws: torch.Generator) -> Tensor:
    """Brightness +-0.25, then saturation times 0 to 2, then contrast times 0.5 to 1.5; on average nothing."""
    brightness, saturation, contrast = torch.rand(3, x.shape[0], 1, 1, 1, generator=draws).to(x)
    x = x + (brightness - 0.5) / 2
    grey = x.mean(1, keepdim=True)  # (B, 1, H, W)
    x = grey + (x - grey) * (2 * saturation)
    mean = x.mean((1, 2, 3), keepdim=True)  # (B, 1, 1, 1)
    return mean + (x - mean) * (contrast + 0.5)


def translation(x: Tensor, draws: torch.Generator) -> Tensor:
    """A shift by up to an eighth of a side, each way evenly; grey comes in from outside."""
    batch, _, height, width = x.shape
    down, right = round(height * SHIFT), round(width * SHIFT)
    tops = torch.randint(2 * down + 1, (batch,), generator=draws).tolist()
    lefts = torch.randint(2 * right + 1, (batch,), generator=draws).tolist()
    wide = F.pad(x, (right, right, down, down), value=_GREY)
    windows = zip(wide.unbind(), tops, lefts, strict=True)
    return torch.stack([one[:, top : top + height, left : left + width] for one, top, left in windows])


def cutout(x: Tensor, draws: torch.Generator) -> Tensor:
    """A grey square of half a side, its middle anywhere in the picture."""
    rows, columns = (_covered(side, x.shape[0], draws) for side in x.shape[2:])
    hole = rows[:, None, :, None] & columns[:, None, None, :]  # (B, 1, H, W)
    return x.masked_fill(hole.to(x.device), _GREY)


def _covered(side: int, batch: int, draws: torch.Generator) -> Tensor:
    """Which of a side's pixels the hole covers, (B, side)."""
    size = round(side * CUT)
    first = torch.randint(side + 1, (batch, 1), generator=draws) - size // 2  # below 0 and past the end it is clipped
    place = torch.arange(side)
    return (place >= first) & (place < first + size)


_ALTERATIONS = {"colour": colour, "translation": translation, "cutout": cutout}
