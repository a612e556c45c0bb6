"""A direction in the latents, on a generator whose one attribute is a known direction."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.faces.latent_direction import EqualGain, LatentDirection, equal_gain, fit_direction
from dynnet.paper.faces.network import Generator

TRUE = torch.tensor([0.6, 0.0, -0.8, 0.0])
Z = torch.randn(600, 4, generator=torch.Generator().manual_seed(0))


def generator(z: Tensor) -> Tensor:
    """Grey faces (B, 3, 2, 2), the lighter the further along TRUE."""
    return torch.sigmoid(z @ TRUE)[:, None, None, None].expand(-1, 3, 2, 2)


def light(faces: Tensor) -> Tensor:
    return faces.mean((1, 2, 3))


def test_it_finds_the_direction_of_the_attribute() -> None:
    found = fit_direction(generator, light, Z)
    assert found.direction.norm().item() == pytest.approx(1) and found.direction.dtype == Z.dtype
    assert (found.direction @ TRUE).item() > 0.99 and found.accuracy > 0.97
    against = fit_direction(generator, lambda faces: 1 - light(faces), Z)
    torch.testing.assert_close(against.direction, -found.direction, rtol=0, atol=1e-2)


def test_it_needs_no_face_with_the_attribute() -> None:
    rare = fit_direction(generator, lambda faces: 0.01 * light(faces), Z, batch=37)
    torch.testing.assert_close(rare.direction, fit_direction(generator, light, Z).direction)


def test_an_attribute_that_is_in_no_direction_is_told_by_the_accuracy() -> None:
    noise = torch.rand(len(Z), generator=torch.Generator().manual_seed(1))
    assert fit_direction(generator, lambda faces: noise, Z, batch=len(Z)).accuracy < 0.6


def test_the_weights_are_at_the_minimum_of_the_loss() -> None:
    from dynnet.paper.faces.latent_direction import _logistic_regression

    inputs, labels = Z.double(), light(generator(Z)) + 0.2 * torch.randn(len(Z)) > 0.5
    weights, bias = (torch.tensor(v, requires_grad=True) for v in _logistic_regression(inputs.numpy(), labels.numpy()))
    logits = inputs @ weights + bias
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels.double(), reduction="sum")
    (loss + weights.square().sum() / 2).backward()
    assert max(weights.grad.abs().max().item(), abs(bias.grad.item())) < 0.01 * len(Z) ** 0.5


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1, 1)])
def test_the_renderer_walks_in_the_latents(shape: tuple[int, ...]) -> None:
    net = Generator(2, latent=4).eval()
    z = Z[:3].reshape(shape)
    render = LatentDirection(TRUE, 1.0).renderer(net, length=2.5)(z)
    assert torch.equal(render(0), net(z))
    torch.testing.assert_close(render(-0.4), net(Z[:3] - TRUE))


@settings(max_examples=15, deadline=None)
@given(st.floats(0.35, 0.65))
def test_equal_gain_reaches_the_target_up_or_down(target: float) -> None:
    direction = LatentDirection(TRUE, 1.0)
    found = equal_gain(direction, generator, light, Z, target, batch=128)
    assert found.reached and found.score == pytest.approx(target, abs=0.01)
    shown = direction.renderer(generator, found.length)(Z)(1.0)
    assert light(shown).mean().item() == pytest.approx(found.score, abs=1e-5)


def test_equal_gain_stops_where_latents_end_and_says_so() -> None:
    found = equal_gain(LatentDirection(TRUE, 1.0), generator, light, Z, target=0.999)
    assert not found.reached and found.length == 2  # the root of 4 dimensions
    assert found.score == pytest.approx(light(generator(Z + 2 * TRUE)).mean().item(), abs=1e-5)
    down = equal_gain(LatentDirection(TRUE, 1.0), generator, light, Z, target=0.001)
    assert not down.reached and down.length == -2


def test_equal_gain_keeps_the_closest_when_going_on_makes_it_worse() -> None:
    def bump(faces: Tensor) -> Tensor:
        return torch.exp(-20 * (light(faces) - 0.7).square())

    found = equal_gain(LatentDirection(TRUE, 1.0), generator, bump, Z, target=0.95)
    assert not found.reached and found.length == 1


def test_no_gain_is_no_walk() -> None:
    start = light(generator(Z)).sum().item() / len(Z)
    found = equal_gain(LatentDirection(TRUE, 1.0), generator, light, Z, start, batch=len(Z))
    assert found == EqualGain(0.0, start, reached=True)
    worse = equal_gain(LatentDirection(-TRUE, 1.0), generator, light, Z, start, batch=len(Z))
    assert worse == EqualGain(0.0, start, reached=True)


def test_what_is_refused() -> None:
    with pytest.raises(DynnetError, match="faces that differ in the attribute, got 0% of 600 above"):
        fit_direction(generator, lambda faces: torch.ones(len(faces)), Z)
    for target in (-0.1, 1.1, float("nan")):
        with pytest.raises(DynnetError, match=r"target is a mean score in \[0, 1\]"):
            equal_gain(LatentDirection(TRUE, 1.0), generator, light, Z, target)
