"""Total variation: a little of it keeps pixel noise out of stylised pictures (Johnson et al. 2016)."""

from torch import Tensor

from dynnet.errors import DynnetError


def total_variation(x: Tensor) -> Tensor:
    r"""Mean squared difference of neighbouring pixels, horizontally plus vertically.

    Shape: x (B, C, H, W) with H, W >= 2 -> one value per picture, (B,).

    Raises:
        DynnetError: x is not a batch of pictures at least two pixels a side.
    """
    if x.ndim != 4 or min(x.shape[2:]) < 2:
        raise DynnetError(f"total variation takes (B, C, H, W) with H, W >= 2, got {tuple(x.shape)}")
    rows = (x[:, :, 1:] - x[:, :, :-1]).square().mean((1, 2, 3))
    columns = (x[..., 1:] - x[..., :-1]).square().mean((1, 2, 3))
    return rows + columns
