"""Walks: one batch of pictures rendered at many settings, by whatever method.

A *renderer* takes pictures and answers with a function from a setting (an alpha, a lambda) to their rendering, so that
what the settings share is computed once. A *walk* is a renderer with its settings: `walk(x)` yields (setting, y).
Figures measure walks; sliders hold renderers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from torch import Tensor, nn

from dynnet.dynamic import Alpha, DynamicNet
from dynnet.image_interpolation import interpolate_images
from dynnet.incremental import IncrementalForward
from dynnet.weight_interpolation import check_same_weights, interpolate_weights

Renderer = Callable[[Tensor], Callable[[Any], Tensor]]
Walk = Callable[[Tensor], Iterable[tuple[Any, Tensor]]]


def walk(renderer: Renderer, settings: Iterable[Any]) -> Walk:
    """A renderer at some settings, in their order."""
    settings = list(settings)

    def rendered(x: Tensor) -> Iterable[tuple[Any, Tensor]]:
        render = renderer(x)
        return ((setting, render(setting)) for setting in settings)

    return rendered


def dynamic(net: DynamicNet, alpha: Callable[[Any], Alpha] = float) -> Renderer:
    """A Dynamic-Net, evaluated incrementally; pictures of an earlier call must not be rendered any more.

    Args:
        alpha: what a setting means; default: one alpha for all blocks.
    """
    render: IncrementalForward | None = None

    def renderer(x: Tensor) -> Callable[[Any], Tensor]:
        nonlocal render
        if render is None:  # traced once
            render = IncrementalForward(net, x)
        render.set_input(x)
        return lambda setting: render(alpha(setting))

    return renderer


def interpolation(first: Callable[[Tensor], Tensor], second: Callable[[Tensor], Tensor]) -> Renderer:
    """A cross-fade of two networks' pictures; the setting is the share of the second."""

    def renderer(x: Tensor) -> Callable[[Any], Tensor]:
        y0, y1 = first(x), second(x)
        return lambda share: interpolate_images(y0, y1, float(share))

    return renderer


def interpolation_of_three(
    start: Callable[[Tensor], Tensor], first: Callable[[Tensor], Tensor], second: Callable[[Tensor], Tensor]
) -> Renderer:
    """Three pictures mixed; the setting is (the share of the last two, the share of the second among these)."""

    def renderer(x: Tensor) -> Callable[[Any], Tensor]:
        y0, y1, y2 = start(x), first(x), second(x)
        return lambda shares: interpolate_images(y0, interpolate_images(y1, y2, float(shares[1])), float(shares[0]))

    return renderer


def of_networks(network: Callable[[float], nn.Module]) -> Renderer:
    """A method that is a plain network at each setting: changed weights that are folded, a mixture of two networks."""
    return lambda x: lambda setting: network(float(setting)).eval()(x)


def weight_interpolation(first: nn.Module, second: nn.Module) -> Renderer:
    """Interpolation of two networks' weights; the setting is the share of the second (DNI, Wang et al. 2019).

    It asks for a common start: the second is the first, fine-tuned.

    Raises:
        DynnetError: the networks are not of one architecture.
    """
    check_same_weights(first.state_dict(), second.state_dict())
    return of_networks(lambda share: interpolate_weights(first, second, share))


def fixed(network: Callable[[Tensor], Tensor]) -> Renderer:
    """A network without blocks, which renders the same at every setting."""

    def renderer(x: Tensor) -> Callable[[Any], Tensor]:
        y = network(x)
        return lambda _: y

    return renderer


def alpha_walk(net: DynamicNet, alphas: Iterable[float]) -> Walk:
    """Settings: one alpha shared by all blocks."""
    return walk(dynamic(net), [float(alpha) for alpha in alphas])


def grid_walk(net: DynamicNet, values: Iterable[float]) -> Walk:
    """Settings: all combinations of `values` over the blocks (1000 for ten values and three blocks).

    The first block's alpha moves slowest: incremental evaluation then recomputes the least.
    """
    points = product([float(value) for value in values], repeat=len(net.names))
    return walk(dynamic(net, lambda point: dict(zip(net.names, point, strict=True))), points)


def sets_walk(net: DynamicNet, points: Iterable[Sequence[float]]) -> Walk:
    """Settings: an alpha for each named set of blocks, in the sets' order."""
    settings = [tuple(float(alpha) for alpha in point) for point in points]
    return walk(dynamic(net, lambda point: dict(zip(net.sets, point, strict=True))), settings)


def fixed_walk(networks: Mapping[float, nn.Module]) -> Walk:
    """Settings: the lambdas of networks that were trained for one working point each."""
    return lambda x: ((lambda_style, network(x)) for lambda_style, network in networks.items())


def interpolation_walk(first: nn.Module, second: nn.Module, shares: Iterable[float]) -> Walk:
    """Settings: the share of the second network's picture in a cross-fade of two networks' pictures."""
    return walk(interpolation(first, second), [float(share) for share in shares])
