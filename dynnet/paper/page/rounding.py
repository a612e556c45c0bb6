"""Weights on coarse grids, so that a dozen networks fit into one file, and pictures that stay the same to the eye.

A convolution's weights become integers in -127..127 times a power of two for each output channel. Rounding each to the
nearest one would do for seven bits a weight; here the error of each weight is made up for by those that are not rounded
yet, as far as the features that really enter allow it (optimal brain quantisation, Frantar et al. 2022): the same
pictures for one bit and a half less.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LARGEST = 127  # of the integers
_FEW = 256  # weights; below, rounding saves nothing
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
        steps = _steps(rows, fineness, by_row=isinstance(layer, nn.Conv2d))
        found = _made_up_for(rows.double(), _second_moments(layer, run), steps.double())
        layer.weight.copy_(_weight(layer, found.to(rows)))


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
    moments: list[Tensor] = []

    def add(layer: nn.Module, args: tuple[Tensor, ...]) -> None:
        patches = args[0].flatten(2)  # (B, C, L): each place of a transposed convolution
        if isinstance(layer, nn.Conv2d):
            patches = F.unfold(args[0], layer.kernel_size, stride=layer.stride)  # (B, C kh kw, L)
        flat = patches.transpose(0, 1).flatten(1)
        moments.append((flat @ flat.T / flat.shape[1]).double())

    handle = layer.register_forward_pre_hook(add)
    run()
    handle.remove()
    return torch.stack(moments).sum(0)


def _rows(layer: nn.Module) -> Tensor:
    """The weights as (sums, numbers in a sum)."""
    if isinstance(layer, nn.Conv2d):
        return layer.weight.flatten(1)
    return layer.weight.flatten(1).T  # each of (C_out kh kw) is a sum over C_in


def _weight(layer: nn.Module, rows: Tensor) -> Tensor:
    return (rows if isinstance(layer, nn.Conv2d) else rows.T).reshape(layer.weight.shape)


def _steps(rows: Tensor, fineness: float, by_row: bool) -> Tensor:
    """The grid's step of each row, a power of two: rows with large weights need a coarser one."""
    usual = 2.0 ** round(math.log2(max(float(rows.std()), 1e-12) / fineness))
    largest = rows.abs().amax(1, keepdim=True) if by_row else rows.abs().amax().expand(len(rows), 1)
    needed = torch.exp2(torch.ceil(torch.log2(largest.clamp(min=1e-12) / LARGEST)))
    return needed.clamp(min=usual)


def _made_up_for(rows: Tensor, moments: Tensor, steps: Tensor) -> Tensor:
    """Rounds column by column, the weightiest first, and spreads each error over the columns behind it."""
    moments = moments + _DAMPING * moments.diagonal().mean() * torch.eye(len(moments), dtype=moments.dtype)
    order = moments.diagonal().argsort(descending=True)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(moments[order][:, order]))
    factor = torch.linalg.cholesky(inverse, upper=True)
    left, found = rows[:, order].clone(), torch.empty_like(rows)
    for column in range(len(order)):
        value = left[:, column : column + 1]
        rounded = (value / steps).round().clamp(-LARGEST, LARGEST) * steps
        found[:, order[column]] = rounded[:, 0]
        left[:, column + 1 :] -= (value - rounded) / factor[column, column] * factor[column : column + 1, column + 1 :]
    return found
