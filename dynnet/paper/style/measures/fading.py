"""Fade-away: double edges where one should see one picture, the flaw of image interpolation (section 4.1).

The strokes of two renderings of one photo lie in different places. Their pixel average shows both at half strength; a
picture drawn anew has strokes of its own. So a result fades as far as its details are those of the pixel average.
"""

import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.image_interpolation import interpolate_images
from dynnet.walks import Renderer

# Pixels, for pictures of 256 a side. Any two renderings of a photo share its low frequencies; this blur takes away what
# repeats in 20 pixels or less, which is strokes and edges.
SIGMA = 4.0
RADIUS = 3 * int(SIGMA)  # where the Gaussian is cut off
FLAT = 1e-4  # RMS of details: a fortieth of a grey level, not to be seen, and near it rounding would decide


def fade(y: Tensor, y0: Tensor, y1: Tensor, t: float = 0.5) -> Tensor:
    r"""How far a result is a cross-fade: Pearson correlation of its details with those of the pixel average.

    .. math:: \mathrm{corr}\big(d(y), d((1 - t) y_0 + t y_1)\big), \quad d(y) = y - G_\sigma * y

    over pixels and colours. 1 for image interpolation by definition. One of the ends alone does not give 0: at t = 0.5
    it gives 0.71 if the details of the two are equally strong and have nothing in common, and more if they have.

    Shape: y, y0 and y1 (B, 3, H, W) in [0, 1], H and W above 12 -> one value per picture, (B,), in [-1, 1]. 0 where the
    result or the average has no details: nothing is drawn there that could be doubled.

    Raises:
        DynnetError: the shapes differ, or the pictures are too small for the blur.
    """
    if y.shape != y0.shape:
        raise DynnetError(f"fade compares pictures of one shape, got {tuple(y.shape)} and {tuple(y0.shape)}")
    one, other = (_details(picture).flatten(1) for picture in (y, interpolate_images(y0, y1, t)))
    one, other = (details - details.mean(1, keepdim=True) for details in (one, other))
    rms = torch.stack([details.square().mean(1).sqrt() for details in (one, other)])
    correlation = (one * other).mean(1) / rms.prod(0)
    return torch.where((rms > FLAT).all(0), correlation, 0)


@torch.no_grad()
def mean_fade(renderer: Renderer, pictures: Tensor, t: float = 0.5, batch: int = 4) -> float:
    """Mean `fade` over the pictures of a method's result at t with its own ends.

    Args:
        renderer: of the method; its pictures at 0, 1 and t are compared.
        pictures: (N, 3, H, W) in [0, 1].
    """
    fades = []
    for x in pictures.split(batch):
        render = renderer(x)  # once: what the three settings share is computed here
        fades.append(fade(*(render(setting).clone() for setting in (t, 0.0, 1.0)), t))
    return torch.cat(fades).mean().item()


def _details(picture: Tensor) -> Tensor:
    if min(picture.shape[2:]) <= RADIUS:
        raise DynnetError(f"fade takes pictures (B, 3, H, W) with H, W > {RADIUS}, got {tuple(picture.shape)}")
    from torchvision.transforms.functional import gaussian_blur  # slow to import, and needed only here

    size = 2 * RADIUS + 1
    rows = gaussian_blur(picture, [size, 1], [SIGMA, SIGMA])  # one direction after the other: 50 products, not 625
    return picture - gaussian_blur(rows, [1, size], [SIGMA, SIGMA])
