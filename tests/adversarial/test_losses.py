"""The adversarial losses against their definitions, and R1 where the gradient is known."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dynnet.adversarial.losses import discriminator_loss, generator_loss, r1_penalty
from dynnet.errors import DynnetError


def test_who_cannot_tell_loses_log_2_a_picture() -> None:
    torch.testing.assert_close(generator_loss(torch.zeros(3)), torch.full((3,), math.log(2)))
    torch.testing.assert_close(discriminator_loss(torch.zeros(3), torch.zeros(3)), torch.full((3,), 2 * math.log(2)))


def test_losses_are_cross_entropies_logit_by_logit() -> None:
    real, fake = torch.randn(2, 5), torch.randn(2, 5)
    entropy = F.binary_cross_entropy_with_logits
    torch.testing.assert_close(generator_loss(fake), entropy(fake, torch.ones(2, 5), reduction="none"))
    expected = entropy(real, torch.ones(2, 5), reduction="none") + entropy(fake, torch.zeros(2, 5), reduction="none")
    torch.testing.assert_close(discriminator_loss(real, fake), expected)


def test_the_generator_learns_most_where_it_is_caught() -> None:
    logits = torch.tensor([-20.0, 0.0, 20.0], requires_grad=True)
    generator_loss(logits).sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([-1.0, -0.5, 0.0]))  # -sigmoid(-logit)


def test_the_discriminator_raises_real_logits_and_lowers_fake_ones() -> None:
    real, fake = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    discriminator_loss(real, fake).sum().backward()
    assert real.grad.tolist() == [-0.5, -0.5] and fake.grad.tolist() == [0.5, 0.5]


def test_large_logits_and_half_precision_stay_finite() -> None:
    logits = torch.tensor([-300.0, 300.0], dtype=torch.float16)
    assert generator_loss(logits).tolist() == [300, 0]
    assert discriminator_loss(logits, logits).tolist() == [300, 300]


def test_gradients_are_those_of_finite_differences() -> None:
    real, fake = (torch.randn(4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(generator_loss, (fake,))
    assert torch.autograd.gradcheck(discriminator_loss, (real, fake))
    x = torch.randn(2, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: r1_penalty(x.pow(3).sum((1, 2, 3)), x), (x,))


def test_as_many_fakes_as_real_pictures() -> None:
    with pytest.raises(DynnetError, match=r"as many fake logits as real ones, \(2,\), got \(1,\)"):
        discriminator_loss(torch.zeros(2), torch.zeros(1))


def test_r1_of_a_linear_discriminator_is_its_weights_squared() -> None:
    weights = torch.randn(3, 2, 2)
    x = torch.randn(5, 3, 2, 2, requires_grad=True)
    penalty = r1_penalty((x * weights).sum((1, 2, 3)), x)
    torch.testing.assert_close(penalty, weights.square().sum().expand(5))


def test_r1_is_taken_picture_by_picture() -> None:
    x = torch.randn(2, 1, 3, 3, requires_grad=True)
    penalty = r1_penalty(x.square().sum((1, 2, 3)), x)  # the gradient is 2 x
    torch.testing.assert_close(penalty, 4 * x.square().sum((1, 2, 3)))


def test_r1_teaches_the_discriminator() -> None:
    flat = nn.Linear(4, 1)
    x = torch.rand(3, 1, 2, 2, requires_grad=True)
    r1_penalty(flat(x.flatten(1)).flatten(), x).mean().backward()
    torch.testing.assert_close(flat.weight.grad, 2 * flat.weight.detach())
    assert x.grad is None


@pytest.mark.parametrize("reals_first", [True, False])
def test_r1_without_gradients_is_refused(reals_first: bool) -> None:
    x = torch.rand(2, 1, 2, 2, requires_grad=reals_first)
    logits = nn.Linear(4, 1)(x.detach().flatten(1)) if not reals_first else torch.zeros(2)
    with pytest.raises(DynnetError, match=r"call reals\.requires_grad_\(\) before the discriminator"):
        r1_penalty(logits, x)
