"""Ways to tune an objective after training, other than blocks, as walks: what notebook 10 compares."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from dynnet import walks
from dynnet.calibration import Calibration
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.style.baselines.conditioned import Conditioned
from dynnet.paper.style.baselines.weight_tuning import WeightTuned
from dynnet.paper.style.trained import Trained
from dynnet.walks import Renderer

Way = DynamicNet | WeightTuned | Conditioned

FIGURE_3, FIGURE_3_ALONG = "fig3", "fig3_along"
LABELS = {
    "at_one": "blocks, trained at α = 1",
    "along": "blocks, trained along the walk",
    "coupled": "coupled blocks",
    "all_weights": "all weights",
    "low_rank_24": "low-rank changes, rank 24",
    "low_rank_4": "low-rank changes, rank 4",
    "norms": "norms",
    "conditioned": "one network for every λ",
    "only_res3": "one block, at res3",
    "only_up1": "one block, at up1",
    "only_out": "one block, at out",
    FIGURE_3: "Figure 3's blocks, for longer",
    FIGURE_3_ALONG: "Figure 3's, along the walk",
}


def of_each_seed(trained: Trained) -> dict[str, list[Way]]:
    """{way: its networks, one for each seed}, in the recipe's order."""
    found: dict[str, list[Way]] = {}
    for network in trained.recipe.networks:
        if network.seed_of:
            there = trained.dynamic if network.on else trained.networks
            found.setdefault(network.seed_of, []).append(there[network.name])
    return found


def renderer(way: Way) -> Renderer:
    """A way's pictures; the setting is alpha, any real number."""
    if isinstance(way, DynamicNet):
        return walks.dynamic(way)
    if isinstance(way, WeightTuned):
        return walks.of_networks(way.folded)
    if isinstance(way, Conditioned):
        return lambda x: lambda alpha: way(x, float(alpha))
    raise DynnetError(f"expected a Dynamic-Net, a tuned or a conditioned network, got a {type(way).__name__}")


def calibrated(renderer: Renderer, calibration: Calibration) -> Renderer:
    """A renderer whose setting is the share of the way gone, in equal steps of what the calibration is of."""

    def rendered(x: Tensor) -> Callable[[float], Tensor]:
        render = renderer(x)
        return lambda share: render(calibration(share))

    return rendered


def between_fixed(fixed: Mapping[float, nn.Module]) -> dict[tuple[str, float, float], Renderer]:
    """{(method, lambda, lambda): renderer} of all that can be put between two of some networks trained one by one.

    Methods are "pictures", a cross-fade, and "weights", weight interpolation.
    """
    pairs = [(low, high) for low in fixed for high in fixed if low < high]
    fades = {("pictures", a, b): walks.interpolation(fixed[a], fixed[b]) for a, b in pairs}
    return fades | {("weights", a, b): walks.weight_interpolation(fixed[a], fixed[b]) for a, b in pairs}


@torch.no_grad()
def is_main_at_zero(ways: Iterable[Way], main: nn.Module, x: Tensor) -> bool:
    """Whether each way renders x at alpha = 0 as the main network does, bit for bit."""
    return all(torch.equal(way(x, alpha=0.0), main(x)) for way in ways)


def trained_numbers(way: Way) -> int:
    """How many numbers are trained."""
    return sum(values.numel() for values in (way if isinstance(way, Conditioned) else way.blocks).parameters())
