"""Style loss: distance of Gram matrices (Gatys et al. 2016; the paper's L_style, section 4.1)."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from dynnet.errors import DynnetError

GramTargets = Mapping[str, Tensor]


def gram_matrix(features: Tensor) -> Tensor:
    r"""Channel correlations :math:`G = F F^T / (C H W)`, as the official code normalises them.

    Shape: features (B, C, H, W) -> (B, C, C).
    """
    b, c, h, w = features.shape
    flat = features.reshape(b, c, h * w)  # (B, C, HW)
    return flat @ flat.transpose(1, 2) / (c * h * w)


def gram_targets(features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gram matrices (1, C, C) of one style picture's features, averaged over its batch."""
    return {name: gram_matrix(z).mean(0, keepdim=True) for name, z in features.items()}


def packed(gram: Tensor) -> Tensor:
    """What a checkpoint keeps of a Gram matrix: its upper half, row by row, in half precision where that can hold it.

    Shape: (1, C, C), symmetric -> (C (C + 1) / 2,).
    """
    rows, columns = torch.triu_indices(*gram.shape[1:]).unbind()
    values = gram[0, rows, columns]
    half = values.half()
    return half if half.isfinite().all() else values


def unpacked(values: Tensor) -> Tensor:
    """The Gram matrix that `packed` made values of. Shape: (C (C + 1) / 2,) -> (1, C, C).

    Raises:
        DynnetError: no symmetric matrix has so many values.
    """
    channels = math.isqrt(2 * values.numel())
    if values.ndim != 1 or not channels or channels * (channels + 1) != 2 * values.numel():
        raise DynnetError(
            f"expected half a Gram matrix, C (C + 1) / 2 values, got {tuple(values.shape)}: train the network again"
        )
    rows, columns = torch.triu_indices(channels, channels, device=values.device).unbind()
    gram = values.new_zeros(1, channels, channels)
    gram[0, rows, columns] = gram[0, columns, rows] = values
    return gram


def style_loss(features: Mapping[str, Tensor], targets: GramTargets) -> Tensor:
    r"""Sum over layers of the mean squared difference of Gram matrices.

    .. math:: L_{style} = \sum_l \frac{1}{C_l^2} \| G_l(y) - G_l(s) \|_F^2

    Args:
        features: {layer: (B, C, H, W)} of the stylised pictures.
        targets: {layer: (1, C, C)} of the style picture; the layers named here are the ones compared.

    Shape: one value per picture, (B,).

    Raises:
        DynnetError: a target layer is missing from the features, or has another number of channels.
    """
    losses = []
    for name, target in targets.items():
        if name not in features:
            raise DynnetError(f"the style target names layer {name!r}, the features have {', '.join(features)}")
        gram = gram_matrix(features[name].float())  # half precision overflows in the sum over pixels
        if gram.shape[1:] != target.shape[1:]:
            raise DynnetError(
                f"style target of {name!r} is {tuple(target.shape[1:])}, the features give {tuple(gram.shape[1:])}: "
                "it was made with another feature network; make it again with this one"
            )
        losses.append((gram - target).square().mean((1, 2)))
    return torch.stack(losses).sum(0)
