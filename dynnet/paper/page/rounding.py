"""Weights on coarse grids, so that a dozen networks fit into one file, and pictures that stay the same to the eye.

A convolution's weights become whole multiples of one step. Rounding each to the nearest one is not all that can be
done: here the error of each weight is made up for by those that are not rounded yet, as far as the features that
really enter allow it (optimal brain quantisation, Frantar et al. 2022). The same pictures take a bit and a half less.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FEW = 256  # weights; below, rounding saves nothing
_PLACES = 6000  # of the features of a layer; more say nothing new
_DAMPING = 0.01  # share of the mean diagonal, for directions that hardly occur
_KINDS = (nn.Conv2d, nn.ConvTranspose2d)


@torch.no_grad()
def round_weights(module: nn.Module, run: Callable[[], object], fineness: float, within: nn.Module) -> None:
    """Rounds the convolutions of a network in place, one after the other in the order in which they run.

    Args:
        module: whose convolutions are rounded.
        run: passes some typical inputs through the whole network.
        fineness: steps of the grid to one standard deviation of a layer's weights.
        within: the whole network, `module` or what it is a part of.
    """
    ours = {layer for layer in module.modules() if isinstance(layer, _KINDS) and layer.weight.numel() >= _FEW}
    for layer in [layer for layer in _in_order(within, run) if layer in ours]:
        rows = _rows(layer)
        step = step_near(float(rows.std()) / fineness)
        found = _made_up_for(rows.double(), _second_moments(layer, run), step)
        layer.weight.copy_(_weight(layer, found.to(rows)))


def step_near(size: float) -> float:
    """A number near `size` that is 4, 5, 6 or 7 times a power of two, so that few digits say it."""
    exponent = math.floor(math.log2(max(size, 1e-12))) - 2
    return min((factor * 2.0**exponent for factor in (4, 5, 6, 7, 8)), key=lambda step: abs(step - size))


def _in_order(module: nn.Module, run: Callable[[], object]) -> list[nn.Module]:
    found: dict[nn.Module, None] = {}
    layers = [layer for layer in module.modules() if isinstance(layer, _KINDS)]
    handles = [layer.register_forward_pre_hook(lambda layer, _: found.setdefault(layer)) for layer in layers]
    run()
    for handle in handles:
        handle.remove()
    return list(found)


def _second_moments(layer: nn.Module, run: Callable[[], object]) -> Tensor:
    """Mean products of the numbers that one output sums up, (N, N)."""
    patches: list[Tensor] = []

    def keep(layer: nn.Module, args: tuple[Tensor, ...]) -> None:
        found = args[0].flatten(2)  # (B, C, L): each place of a transposed convolution
        if isinstance(layer, nn.Conv2d):
            found = F.unfold(args[0], layer.kernel_size, stride=layer.stride)  # (B, C kh kw, L)
        flat = found.transpose(0, 1).flatten(1)
        patches.append(flat[:, :: max(1, flat.shape[1] // _PLACES)])

    handle = layer.register_forward_pre_hook(keep)
    run()
    handle.remove()
    rows = torch.cat(patches, 1)
    return (rows @ rows.T / rows.shape[1]).double()


def _rows(layer: nn.Module) -> Tensor:
    """The weights as (sums, numbers in a sum)."""
    if isinstance(layer, nn.Conv2d):
        return layer.weight.flatten(1)
    return layer.weight.flatten(1).T  # each of (C_out kh kw) is a sum over C_in


def _weight(layer: nn.Module, rows: Tensor) -> Tensor:
    return (rows if isinstance(layer, nn.Conv2d) else rows.T).reshape(layer.weight.shape)


def _made_up_for(rows: Tensor, moments: Tensor, step: float) -> Tensor:
    """Rounds column by column, the weightiest first, and spreads each error over the columns behind it."""
    moments = moments + _DAMPING * moments.diagonal().mean() * torch.eye(len(moments), dtype=moments.dtype)
    order = moments.diagonal().argsort(descending=True)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(moments[order][:, order]))
    factor = torch.linalg.cholesky(inverse, upper=True)
    left, found = rows[:, order].clone(), torch.empty_like(rows)
    for column in range(len(order)):
        value = left[:, column : column + 1]
        rounded = (value / step).round() * step
        found[:, order[column]] = rounded[:, 0]
        left[:, column + 1 :] -= (value - rounded) / factor[column, column] * factor[column : column + 1, column + 1 :]
    return found
