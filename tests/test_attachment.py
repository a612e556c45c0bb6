"""Attached once, and taken off cleanly: what the owner of a main network gets back, and what never goes unsaid."""

import copy
import gc
import io
import pickle
import weakref
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.blocks import TokenTuningBlock, TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join
from tests.tiny import BatchNormNet, Times, Twice, awake

X = torch.tensor([[1.0], [-2.0], [0.5]])


def hooks(main: nn.Module) -> int:
    return sum(len(m._forward_pre_hooks) + len(m._forward_hooks) for m in main.modules())


def state(main: nn.Module) -> dict[str, object]:
    """All that detaching must give back."""
    found: dict[str, object] = {
        f"{path} hooks": list(m._forward_pre_hooks.values()) for path, m in main.named_modules()
    }
    found |= {f"{path} attributes": set(vars(m)) for path, m in main.named_modules()}
    found |= {f"{path} training": m.training for path, m in main.named_modules()}
    return found | {f"{name} gradient": p.requires_grad for name, p in main.named_parameters()}


def trained() -> nn.Module:
    """A network with a part in each mode, a part frozen, and a hook of its owner's."""
    main = nn.Sequential(BatchNormNet(), BatchNormNet().eval(), nn.Conv2d(3, 3, 1))
    main[1].conv1.requires_grad_(False)
    main[0].norm.register_forward_pre_hook(lambda module, args: None)
    return main


@pytest.mark.parametrize("mode", [True, False])
def test_detaching_gives_the_main_network_back_as_it_was(mode: bool) -> None:
    main = trained()
    main.training = mode
    before = state(main)
    net = DynamicNet(main, {"0.norm": TuningBlock(4), "2": TuningBlock(3)})
    assert not any(m.training for m in main.modules()) and not any(p.requires_grad for p in main.parameters())
    net(torch.rand(2, 3, 8, 8), alpha=0.5)
    assert net.detach() is main and state(main) == before
    net.train()
    assert state(main) == before
    net.detach()


def test_a_detached_net_says_so() -> None:
    net = DynamicNet(Twice(), {"a": Times(5.0)})
    net.detach()
    with pytest.raises(DynnetError, match="was detached"):
        net(X, alpha=0.5)
    with pytest.raises(DynnetError, match="was detached"), net.at(0.5):
        pass
    assert net.block("a").factor == 5.0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_the_last_to_leave_gives_a_shared_main_network_back(order: tuple[int, ...]) -> None:
    main = trained()
    before = state(main)
    nets = [
        DynamicNet(main, {"0.norm": TuningBlock(4)}),
        DynamicNet(main, {"0.norm": TuningBlock(4), "2": TuningBlock(3)}),
        DynamicNet(main[0], {"norm": TuningBlock(4)}),
    ]
    for index in order[:-1]:
        nets[index].detach()
    last = nets[order[-1]]
    assert not any(m.training for m in last.main.modules()) and not any(p.requires_grad for p in last.main.parameters())
    last.detach()
    assert state(main) == before


def test_what_nets_left_behind_is_cleared_by_the_next() -> None:
    main = trained()
    before = state(main)
    for _ in range(5):
        net = DynamicNet(main, {"0.norm": TuningBlock(4)})
    gc.collect()
    assert hooks(main) <= 3  # the owner's, the last net's, and the one's before that
    net.detach()
    assert state(main) == before or hooks(main) == 2
    DynamicNet(main, {"2": TuningBlock(3)}).detach()
    assert state(main) == before


