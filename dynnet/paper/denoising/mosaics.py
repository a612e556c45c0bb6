"""What a sensor sees: Bayer mosaics of photographs, with noise of a known strength, and how much there seems to be.

Noise is Gaussian, of one standard deviation sigma for a whole picture, in units of the brightest value (1). On a real
sensor it grows with the light; this is the model of the papers on demosaicking and denoising.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError

_LAPLACIAN = torch.tensor([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]]) / 6  # keeps white noise's deviation
_PATCH, _STRIDE = 8, 4  # of a colour's own pixels
_QUIETEST = 0.05  # share of patches that are taken to be without texture


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
    """How much noise a mosaic seems to have: the deviation in its quietest patches, each colour by itself.

    A Laplacian takes out what is smooth (Immerkaer 1996); what it leaves in patches without texture is noise. Low by
    about a fifth, because the quietest are chosen, and high where there is texture everywhere. So it orders pictures by
    their noise, and a line fitted on other pictures makes an alpha of it.

    Shape: (B, 3, H, W), H and W even, at least 20 -> (B,).

    Raises:
        DynnetError: a smaller mosaic, or one with odd sides.
    """
    height, width = mosaic.shape[-2:]
    if min(height, width) < 2 * (_PATCH + 2) or height % 2 or width % 2:
        raise DynnetError(f"noise is measured on mosaics of even sides from 20 on, got {height} x {width}")
    colours = [mosaic[:, 1, ::2, ::2], mosaic[:, 0, ::2, 1::2], mosaic[:, 2, 1::2, ::2], mosaic[:, 1, 1::2, 1::2]]
    planes = torch.stack(colours, 1)
    kernel = _LAPLACIAN.to(mosaic).expand(4, 1, 3, 3)
    power = F.avg_pool2d(F.conv2d(planes, kernel, groups=4).square(), _PATCH, _STRIDE)
    return power.flatten(1).quantile(_QUIETEST, dim=1).sqrt()
