"""Weight interpolation between two networks (Wang et al. 2019, Deep Network Interpolation; WiSE-FT, model soups)."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError


def interpolate_weights(first: nn.Module, second: nn.Module, t: float) -> nn.Module:
    """A network with the weights (1 - t) W_0 + t W_1, which costs what one of the two costs.

    It is of use where the second network was fine-tuned from the first: without a common start the weights in between
    are those of no network. t may be any real number; 0 has the bits of the first, 1 those of the second.

    Args:
        first, second: of one architecture; left as they are. Buffers of whole numbers are the first's.

    Raises:
        DynnetError: the two have other weights than each other, by name or by shape.
    """
    one, other = first.state_dict(), second.state_dict()
    check_same_weights(one, other)
    mixed = copy.deepcopy(first)
    with torch.no_grad():
        for name, value in mixed.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.lerp(value, other[name].to(value), t))
    return mixed


def check_same_weights(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> None:
    """Whether two networks' states can be mixed.

    Raises:
        DynnetError: they have other names or shapes.
    """
    odd = sorted(set(one) ^ set(other)) or [name for name in one if one[name].shape != other[name].shape]
    if odd:
        raise DynnetError(
            f"weights are interpolated between two networks of one architecture, but {odd[0]!r} is not alike in both"
        )
