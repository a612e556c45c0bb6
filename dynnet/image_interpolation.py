"""Image interpolation: the paper's baseline, a cross-fade of two networks' outputs (section 4.1)."""

from torch import Tensor

from dynnet.errors import DynnetError


def interpolate_images(y0: Tensor, y1: Tensor, t: float) -> Tensor:
    """(1 - t) y0 + t y1, pixel by pixel.

    Shape: y0 and y1 (B, 3, H, W) in [0, 1] -> the same.

    Raises:
        DynnetError: the shapes differ.
    """
    if y0.shape != y1.shape:
        raise DynnetError(f"image interpolation takes two pictures of one shape, got {y0.shape} and {y1.shape}")
    return y0 + t * (y1 - y0)
