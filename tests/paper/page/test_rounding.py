"""Rounded weights lie on a grid, and the numbers that come out are nearer than those of plain rounding."""

import copy

import torch
from torch import nn

from dynnet.paper.page.rounding import round_weights, step_near
from dynnet.paper.page.tensors import as_integers


def _net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 12, 5), nn.ReLU(), nn.Conv2d(12, 12, 3), nn.ReLU(), nn.ConvTranspose2d(12, 6, 4))


def _smooth(count: int) -> torch.Tensor:
    """Pictures whose neighbouring pixels are alike, as those of photos are."""
    return nn.functional.interpolate(torch.rand(count, 3, 6, 6), size=32, mode="bilinear")


@torch.no_grad()
def test_errors_make_up_for_each_other() -> None:
    net, x, other = _net(), _smooth(4), _smooth(2)
    rounded, plain = copy.deepcopy(net), copy.deepcopy(net)
    round_weights(rounded, lambda: rounded(x), 6.0, rounded)
    for layer in plain:
        if hasattr(layer, "weight"):
            step = step_near(float(layer.weight.std()) / 6.0)
            layer.weight.copy_((layer.weight / step).round() * step)
    errors = [(one(other) - net(other)).square().mean() for one in (rounded, plain)]
    assert errors[0] < 0.5 * errors[1]


@torch.no_grad()
def test_weights_are_whole_multiples_and_biases_stay() -> None:
    net, x = _net(), _smooth(2)
    before = copy.deepcopy(net)
    round_weights(net, lambda: net(x), 20.0, net)
    for layer, old in zip(net, before, strict=True):
        if hasattr(layer, "weight"):
            integers, _ = as_integers(layer.weight.numpy())
            assert abs(integers).max() < 200 and torch.equal(layer.bias, old.bias)


@torch.no_grad()
def test_only_what_is_asked_for_is_rounded() -> None:
    net, x = _net(), _smooth(2)
    before = copy.deepcopy(net)
    round_weights(net[2], lambda: net(x), 20.0, net)
    assert torch.equal(net[0].weight, before[0].weight) and not torch.equal(net[2].weight, before[2].weight)
