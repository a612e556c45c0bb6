"""L1 loss: mean absolute difference of pixels in the hole (the paper's L_L1, section 4.3)."""

from torch import Tensor

from dynnet.errors import DynnetError


def hole_l1(y: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    r"""Mean absolute difference over the values in the hole; what lies outside does not count.

    .. math:: L_{L1} = \frac{1}{C \sum m} \| m \odot (y - x) \|_1

    A mean over the hole and not over the picture: holes of all sizes weigh the same.

    Shape: y and target (B, C, H, W), mask (B, 1, H, W) or (1, 1, H, W), 1 in the hole and 0 outside -> one value per
    picture, (B,).

    Raises:
        DynnetError: the shapes differ or do not fit the mask, or a picture has no hole.
    """
    if y.shape != target.shape or y.ndim != 4:
        raise DynnetError(
            f"L1 compares pictures (B, C, H, W) of one shape, got {tuple(y.shape)} and {tuple(target.shape)}; "
            "take the first three channels of a batch with masks for its pictures"
        )
    if mask.shape not in ((y.shape[0], 1, *y.shape[2:]), (1, 1, *y.shape[2:])):
        raise DynnetError(
            f"L1 in the hole takes a mask (B, 1, H, W) or (1, 1, H, W) for pictures {tuple(y.shape)}, "
            f"got {tuple(mask.shape)}"
        )
    pixels = mask.sum((1, 2, 3))
    if not pixels.all():
        raise DynnetError("L1 in the hole takes pictures with a hole, got a mask that is 0 everywhere; draw another")
    return (mask * (y - target).abs()).sum((1, 2, 3)) / (y.shape[1] * pixels)
