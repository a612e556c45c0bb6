"""Ways to tune an objective, as walks."""

import pytest
import torch
from torch import nn

from dynnet.calibration import Calibration
from dynnet.errors import DynnetError
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.recipe import load_recipe
from dynnet.paper.style.baselines.conditioned import Conditioned
from dynnet.paper.style.baselines.weight_tuning import WeightTuned
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.ways import (
    FIGURE_3,
    FIGURE_3_ALONG,
    LABELS,
    Way,
    between_fixed,
    calibrated,
    is_main_at_zero,
    renderer,
    trained_numbers,
)
from dynnet.weight_interpolation import interpolate_weights

X = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
WAYS = {
    "blocks": lambda main: new_dynamic(main, ["res3", "out"]),
    "all weights": lambda main: WeightTuned(main, "all"),
    "low rank": lambda main: WeightTuned(main, "low_rank", 2),
    "norms": lambda main: WeightTuned(main, "norms"),
}


@pytest.fixture
def main() -> TransformerNet:
    return TransformerNet(2).eval()


def made(name: str, main: nn.Module) -> Way:
    way = WAYS[name](main).eval()
    with torch.no_grad():
        for values in way.blocks.parameters():
            values.add_(0.05 * torch.randn_like(values))
    return way


@pytest.mark.parametrize("name", WAYS)
@torch.no_grad()
def test_a_way_renders_what_it_is_at_every_alpha_and_its_main_network_at_zero(name: str, main: TransformerNet) -> None:
    way = made(name, main)
    render = renderer(way)(X)
    for alpha in (0.4, 1.0, -0.5, 1.5):
        torch.testing.assert_close(render(alpha), way(X, alpha=alpha), rtol=1e-4, atol=1e-5)
        assert not torch.equal(render(alpha), main(X))
    assert is_main_at_zero([way], main, X)
    assert not is_main_at_zero([way], TransformerNet(2).eval(), X)


@torch.no_grad()
def test_a_conditioned_network_renders_at_its_alpha() -> None:
    way = Conditioned(2).eval()
    torch.nn.init.normal_(way.film[-1].weight)
    render = renderer(way)(X)
    assert torch.equal(render(0.3), way(X, 0.3)) and not torch.equal(render(0.3), render(0.9))


def test_what_is_no_way_is_refused(main: TransformerNet) -> None:
    with pytest.raises(
        DynnetError, match="expected a Dynamic-Net, a tuned or a conditioned network, got a Transformer"
    ):
        renderer(main)


@torch.no_grad()
def test_between_every_two_networks_lie_their_pictures_and_their_weights() -> None:
    fixed = {1e4: TransformerNet(2).eval(), 1e5: TransformerNet(2).eval(), 1e6: TransformerNet(2).eval()}
    found = between_fixed(fixed)
    assert {pair[1:] for pair in found} == {(1e4, 1e5), (1e4, 1e6), (1e5, 1e6)} and len(found) == 6
    low, high = fixed[1e4], fixed[1e6]
    fade = 0.75 * low(X) + 0.25 * high(X)
    torch.testing.assert_close(found["pictures", 1e4, 1e6](X)(0.25), fade)
    assert torch.equal(found["weights", 1e4, 1e6](X)(0.25), interpolate_weights(low, high, 0.25).eval()(X))


@pytest.mark.parametrize("name", WAYS)
def test_numbers_that_are_trained_are_those_of_the_change(name: str, main: TransformerNet) -> None:
    way = made(name, main)
    assert trained_numbers(way) == sum(p.numel() for p in way.parameters() if p.requires_grad)


def test_every_way_of_the_recipe_has_a_label() -> None:
    assert {n.seed_of for n in load_recipe("other_ways").networks if n.seed_of} == set(LABELS) - {
        FIGURE_3,
        FIGURE_3_ALONG,
    }


@torch.no_grad()
def test_a_calibrated_way_renders_at_the_alpha_of_its_calibration(main: TransformerNet) -> None:
    way = made("norms", main)
    calibration = Calibration([0.0, 0.5, 1.0], [0.0, 0.9, 1.0])
    render = calibrated(renderer(way), calibration)(X)
    assert torch.equal(render(0.45), renderer(way)(X)(calibration(0.45)))
    assert calibration(0.45) < 0.3  # it matters
