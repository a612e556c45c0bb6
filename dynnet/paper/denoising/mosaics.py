"""What a sensor sees: Bayer mosaics of photographs, with noise of a known strength, and how much there seems to be.

Noise is Gaussian, of one standard deviation sigma for a whole picture, in units of the brightest value (1). On a real
sensor it grows with the light; this is the model of the papers on demosaicking and denoising.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError

_SIDE = 3  # of a square, in a colour's own pixels
_QUIETEST = 0.05  # share of squares that are taken to be without texture
_FEWEST = 144  # squares, four to a dimension
_SMALLEST = 28  # pixels a side, which hold as many


def bayer_mask(height: int, width: int) -> Tensor:
    """Which colour each pixel of a sensor sees: (1, 3, height, width) of 0 and 1, rows G R and B G in turn."""
    mask = torch.zeros(1, 3, height, width)
    mask[:, 1, ::2, ::2] = mask[:, 1, 1::2, 1::2] = 1
    mask[:, 0, ::2, 1::2] = mask[:, 2, 1::2, ::2] = 1
    return mask


def bayer_mosaic(x: Tensor) -> Tensor:
    """A photo as a sensor without noise sees it: (B, 3, H, W) -> the same, two of three values of every pixel are 0."""
    return x * bayer_mask(*x.shape[-2:]).to(x)


def noisy_mosaic(x: Tensor, sigma: float | Sequence[float], seed: int) -> Tensor:
    """The same with Gaussian noise, which is not clipped: below 0 lies what a sensor counts below its black level.

    The noise is made on the CPU, and follows from the seed and the shape alone.

    Args:
        x: (B, 3, H, W) in [0, 1].
        sigma: standard deviation, one for all pictures or one for each, 0 or more.

    Raises:
        DynnetError: a sigma is negative, or there is not one for each picture.
    """
    sigmas = torch.as_tensor(sigma, dtype=torch.float32).reshape(-1, 1, 1, 1)
    if len(sigmas) not in (1, len(x)) or not (sigmas >= 0).all():
        raise DynnetError(f"noise takes one sigma >= 0, or one for each of {len(x)} pictures, got {sigma}")
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    return bayer_mosaic(x + (sigmas * noise).to(x))


def estimated_sigma(mosaic: Tensor) -> Tensor:
    """How much noise a mosaic seems to have: the least that its quiet squares vary in any direction.

    A square of 6 x 6 pixels is a point of 36 values. Neighbours and colours of a photo go together, so its squares
    leave some direction of the 36 almost empty; noise fills all of them (Liu, Tanaka and Okutomi 2013; Pyatykh, Hesser
    and Zheng 2013). The squares with the least texture are taken, and the smallest eigenvalue of their covariance,
    which is too small by (1 - sqrt(36 / squares))^2 for so few (Marchenko and Pastur). Low by about a third where all
    is smooth, because the quietest are chosen, and high where there is fine texture everywhere. So it orders pictures
    by their noise, and a line fitted on other pictures makes an alpha of it.

    Shape: (B, 3, H, W), H and W even, at least 28 -> (B,).

    Raises:
        DynnetError: a smaller mosaic, or one with odd sides.
    """
    height, width = mosaic.shape[-2:]
    if min(height, width) < _SMALLEST or height % 2 or width % 2:
        raise DynnetError(f"noise is measured on mosaics of even sides from {_SMALLEST} on, got {height} x {width}")
    colours = [mosaic[:, 1, ::2, ::2], mosaic[:, 0, ::2, 1::2], mosaic[:, 2, 1::2, ::2], mosaic[:, 1, 1::2, 1::2]]
    squares = F.unfold(torch.stack(colours, 1), _SIDE)  # (B, 36, squares)
    texture = squares.unflatten(1, (4, -1)).var(2).mean(1)  # of each colour by itself: a quiet square may be red
    count = max(_FEWEST, round(_QUIETEST * squares.shape[-1]))
    chosen = texture.topk(count, largest=False).indices[:, None].expand(-1, squares.shape[1], -1)
    quiet = squares.gather(2, chosen).cpu().double()  # which some devices have not
    quiet = quiet - quiet.mean(2, keepdim=True)
    least = torch.linalg.eigvalsh(quiet @ quiet.mT / count)[:, 0].clamp(min=0).sqrt()
    return (least / (1 - (squares.shape[1] / count) ** 0.5)).to(mosaic)
