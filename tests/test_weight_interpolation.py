"""A straight line between two networks' weights."""

import copy

import pytest
import torch
from torch import nn

from dynnet.errors import DynnetError
from dynnet.weight_interpolation import interpolate_weights
from tests.tiny import BatchNormNet


def two() -> tuple[nn.Module, nn.Module]:
    first = BatchNormNet().eval()
    second = copy.deepcopy(first)
    with torch.no_grad():
        for value in [*second.parameters(), second.norm.running_mean]:
            value += torch.rand_like(value)
    return first, second


@pytest.mark.parametrize("t", [-0.5, 0.0, 0.3, 1.0, 1.5])
def test_every_weight_and_buffer_lies_on_the_line(t: float) -> None:
    first, second = two()
    mixed = interpolate_weights(first, second, t).state_dict()
    for name, start in first.state_dict().items():
        end = second.state_dict()[name]
        torch.testing.assert_close(mixed[name], torch.lerp(start, end, t) if start.is_floating_point() else start)


def test_both_ends_bit_for_bit_and_both_left_alone() -> None:
    first, second = two()
    before = copy.deepcopy([first.state_dict(), second.state_dict()])
    for t, end in ((0.0, first), (1.0, second)):
        mixed = interpolate_weights(first, second, t).state_dict()
        assert all(torch.equal(mixed[name], value) for name, value in end.state_dict().items())
    interpolate_weights(first, second, 0.7)
    for kept, network in zip(before, (first, second), strict=True):
        assert all(torch.equal(kept[name], value) for name, value in network.state_dict().items())


@pytest.mark.parametrize("other", [nn.Conv2d(3, 4, 3), nn.Sequential(nn.Conv2d(3, 5, 3))])
def test_another_architecture_is_refused(other: nn.Module) -> None:
    with pytest.raises(DynnetError, match="one architecture"):
        interpolate_weights(nn.Sequential(nn.Conv2d(3, 4, 3)), other, 0.5)
