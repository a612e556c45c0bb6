"""What every figure asks of a walk: that it starts at the main network bit for bit, and goes one way."""

import pytest
import torch
from torch import nn

from dynnet.paper.walk_checks import is_main_at_zero, step_up, steps_wrong
from tests.tiny import dynamic_transformer, two_sets_transformer


def test_dynamic_nets_start_at_their_main_networks() -> None:
    nets, x = [dynamic_transformer(), two_sets_transformer()], torch.rand(2, 3, 16, 16)
    assert is_main_at_zero(nets, x)


def test_one_that_does_not_is_found() -> None:
    class Drifting(nn.Module):
        main = nn.Identity()

        def forward(self, x: torch.Tensor, alpha: float) -> torch.Tensor:
            return x * (1 + 1e-6)

    assert not is_main_at_zero([dynamic_transformer(), Drifting()], torch.rand(2, 3, 16, 16))


def test_wrong_steps_are_counted_beyond_the_tolerance() -> None:
    assert steps_wrong([1, 2, 3], rising=True) == 0
    assert steps_wrong([1, 2, 3], rising=False) == 2
    assert steps_wrong([1, 2, 1.5, 3], rising=True) == 1
    assert steps_wrong([100, 99.5, 99], rising=True) == 0
    assert steps_wrong([100, 98, 99.5], rising=True) == 1
    assert steps_wrong([100, 98, 99.5], rising=False, tolerance=0.02) == 0


@pytest.mark.parametrize(
    ("values", "expected"), [([3, 2, 1], 0), ([1, 2, 3], 0.5), ([4, 2, 3, 0], 0.25), ([4, 3, 3.5, 3.2, 3.5, 2], 0.25)]
)
def test_the_largest_step_up_over_the_range(values: list[float], expected: float) -> None:
    assert step_up(values) == pytest.approx(expected)