def test_a_net_goes_with_its_last_reference() -> None:
    """No cycle: the memory of a large network is free at once."""
    gc.collect()
    gc.disable()
    try:
        main = Twice()
        net = DynamicNet(main, {"a": Times(5.0)})
        net(X, alpha=0.5)
        gone = weakref.ref(net), weakref.ref(main), weakref.ref(main.a)
        del net, main
        assert [reference() for reference in gone] == [None, None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("part", ["", "norm"])
def test_a_main_network_that_its_owner_puts_in_train_mode_is_put_right(part: str) -> None:
    main = BatchNormNet()
    net, x = awake(DynamicNet(main, {"conv2": TuningBlock(4)})), torch.rand(2, 3, 8, 8)
    expected, statistics = net(x, alpha=0.5), main.norm.running_mean.clone()
    main.get_submodule(part).train()
    assert torch.equal(net(x, alpha=0.5), expected) and torch.equal(main.norm.running_mean, statistics)
    main.get_submodule(part).train()
    with net.at(0.5):
        assert torch.equal(main(x), expected)


def test_a_larger_modules_train_leaves_the_dynamic_net_right() -> None:
    main = BatchNormNet()
    whole = nn.ModuleDict({"main": main, "net": awake(DynamicNet(main, {"conv2": TuningBlock(4)}))})
    x = torch.rand(2, 3, 8, 8)
    expected = whole["net"](x)
    assert torch.equal(whole.train()["net"](x), expected)
    assert whole["net"].blocks.training


# Several on one main network


def test_each_ones_alpha_acts_in_its_own_calls_only() -> None:
    main = Twice()
    one, other = DynamicNet(main, {"a": Times(5.0)}), DynamicNet(main, {"a": Times(7.0), "b": Times(11.0)})
    assert torch.equal(one(X, alpha=1.0), 36 * X)
    assert torch.equal(other(X, alpha={"b": 1.0}), 72 * X)
    assert torch.equal(main(X), 6 * X)
    with one.at(1.0):
        assert torch.equal(other(X, alpha=0.0), main(X)) and torch.equal(main(X), 36 * X)
        with other.at({"a": 1.0}):
            assert torch.equal(main(X), 6 * X * 6 * 8)  # one after the other; joined they add up
    both = join({"one": one, "other": other})
    assert torch.equal(both(X, alpha={"one/a": 1.0, "other/a": 1.0}), 6 * X * 13)
    assert torch.equal(one(X, alpha=1.0), 36 * X)


def test_a_dynamic_net_as_main_network() -> None:
    inner = DynamicNet(Twice(), {"a": Times(5.0)})
    outer = DynamicNet(inner, {"main.b": Times(7.0)})
    with inner.at(1.0):
        assert torch.equal(outer(X, alpha=0.5), 36 * X * 4.5)


# Copies


def copied(net: DynamicNet) -> DynamicNet:
    return copy.deepcopy(net)


def pickled(net: DynamicNet) -> DynamicNet:
    return pickle.loads(pickle.dumps(net))


def saved(net: DynamicNet) -> DynamicNet:
    buffer = io.BytesIO()
    torch.save(net, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=False)


@pytest.mark.parametrize("copying", [copied, pickled, saved])
def test_a_copy_is_a_network_of_its_own(copying: Callable) -> None:
    net, x = awake(DynamicNet(BatchNormNet(), {"norm": TuningBlock(4)})), torch.rand(1, 3, 8, 8)
    before = net(x, alpha=0.7)
    twin = copying(net)
    assert torch.equal(twin(x, alpha=0.7), before)
    awake(twin, 0.5)
    with net.at(3.0):
        net.main(x)
        assert torch.equal(twin(x, alpha=0.0), twin.main(x))
        assert torch.equal(twin.main(x), net(x, alpha=0.0))
    assert torch.equal(net(x, alpha=0.7), before) and not torch.equal(twin(x, alpha=0.7), before)
    twin.detach()
    assert hooks(twin.main) == 0 and twin.main.training and hooks(net.main) == 1
    net(x, alpha=0.3)


@pytest.mark.parametrize("copying", [copied, pickled, saved])
def test_a_copy_of_the_main_network_alone_is_a_main_network(copying: Callable) -> None:
    net, x = awake(DynamicNet(BatchNormNet(), {"norm": TuningBlock(4)})), torch.rand(1, 3, 8, 8)
    alone = copying(net.main)
    with net.at(0.7):
        assert torch.equal(alone(x), net(x, alpha=0.0))
        net.main(x)
    other = DynamicNet(alone, {"conv2": TuningBlock(4)})
    assert hooks(alone) == 1
    other.detach()
    assert hooks(alone) == 0


def test_replicas_as_data_parallel_makes_them() -> None:
    """DataParallel itself needs two GPUs; these are its own replicas, on copies of the weights."""
    net, x = awake(DynamicNet(BatchNormNet(), {"norm": TuningBlock(4)}), 0.3), torch.rand(2, 3, 8, 8)
    replica = replicated(net)
    for parameter in net.parameters():
        parameter.data.add_(1.0)  # so that whoever looks at the original's shows
    assert not torch.equal(replica(x, alpha=0.7), net(x, alpha=0.7))
    for parameter in net.parameters():
        parameter.data.sub_(1.0)
    torch.testing.assert_close(replica(x, alpha=0.7), net(x, alpha=0.7), rtol=1e-4, atol=1e-5)


def replicated(module: nn.Module) -> nn.Module:
    replica = module._replicate_for_data_parallel()
    for name, child in module._modules.items():
        setattr(replica, name, replicated(child))
    for name, parameter in module._parameters.items():
        if parameter is not None:
            setattr(replica, name, parameter.detach().clone())
    for name, buffer in module._buffers.items():
        replica._buffers[name] = buffer.clone()
    return replica


# Blocks that do not run


class Containers(nn.Module):
    """A child for each way of not being called."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = nn.ModuleList([nn.Linear(4, 4)])
        self.by_name = nn.ModuleDict({"one": nn.Linear(4, 4)})
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.by_weight = nn.Linear(4, 4)
        self.by_forward = nn.Linear(4, 4)
        self.elsewhere = nn.Linear(4, 4)
        self.unused = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.by_name["one"](self.listed[0](x))
        x = x + self.attention(x, x, x)[0]
        x = self.by_forward.forward(F.linear(x, self.by_weight.weight))
        return self.elsewhere(x) if x.shape[1] > 5 else x


SILENT = {
    "listed": "a ModuleList is never called itself",
    "by_name": "a ModuleDict is never called itself",
    "attention.out_proj": "its parent, a MultiheadAttention, uses its weights",
    "by_weight": "it was not called",
    "by_forward": "it was not called",
    "elsewhere": "it was not called: the input takes another path",
    "unused": "it was not called",
}


@pytest.mark.parametrize("path", SILENT)
def test_a_block_that_is_on_and_did_not_run_is_an_error_that_names_it(path: str) -> None:
    net, x = (
        DynamicNet(Containers(), {path: TokenTuningBlock(4), "by_name.one": TokenTuningBlock(4)}),
        torch.rand(2, 3, 4),
    )
    message = f"tuning-block '{path}' is on and did not run: {SILENT[path]}"
    with pytest.raises(DynnetError, match=message):
        net(x, alpha=0.5)
    with pytest.raises(DynnetError, match=message), net.at(torch.tensor(0.0)):
        net.main(x)
    with torch.no_grad():  # with gradients attention takes another path than without
        assert torch.equal(net(x, alpha={"by_name.one": 0.5}), net.main(x))
    with pytest.raises(DynnetError, match=message):
        DynamicNet(Containers(), {path: TokenTuningBlock(4)}, example=x)


def test_a_path_that_another_input_takes() -> None:
    net = DynamicNet(Containers(), {"elsewhere": TokenTuningBlock(4)}, example=torch.rand(1, 6, 4))
    net(torch.rand(1, 6, 4), alpha=0.5)
    with pytest.raises(DynnetError, match="'elsewhere' is on and did not run"):
        net(torch.rand(1, 5, 4), alpha=0.5)


def test_an_example_that_fails_leaves_the_main_network_as_it_was() -> None:
    main = Containers()
    before = state(main)
    for path, example in (("unused", torch.rand(2, 3, 4)), ("by_name.one", torch.rand(2, 3, 5))):
        with pytest.raises((DynnetError, RuntimeError)):
            DynamicNet(main, {path: TokenTuningBlock(4)}, example=example)
        assert state(main) == before


def test_an_exception_inside_the_network_ends_the_pass() -> None:
    net = DynamicNet(Twice(), {"a": Times(5.0)})
    with pytest.raises(DynnetError, match="did not run"), net.at(1.0):
        pass
    with pytest.raises(ZeroDivisionError), net.at(1.0):
        raise ZeroDivisionError
    with pytest.raises(TypeError):
        net(X, X, alpha=1.0)
    assert torch.equal(net.main(X), 6 * X)


# Places


@pytest.mark.parametrize("name", ["values", "keys", "items", "pop", "forward", "train", "main", "blocks", "names"])
def test_children_may_have_any_name(name: str) -> None:
    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self._modules[name] = nn.Conv2d(3, 3, 1)

        def __call__(self, x: Tensor) -> Tensor:
            return self._modules[name](x)

    net, x = awake(DynamicNet(Main(), {name: TuningBlock(3)})), torch.rand(1, 3, 4, 4)
    child = net.main._modules[name]
    torch.testing.assert_close(net(x, alpha=0.5), child.forward(x + 0.5 * net.block(name)(x)))
    net.load_state_dict(copy.deepcopy(net.state_dict()))
    net.train().eval()


def test_a_child_of_two_names_is_one_child() -> None:
    main = Twice()
    main.also = main.b
    net = DynamicNet(main, {"also": Times(7.0)})
    assert torch.equal(net(X, alpha=0.5), 6 * X * 4.5)
    both = DynamicNet(main, {"also": Times(7.0), "b": Times(1.0)})
    assert torch.equal(both(X, alpha={"also": 0.5, "b": 2.0}), 6 * X * (1 + 3.5 + 2))


def test_one_block_at_two_children() -> None:
    block = Times(5.0)
    net = DynamicNet(Twice(), {"a": block, "b": block})
    assert torch.equal(net(X, alpha={"a": 1.0, "b": 0.5}), 6 * X * 6 * 3.5)


def test_tied_weights() -> None:
    main = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    main[2].weight = main[0].weight
    net, x = (
        awake(DynamicNet(main, {"0": TokenTuningBlock(4, layout="BC"), "2": TokenTuningBlock(4, layout="BC")})),
        torch.rand(2, 4),
    )
    z = torch.tanh(main[0].forward(x + 0.5 * net.block("0")(x)))
    torch.testing.assert_close(net(x, alpha=0.5), main[2].forward(z + 0.5 * net.block("2")(z)))
    net.detach()
    assert main[0].weight is main[2].weight and main[0].weight.requires_grad
