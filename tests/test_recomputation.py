"""Checkpoints: what backward computes again has the alpha of its forward pass, so gradients are as without."""

import threading
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from dynnet.blocks import TokenTuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.tiny import awake

pytestmark = pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")  # of inner ones, without effect
Checkpoint = Callable[..., Tensor]


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(4, 4)
        self.two = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.two(torch.tanh(self.one(x)))


class Deep(nn.Module):
    """Residual layers, each run by `self.run`; `whole` runs two of them in one."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Residual() for _ in range(4))
        self.run: Checkpoint = lambda layer, x: layer(x)
        self.around: Checkpoint = lambda layer, x: layer(x)

    def forward(self, x: Tensor) -> Tensor:
        x = self.run(self.layers[0], x)
        x = self.around(lambda x: self.run(self.layers[2], self.run(self.layers[1], x)), x)
        return self.run(self.layers[3], x)


def plain(layer: Callable, x: Tensor) -> Tensor:
    return layer(x)


def reentrant(layer: Callable, x: Tensor) -> Tensor:
    return checkpoint(layer, x, use_reentrant=True)


def not_reentrant(layer: Callable, x: Tensor) -> Tensor:
    return checkpoint(layer, x, use_reentrant=False)


class _Own(torch.autograd.Function):
    """A checkpoint that somebody wrote for themselves, as Megatron and DeepSpeed did."""

    @staticmethod
    def forward(ctx, run_function: Callable, x: Tensor) -> Tensor:
        ctx.run_function = run_function
        ctx.save_for_backward(x)
        with torch.no_grad():
            return run_function(x)

    @staticmethod
    def backward(ctx, g: Tensor) -> tuple[None, Tensor]:
        x = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            y = ctx.run_function(x)
        torch.autograd.backward(y, g)
        return None, x.grad


class _Silent(torch.autograd.Function):
    """One that gives nothing away."""

    @staticmethod
    def forward(ctx, layer: Callable, x: Tensor) -> Tensor:
        ctx.layer = layer
        ctx.save_for_backward(x)
        with torch.no_grad():
            return layer(x)

    @staticmethod
    def backward(ctx, g: Tensor) -> tuple[None, Tensor]:
        ctx.run_function = ctx.layer
        return _Own.backward(ctx, g)


def own(layer: Callable, x: Tensor) -> Tensor:
    return _Own.apply(layer, x)


def silent(layer: Callable, x: Tensor) -> Tensor:
    return _Silent.apply(layer, x)


@pytest.fixture
def net() -> Iterator[DynamicNet]:
    torch.manual_seed(3)
    main = Deep()
    paths = ("layers.0", "layers.1.two", "layers.2", "layers.2.one", "layers.3.two")
    yield awake(DynamicNet(main, {path: TokenTuningBlock(4, layout="BC") for path in paths}), 0.5)


def gradients(net: DynamicNet, loss: Callable[[Tensor], Tensor], x: Tensor) -> list[Tensor]:
    net.zero_grad()
    x = x.clone().requires_grad_()
    loss(x).backward()
    return [x.grad, *(p.grad.clone() for p in net.blocks.parameters())]


def _within(net: DynamicNet) -> Callable[[Tensor], Tensor]:
    def loss(x: Tensor) -> Tensor:
        with net.at(0.7):
            return net.main(x).square().sum()

    return loss


LOSSES = {
    "number": lambda net: lambda x: net(x, alpha=0.7).square().sum(),
    "per picture": lambda net: lambda x: net(x, alpha=torch.tensor([0.1, -2.0, 0.5])).square().sum(),
    "two passes": lambda net: lambda x: (net(x, alpha=0.3) * net(x, alpha=-1.5)).sum(),
    "one after the other": lambda net: lambda x: net(net(x, alpha=0.3), alpha=-1.5).square().sum(),
    "beside the main network": lambda net: lambda x: (net(x, alpha=0.3) * net.main(x)).sum(),
    "at": _within,
}

FORMS = {
    "reentrant": (reentrant, plain),
    "not reentrant": (not_reentrant, plain),
    "own": (own, plain),
    "nested": (not_reentrant, not_reentrant),
    "nested reentrant": (reentrant, reentrant),
    "reentrant in the other": (reentrant, not_reentrant),
    "the other in reentrant": (not_reentrant, reentrant),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_those_without_checkpoints(net: DynamicNet, form: str, loss: str) -> None:
    x = torch.randn(3, 4)
    expected = gradients(net, LOSSES[loss](net), x)
    net.main.run, net.main.around = FORMS[form]
    for found, wanted in zip(gradients(net, LOSSES[loss](net), x), expected, strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("form", FORMS)
def test_backward_in_another_thread_and_inside_another_alpha(net: DynamicNet, form: str) -> None:
    x = torch.randn(3, 4)
    expected = gradients(net, LOSSES["number"](net), x)
    net.main.run, net.main.around = FORMS[form]
    net.zero_grad()
    losses = [LOSSES["number"](net)(x.clone().requires_grad_()) for _ in range(2)]
    with net.at(-3.0):
        losses[0].backward()
        net.main(x.clone().requires_grad_())
    thread = threading.Thread(target=losses[1].backward)
    thread.start()
    thread.join()
    for parameter, wanted in zip(net.blocks.parameters(), expected[1:], strict=True):
        torch.testing.assert_close(parameter.grad, 2 * wanted)


@pytest.mark.parametrize("form", FORMS)
def test_the_bare_main_network_is_computed_again_without_blocks(net: DynamicNet, form: str) -> None:
    x = torch.randn(3, 4)
    a = x.clone().requires_grad_()
    net.main(a).square().sum().backward()
    net.main.run, net.main.around = FORMS[form]
    b = x.clone().requires_grad_()
    y = net.main(b).square().sum()
    with net.at(2.0):
        y.backward()
        net.main(x.clone().requires_grad_())
    torch.testing.assert_close(a.grad, b.grad)


@pytest.mark.parametrize("form", ["reentrant", "nested reentrant"])
def test_a_reentrant_checkpoint_that_would_lose_the_gradient_is_refused(net: DynamicNet, form: str) -> None:
    net.main.run, net.main.around = FORMS[form]
    with pytest.raises(DynnetError, match="inputs need no gradient"):
        net(torch.randn(3, 4), alpha=0.5)
    with torch.no_grad():
        net(torch.randn(3, 4), alpha=0.5)


def test_a_checkpoint_that_nothing_is_known_of_is_refused_in_backward(net: DynamicNet) -> None:
    net.main.run = silent
    y = net(torch.randn(3, 4).requires_grad_(), alpha=0.5)
    with pytest.raises(DynnetError, match=r"computed again in backward .* use torch\.utils\.checkpoint"):
        y.sum().backward()


def test_passes_of_many_threads_are_computed_again_each_at_its_own_alpha(net: DynamicNet) -> None:
    x, alphas = torch.randn(3, 4), [0.1 * i for i in range(1, 9)]
    expected = [torch.autograd.grad(net(a := x.clone().requires_grad_(), alpha=v).sum(), a)[0] for v in alphas]
    net.main.run = not_reentrant
    found: dict[int, Tensor] = {}

    def work(index: int) -> None:
        a = x.clone().requires_grad_()
        found[index] = torch.autograd.grad(net(a, alpha=alphas[index]).sum(), a)[0]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(alphas))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, wanted in enumerate(expected):
        torch.testing.assert_close(found[index], wanted)
