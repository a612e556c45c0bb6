"""What a step of a slider costs."""

import pytest
import torch

from dynnet.paper.blocks import new_dynamic
from dynnet.paper.style.baselines.weight_tuning import WeightTuned
from dynnet.paper.style.measures.costs import slider_step
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.ways import renderer
from dynnet.walks import fixed
from tests.tiny import awake

X = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class OneConvolution(torch.nn.Conv2d):
    """4 channels in, 8 out, 3x3, no padding: 8 * 4 * 9 multiply-adds for each of 30 x 30 places."""

    def __init__(self) -> None:
        super().__init__(4, 8, 3)


def test_multiply_adds_are_those_of_the_convolutions() -> None:
    net = OneConvolution()
    counted, ms = slider_step(lambda x: lambda _: net(x), torch.rand(1, 4, 32, 32))
    assert counted == 8 * 4 * 9 * 30 * 30
    assert ms > 0


def test_what_does_not_change_costs_nothing() -> None:
    assert slider_step(fixed(TransformerNet(2).eval()), X)[0] == 0


@pytest.mark.parametrize("what", ["all", "norms"])
def test_what_folds_costs_a_pass_of_the_main_network(what: str) -> None:
    main = TransformerNet(2).eval()
    assert slider_step(renderer(WeightTuned(main, what)), X)[0] == slider_step(lambda x: lambda _: main(x), X)[0]


def test_blocks_cost_what_follows_the_first() -> None:
    main = TransformerNet(2).eval()
    late, early = (slider_step(renderer(awake(new_dynamic(main, [at, "out"]))), X)[0] for at in ("up1", "res3"))
    assert 0 < late < early
    assert slider_step(renderer(awake(new_dynamic(main, ["out"]))), X)[0] == 0  # what a block adds is kept
