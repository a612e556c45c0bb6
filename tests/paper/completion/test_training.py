"""Training of completion networks: L1 falls, the discriminator judges the hole, the critic sees completions."""

import copy

import pytest
import torch
from torch import Tensor

from dynnet.adversarial.settings import AdversarialSettings
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.completion.holes import centre_hole, with_hole, with_mask
from dynnet.paper.completion.network import BLOCKS, CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.completion.training import OverHole, l1_objective, train_against, train_critic
from dynnet.schedule import Schedule
from dynnet.training import train_blocks

HOLE = centre_hole(64)


class Pictures:
    """Pictures of one colour with a hole: what is in it can be known from around it."""

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        shade = torch.rand(4, 3, 1, 1, generator=torch.Generator().manual_seed(step)).expand(4, 3, 64, 64)
        return with_hole(shade, HOLE), with_mask(shade, HOLE)


def l1(net: torch.nn.Module) -> float:
    x, true = Pictures().batch_at(10_000)
    with torch.no_grad():
        return l1_objective()(net(x), true)["l1"].item()


def settings(steps: int, weight: float, rate: float = 5e-3) -> AdversarialSettings:
    return AdversarialSettings(steps, rate, weight=weight, decay=0.5)


def test_l1_in_the_hole_is_what_is_minimised() -> None:
    _, true = Pictures().batch_at(0)
    y = true[:, :3].clone()
    y[..., 16:48, 16:48] += 0.25  # the hole
    values = l1_objective()(y, true)
    assert values["total"].item() == pytest.approx(0.25, rel=1e-5) and values["l1"] == values["total"]
    y[..., :8, :] = 0  # outside of it nothing counts
    assert l1_objective()(y, true)["total"].item() == pytest.approx(0.25, rel=1e-5)


def test_training_against_a_discriminator_lowers_l1_and_shows_both_losses() -> None:
    net, discriminator = CompletionNet(2), PatchDiscriminator(2, halvings=2)
    before, start = copy.deepcopy(discriminator.state_dict()), l1(net)
    report = train_against(net, discriminator, Pictures(), settings(40, weight=0.001))
    assert l1(net) < 0.8 * start and not net.training
    assert {"l1", "generator", "discriminator"} <= report.history[-1].keys()
    assert any(not torch.equal(value, before[name]) for name, value in discriminator.state_dict().items())


def test_the_adversarial_loss_weighs_lambda() -> None:
    def moved(weight: float) -> list[Tensor]:
        torch.manual_seed(3)
        net = CompletionNet(2)
        train_against(net, PatchDiscriminator(2, halvings=2), Pictures(), settings(3, weight))
        return [p.detach().clone() for p in net.parameters()]

    without, again, with_it = moved(0.0), moved(0.0), moved(10.0)
    assert all(torch.equal(x, y) for x, y in zip(without, again, strict=True))
    assert any(not torch.equal(x, y) for x, y in zip(without, with_it, strict=True))


def test_blocks_learn_l1_and_leave_the_main_network() -> None:
    main = CompletionNet(4)  # of width 2 some random ones let little of what blocks do through
    net = new_dynamic(main, BLOCKS)
    before, start = copy.deepcopy(main.state_dict()), l1(net)
    train_blocks(net, l1_objective(), Pictures(), Schedule(60, 2e-2))
    assert l1(net) < start
    assert all(torch.equal(value, before[name]) for name, value in main.state_dict().items())


def test_only_patches_that_see_the_hole_are_judged() -> None:
    discriminator = PatchDiscriminator(2, halvings=2)
    mask = torch.zeros(2, 1, 64, 64)
    mask[..., :4, :4] = 1
    x = torch.cat([torch.rand(2, 3, 64, 64), mask], 1)
    judged, share = OverHole(discriminator)(x), discriminator.patch_share(mask)
    assert 0 < len(judged) == (share > 0).sum() < share.numel()
    assert torch.equal(judged, discriminator(x)[share > 0])


def test_the_critic_learns_to_tell_completions() -> None:
    critic = PatchDiscriminator(4, halvings=2)
    grey = torch.full((4, 3, 64, 64), 0.5)

    def complete(x: Tensor, step: int) -> Tensor:
        return torch.where(x[:, 3:] > 0.5, grey, x[:, :3])

    report = train_critic(critic, complete, Pictures(), Schedule(200, 1e-2))
    assert report.history[-1]["right"] > report.history[0]["right"] + 0.1 and not critic.training
    x, true = Pictures().batch_at(999)
    over = OverHole(critic)
    assert over(true).mean() > over(with_mask(complete(x, 0), HOLE)).mean()
