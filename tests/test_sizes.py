"""How large psi(z) is beside z, and a training that keeps it small."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from dynnet.along import Along
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.objectives import Objective
from dynnet.schedule import Schedule
from dynnet.sizes import BlockSizes
from dynnet.training import train_blocks
from tests.brightness import distance, towards
from tests.tiny import Noise, Times, Twice

X = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) + 0.5


class Normed(nn.Module):
    """An instance norm after the tuned child: what enters it may be as large as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
        self.norm = nn.InstanceNorm2d(4, affine=True)
        self.last = nn.Conv2d(4, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(self.conv(x))))


class Twofold(nn.Module):
    """A child that is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.a = Times(2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.a(x) + self.a(10 * x)


class Checkpointed(nn.Module):
    def __init__(self, reentrant: bool):
        super().__init__()
        self.first, self.tuned = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
        self.reentrant = reentrant

    def forward(self, x: Tensor) -> Tensor:
        return checkpoint(self.tuned, self.first(x).requires_grad_(), use_reentrant=self.reentrant)


def normed(seed: int = 0) -> DynamicNet:
    torch.manual_seed(seed)
    return DynamicNet(Normed(), {"conv": TuningBlock(3), "last": TuningBlock(4)})


def test_the_size_is_the_mean_square_of_psi_over_that_of_z() -> None:
    net = DynamicNet(Twice(), {"a": Times(0.5), "b": Times(3.0)})
    with BlockSizes(net) as sizes, torch.no_grad():
        net(X, alpha=0.3)  # whatever alpha is
        assert sizes.total().item() == pytest.approx(0.5**2 + 3**2)
        net(X, alpha={"b": 1.0})
        assert sizes.total().item() == pytest.approx(3**2)  # of the blocks that ran, in the passes since


def test_of_a_block_that_is_called_several_times_it_is_the_mean() -> None:
    with BlockSizes(net := DynamicNet(Twofold(), {"a": Times(0.5)})) as sizes, torch.no_grad():
        net(X, alpha=1.0)
        assert sizes.total().item() == pytest.approx(0.25)


def test_z_gets_no_gradient_for_it_as_a_small_quotient_can_be_had_by_a_large_z() -> None:
    first, rest = TuningBlock(3), nn.Identity()
    nn.init.normal_(first.conv2.weight)
    with BlockSizes(net := DynamicNet(Twice(), {"a": first, "b": rest})) as sizes:
        net(X, alpha=1.0)
        found = torch.autograd.grad(sizes.total(), first.conv2.bias)[0]
    entered = 2 * (X + first(X))  # b, and is psi there: as psi it has a gradient, as z it has none
    of_b = entered.square().mean() / entered.detach().square().mean()
    wanted = torch.autograd.grad(first(X).square().mean() / X.square().mean() + of_b, first.conv2.bias)[0]
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("along", [False, True])
def test_blocks_that_are_kept_small_are_smaller_and_learn(along: bool) -> None:
    found = {}
    for keep_small in (0.0, 0.03):
        net = normed()
        wanted = towards(0.5)
        start = Along(Objective(wanted.terms, {"distance": 0.1})) if along else None
        report = train_blocks(net, wanted, Noise(), Schedule(150, 0.02), None, start, keep_small)
        assert ("size" in report.history[-1]) == bool(keep_small)
        with BlockSizes(net) as sizes:
            y = net(x := Noise().batch_at(1000), alpha=1.0)
            found[keep_small] = sizes.total().item(), distance(y, 0.5), distance(net.main(x), 0.5)
    (large, _, _), (small, reached, before) = found.values()
    assert small < large / 2 and reached < before / 2


def test_nobody_listens_afterwards() -> None:
    net = normed()
    with pytest.raises(RuntimeError, match="stop"), BlockSizes(net):
        raise RuntimeError("stop")
    assert not any(net.block(name)._forward_hooks for name in net.names)


def test_what_cannot_be_kept_small_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"expected a Dynamic-Net, whose blocks have a size, got a Twice"):
        BlockSizes(Twice())
    with pytest.raises(DynnetError, match=r"expected keep_small >= 0, got -1"):
        train_blocks(normed(), towards(0.5), Noise(), Schedule(8, 0.02), keep_small=-1)
    with BlockSizes(net := normed()) as sizes, pytest.raises(DynnetError, match=r"none ran; leave keep_small at 0"):
        net(X, alpha=0.0)
        sizes.total()


@pytest.mark.parametrize("reentrant", [False, True])
def test_behind_a_checkpoint(reentrant: bool) -> None:
    net = DynamicNet(Checkpointed(reentrant), {"tuned": TuningBlock(3)})
    with BlockSizes(net) as sizes:
        net(X, alpha=1.0)
        if not reentrant:
            assert sizes.total().requires_grad
            return
        with pytest.raises(DynnetError, match=r"no gradient, as behind a reentrant checkpoint; take"):
            sizes.total()
