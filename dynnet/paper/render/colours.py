"""The photo's own colours in the painting's light and shade (Gatys et al. 2016, "Preserving color": luminance only)."""

import torch
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)  # of ITU-R BT.601: the Y of YIQ
_ROWS = 512


def with_colours_of(photo: Tensor, painting: Tensor) -> Tensor:
    """The painting's luminance with the photo's chrominance; where no such colour exists, as much of it as there is.

    Reducing the chrominance keeps luminance and hue; clipping would change both.

    Shape: both (1, 3, H, W) in [0, 1] -> the same.
    """
    result = torch.empty_like(painting)
    for top in range(0, painting.shape[-2], _ROWS):  # strips: a large picture takes no more memory for it
        rows = (..., slice(top, top + _ROWS), slice(None))
        result[rows] = _combined(photo[rows].clamp(0, 1), painting[rows].clamp(0, 1))
    return result


def luminance(picture: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 1, H, W)"""
    return (picture * picture.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _combined(photo: Tensor, painting: Tensor) -> Tensor:
    light = luminance(painting)
    colour = photo - luminance(photo)
    room = torch.where(colour > 0, 1 - light, light)  # from the grey of that light to the nearest side of the cube
    share = (room / colour.abs().clamp_min(1e-9)).amin(1, keepdim=True).clamp(0, 1)
    return (light + share * colour).clamp(0, 1)
