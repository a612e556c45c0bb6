"""What does not learn is named: blocks that no gradient reaches, and blocks that only zeros reach."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.fitting import fit
from dynnet.schedule import Schedule
from dynnet.training import train_blocks, train_main
from tests.brightness import towards
from tests.tiny import Noise

SCHEDULE = Schedule(9, 0.01)


class Path(nn.Module):
    """Two ways to the output; `between` is what happens on the first, before the second joins."""

    def __init__(self, between: Callable[[Tensor], Tensor]):
        super().__init__()
        self.one, self.other, self.between = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1), between

    def forward(self, x: Tensor) -> Tensor:
        return self.between(self.one(x)) + self.other(x)


def dynamic(between: Callable[[Tensor], Tensor]) -> DynamicNet:
    return DynamicNet(Path(between), {"one": TuningBlock(3), "other": TuningBlock(3)})


def test_a_block_whose_output_is_detached_is_named_and_the_other_is_not() -> None:
    with pytest.raises(DynnetError, match="training: the block at 'one' got no gradient") as caught:
        train_blocks(dynamic(torch.detach), towards(0.5), Noise(), SCHEDULE)
    assert "other" not in str(caught.value)


def test_a_block_that_runs_where_gradients_are_off_is_named() -> None:
    class Off(Path):
        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                one = self.one(x)
            return one + self.other(x)

    net = DynamicNet(Off(nn.Identity()), {"one": TuningBlock(3), "other": TuningBlock(3)})
    with pytest.raises(DynnetError, match="the block at 'one' got no gradient"):
        train_blocks(net, towards(0.5), Noise(), SCHEDULE)


@pytest.mark.parametrize("dead", [lambda z: 0 * z, lambda z: torch.relu(z - 1000), torch.round])
def test_a_block_that_only_zeros_reach_is_named(dead: Callable) -> None:
    with pytest.raises(DynnetError, match="gradient of the block at 'one' is exactly zero in the first 3 steps"):
        train_blocks(dynamic(dead), towards(0.5), Noise(), SCHEDULE)


def test_a_fit_of_one_step_is_looked_at_as_well() -> None:
    with pytest.raises(DynnetError, match="exactly zero in the first 1 steps"):
        train_blocks(dynamic(lambda z: 0 * z), towards(0.5), Noise(), Schedule(1, 0.01, one_cycle=False))


def test_blocks_that_start_at_zero_are_no_fault() -> None:
    """All but the last layer of a new block have a gradient of exactly zero at the first step."""
    net = dynamic(nn.Identity())
    assert train_blocks(net, towards(0.5), Noise(), SCHEDULE).steps == 9


def test_gradients_switched_off_around_a_training_are_told_of() -> None:
    with (
        torch.no_grad(),
        pytest.raises(DynnetError, match=r"'one' and .*'other' got no gradient.*switched off"),
    ):
        train_blocks(dynamic(nn.Identity()), towards(0.5), Noise(), SCHEDULE)
    with torch.no_grad(), pytest.raises(DynnetError, match="the network got no gradient"):
        train_main(Path(nn.Identity()), towards(0.5), Noise(), SCHEDULE)


def test_nothing_to_train_is_told_of() -> None:
    with pytest.raises(DynnetError, match=r"no weight requires a gradient; call requires_grad_\(\)"):
        train_main(Path(nn.Identity()).requires_grad_(False), towards(0.5), Noise(), SCHEDULE)


def test_weights_of_a_network_that_a_step_leaves_out_are_no_fault() -> None:
    """Training of several heads in turn; frozen blocks are not looked at either."""
    heads = nn.ModuleList(nn.Linear(1, 1) for _ in range(9))

    def losses(module: nn.Module, step: int) -> dict[str, Tensor]:
        return {"total": module[step](torch.ones(1, 1)).sum()}

    fit(heads, losses, SCHEDULE)
    net = dynamic(torch.detach)
    net.block("one").requires_grad_(False)
    train_blocks(net, towards(0.5), Noise(), SCHEDULE)
