"""Incremental evaluation: what the plain pass gives, with less work, whatever the network does, or plain passes, aloud."""

import copy
import logging
import pickle
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from dynnet.agreement import relative_gap
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet, two_sided
from dynnet.errors import DynnetError
from dynnet.incremental import TOLERANCE, IncrementalForward
from dynnet.paper.style.network import TransformerNet
from tests.tiny import BatchNormNet, Times, Twice, awake, dynamic_transformer, two_sets_transformer

WORKING_POINTS = (0.3, 0.0, 1.0, -0.7, 2.5)


class Runs(TorchDispatchMode):
    """Counts the convolutions that run, by the names of their weights, without touching the network."""

    def __init__(self, weights: Mapping[str, Tensor]):
        super().__init__()
        self.names = {id(weight): name for name, weight in weights.items()}
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if func is torch.ops.aten.convolution.default and id(args[1]) in self.names:
            self.counts[self.names[id(args[1])]] += 1
        return func(*args, **(kwargs or {}))


def runs_of(action: Callable[[], object], **weights: Tensor) -> Counter[str]:
    with Runs(weights) as runs:
        action()
    return runs.counts


def all_convolutions(net: DynamicNet) -> dict[str, Tensor]:
    mains = {name: m.weight for name, m in net.main.named_modules() if isinstance(m, nn.Conv2d)}
    return mains | {f"psi {name}": net.block(name).conv0.weight for name in net.names}


def plain(render: IncrementalForward, alpha: Any) -> Any:
    with torch.no_grad():
        return render.net(*render.args, alpha=alpha, **render.kwargs)


def assert_right(render: IncrementalForward, alphas: Any = WORKING_POINTS) -> None:
    for alpha in alphas:
        assert relative_gap(render(alpha), plain(render, alpha)) <= TOLERANCE


@contextmanager
def untouched(model: nn.Module, *args: Any) -> Iterator[None]:
    """The model inside is as it was afterwards: state, attributes, what it computes, and that it can be pickled."""

    def look() -> tuple:
        attributes = {name: sorted(module.__dict__) for name, module in model.named_modules()}
        with torch.no_grad():
            return copy.deepcopy(model.state_dict()), attributes, model(*args), len(pickle.dumps(model))

    before = look()
    yield
    after = look()
    assert relative_gap(after[0], before[0]) == 0 and after[1] == before[1]
    assert relative_gap(after[2], before[2]) == 0 and after[3] == before[3]


def random_value(rng: random.Random, batch: int) -> float | Tensor:
    kind = rng.randrange(6)
    if kind == 0:
        return torch.tensor([rng.uniform(-2, 2) for _ in range(batch)])
    if kind == 1:
        return torch.rand(batch, 1, 5, 6)
    return rng.choice([0.0, 1.0, rng.uniform(-2, 3)])


def random_alpha(rng: random.Random, net: DynamicNet, batch: int) -> object:
    if rng.random() < 0.4:
        return random_value(rng, batch)
    return {name: random_value(rng, batch) for name in (*net.names, *net.sets) if rng.random() < 0.7}


def assert_equal_to_plain(render: IncrementalForward, seed: int, calls: int = 12) -> None:
    rng, x = random.Random(seed), render.args[0]
    for _ in range(calls):
        alpha = random_alpha(rng, render.net, len(x))
        assert relative_gap(render(alpha), plain(render, alpha)) <= TOLERANCE


def assert_equal_to_plain_block_by_block(render: IncrementalForward, seed: int, calls: int = 40) -> None:
    """One name's alpha changes at a time, so that what is kept of the others is used."""
    rng, x = random.Random(seed), render.args[0]
    alpha: dict[str, float | Tensor] = {}
    for _ in range(calls):
        alpha[rng.choice((*render.net.names, *render.net.sets))] = random_value(rng, len(x))
        assert relative_gap(render(alpha), plain(render, alpha)) <= TOLERANCE


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 22), (23, 19)])
def test_equals_the_plain_pass_after_any_changes_of_alpha(height: int, width: int) -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(2, 3, height, width))
    assert_equal_to_plain(render, seed=height, calls=20)
    assert render.incremental


def test_inputs_and_shapes_may_change() -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    for seed, shape in enumerate([(1, 3, 16, 16), (1, 3, 16, 16), (2, 3, 21, 18), (1, 3, 16, 16)]):
        render.set_input(torch.rand(shape))
        assert_equal_to_plain(render, seed, calls=4)
    assert render.incremental


def test_only_what_is_downstream_of_a_change_is_computed_again() -> None:
    net = dynamic_transformer()
    weights = all_convolutions(net)
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    render(0.5)  # is also compared with the plain pass

    def runs(**alpha: float) -> Counter[str]:
        return runs_of(lambda: render(alpha), **weights)

    assert not runs(res3=0.5, up1=0.5, out=0.5)
    # of z and of psi(z): from here on the convolution is a line in alpha
    assert runs(res3=0.5, up1=0.5, out=0.9) == {"out.conv": 2}
    assert not runs(res3=0.5, up1=0.5, out=-2.0)
    assert runs(res3=0.5, up1=-0.1, out=-2.0) == {"up1.conv": 2, "up2.conv": 1, "out.conv": 1, "psi out": 1}
    below = {name for name in weights if name.split(".")[0] in ("res3", "res4", "res5", "up1", "up2", "out")}
    again = {**dict.fromkeys(below, 1), "res3.conv1": 2, "psi up1": 1, "psi out": 1}
    assert runs(res3=0.2, up1=-0.1, out=-2.0) == again
    assert runs(res3=0.3, up1=-0.1, out=-2.0) == {name: n for name, n in again.items() if name != "res3.conv1"}


def test_blocks_at_zero_are_run_when_they_are_recorded_and_not_again() -> None:
    net = dynamic_transformer()
    psis = {name: net.block(name).conv0.weight for name in net.names}
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    assert runs_of(lambda: render(0.0), **psis) == dict.fromkeys(net.names, 1)
    render.set_input(torch.rand(1, 3, 16, 16))
    assert not runs_of(lambda: [render(0.0), render({"up1": 0.0})], **psis)


def test_a_new_input_is_computed_once() -> None:
    net = dynamic_transformer()
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    for _ in range(3):  # the third input is not compared with the plain pass
        render.set_input(torch.rand(1, 3, 16, 16))
        counts = runs_of(lambda: [render(alpha) for alpha in (0.5, 0.6, 0.7)], conv1=net.main.conv1.conv.weight)
    assert counts == {"conv1": 1}


class InPlace(nn.Module):
    """Every way that networks overwrite their activations."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.conv3 = nn.Conv2d(4, 4, 3, padding=1)
        self.conv4 = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        z = self.relu(self.conv1(x))
        y = self.conv2(z)
        y += z
        y = F.relu(self.conv3(y), inplace=True)
        return self.conv4(y).sub_(0.5)


@pytest.mark.parametrize("paths", [("relu", "conv3"), ("conv2", "conv4"), ("relu", "conv2", "conv3", "conv4")])
def test_networks_that_work_in_place_stay_correct_and_incremental(paths: tuple[str, ...]) -> None:
    net = awake(DynamicNet(InPlace(), {path: TuningBlock(4) for path in paths}), 0.3)
    x = torch.rand(2, 3, 8, 8)
    kept = x.clone()
    render = IncrementalForward(net, x)
    render(0.0)  # the blend is then the cached tensor itself
    assert_equal_to_plain(render, seed=1, calls=20)
    assert render.incremental
    assert torch.equal(x, kept)


def test_a_result_overwritten_and_then_read_again_stays_correct() -> None:
    class Main(InPlace):
        def forward(self, x: Tensor) -> Tensor:
            z = self.conv1(x)
            F.relu(z, inplace=True)
            return self.conv2(z)

    render = IncrementalForward(awake(DynamicNet(Main(), {"conv2": TuningBlock(4)})), torch.rand(1, 3, 8, 8))
    assert_equal_to_plain(render, seed=0)
    assert render.incremental


def test_nested_tuned_children_give_the_plain_pass() -> None:
    main = TransformerNet(2).eval()
    blocks = {"res3": TuningBlock(8), "res3.conv2": TuningBlock(8), "up1": TuningBlock(8), "up1.norm": TuningBlock(4)}
    render = IncrementalForward(awake(DynamicNet(main, blocks)), torch.rand(1, 3, 18, 16))
    assert_equal_to_plain(render, seed=6, calls=20)
    assert render.incremental


def test_a_child_called_twice_gives_the_plain_pass() -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(self.a(self.b(x)))

    render = IncrementalForward(DynamicNet(Main(), {"b": times(7.0), "a": times(5.0)}), torch.rand(2, 3, 4, 4))
    assert_equal_to_plain(render, seed=7)
    assert render.incremental


def test_batchnorm_keeps_its_statistics() -> None:
    net = awake(DynamicNet(BatchNormNet(), {"norm": TuningBlock(4), "conv2": TuningBlock(4)}))
    before = net.main.norm.running_mean.clone()
    render = IncrementalForward(net.train(), torch.rand(2, 3, 8, 8))
    assert_equal_to_plain(render, seed=8)
    assert render.incremental and torch.equal(net.main.norm.running_mean, before)


def test_a_strangers_network_is_evaluated_incrementally() -> None:
    from torchvision.models import resnet18

    main = resnet18(weights=None)
    net = awake(DynamicNet(main, {"layer2": TuningBlock(64), "layer3": TuningBlock(128)}), 0.02)
    weights = {"stem": main.conv1, "layer3": main.layer3[0].conv1, "layer4": main.layer4[0].conv1}
    weights = {name: conv.weight for name, conv in weights.items()}
    render = IncrementalForward(net, torch.rand(1, 3, 48, 40))
    assert_equal_to_plain(render, seed=9, calls=6)
    assert render.incremental
    render({"layer2": 0.5, "layer3": 0.1})
    assert runs_of(lambda: render({"layer2": 0.5, "layer3": 0.2}), **weights) == {"layer3": 2, "layer4": 1}
    assert runs_of(lambda: render({"layer2": 0.5, "layer3": 0.3}), **weights) == {"layer4": 1}


@pytest.mark.parametrize("first", [True, False])
def test_a_call_with_a_wrong_alpha_leaves_nothing_stale(first: bool) -> None:
    net = awake(DynamicNet(InPlace(), {"relu": TuningBlock(4), "conv4": TuningBlock(4)}), 0.3)
    render = IncrementalForward(net, torch.rand(2, 3, 8, 8))
    if not first:
        render({"relu": 1.0, "conv4": 1.0})
    with pytest.raises(DynnetError, match="alpha for features"):
        render({"relu": 0.2, "conv4": torch.ones(5)})
    assert_equal_to_plain(render, seed=10)
    assert render.incremental


def test_an_alpha_tensor_changed_in_place_is_a_new_alpha() -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    painted = torch.zeros(1, 1, 16, 16)
    render(painted)
    painted[..., 8:] = 1
    assert_right(render, [painted])


def test_what_is_done_to_an_output_does_not_reach_the_next() -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    first = render(0.5)
    kept = first.clone()
    first.mul_(255)
    assert torch.equal(render(0.5), kept)


def test_inference_mode_gives_the_plain_pass() -> None:
    net = dynamic_transformer()
    with torch.inference_mode():
        render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
        assert_equal_to_plain(render, seed=11, calls=6)


def test_unknown_names_and_bad_values_are_refused() -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    with pytest.raises(DynnetError, match="there are blocks at res3, up1, out"):
        render({"res9": 1.0})
    with pytest.raises(DynnetError, match="real number"):
        render(float("nan"))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 22)])
def test_two_sets_equal_the_plain_pass(height: int, width: int) -> None:
    render = IncrementalForward(two_sets_transformer(), torch.rand(2, 3, height, width))
    assert_equal_to_plain(render, seed=height, calls=20)
    assert_equal_to_plain_block_by_block(render, seed=width)
    assert render.incremental


@pytest.mark.parametrize("seed", range(3))
def test_two_sets_at_one_convolution(seed: int) -> None:
    sets = {name: {path: TuningBlock(4) for path in ("conv3", "conv4")} for name in ("one", "other")}
    render = IncrementalForward(awake(DynamicNet(InPlace(), sets), 0.3), torch.rand(2, 3, 8, 8))
    assert_equal_to_plain_block_by_block(render, seed)
    assert_equal_to_plain(render, seed, calls=20)
    assert render.incremental


def test_two_sets_at_a_nested_child_and_its_parent() -> None:
    main = TransformerNet(2).eval()
    sets = {name: {"out": TuningBlock(2), "out.conv": TuningBlock(2)} for name in ("one", "other")}
    render = IncrementalForward(awake(DynamicNet(main, sets)), torch.rand(1, 3, 18, 16))
    assert_equal_to_plain_block_by_block(render, seed=12)
    assert render.incremental


def test_two_sets_at_a_child_called_twice() -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(self.a(self.b(x)))

    net = DynamicNet(Main(), {"one": {"b": times(0.7)}, "other": {"b": times(-0.5), "a": times(0.3)}})
    render = IncrementalForward(net, torch.rand(2, 3, 4, 4))
    assert_equal_to_plain_block_by_block(render, seed=13)
    assert render.incremental


def test_the_blocks_of_an_unchanged_set_are_not_run_again() -> None:
    net = two_sets_transformer()
    weights = {name: net.block(name).conv0.weight for name in net.names} | {"res3": net.main.res3.conv1.conv.weight}
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    alpha = {"coarse": 0.5, "fine": 0.5, "fine/res3": 0.5}
    render(alpha)

    def runs(**changes: float) -> Counter[str]:
        alpha.update({name.replace("_", "/"): value for name, value in changes.items()})
        return runs_of(lambda: render(alpha), **weights)

    # z is as it was where the sets meet first, and another below
    assert runs(fine_res3=0.9) == {"res3": 2, "coarse/up1": 1, "fine/up2": 1, "coarse/out": 1, "fine/out": 1}
    assert not runs(coarse_out=-0.3)
    assert not runs(fine_out=2.0)


def test_where_sets_meet_the_convolution_is_a_line_in_the_last_alpha_until_another_changes() -> None:
    net = two_sets_transformer()
    weights = {"out": net.main.out.conv.weight, "up2": net.main.up2.conv.weight}
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    for zeros in ((), ("coarse",), ("fine",)):  # compared once each, so that the counts below are the replay's
        render({"coarse": 0.5, "fine": 0.5} | {f"{name}/out": 0.0 for name in zeros})
    render(0.5)

    def out_runs(coarse: float, fine: float) -> int:
        alpha = {"coarse": 0.5, "fine": 0.5, "coarse/out": coarse, "fine/out": fine}
        counts = runs_of(lambda: render(alpha), **weights)
        assert not counts["up2"]
        assert_right(render, [alpha])
        return counts["out"]

    assert out_runs(0.5, 0.9) == 2  # of what the first set leaves, and of the second's psi
    assert out_runs(0.5, -1.0) == 0
    assert out_runs(0.7, -1.0) == 1  # the line through the old value is gone
    assert out_runs(0.7, 2.0) == 2
    assert out_runs(0.7, 0.0) == 0
    assert out_runs(-0.2, 1.0) == 1  # both at once


def test_one_slider_for_two_sets() -> None:
    net = two_sets_transformer()
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    for alpha in (0.8, 0.3, 0.0, -0.3, -0.8, 0.8):
        driven = two_sided(alpha, "coarse", "fine")
        assert_right(render, [driven])
    assert render.incremental


# What must not go wrong on networks of others, each as a kind: right and incremental, or plain passes, aloud.


class Stem(nn.Module):
    """What the networks below have in common: two convolutions between which they do their worst."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 3, 3, padding=1)


class ReturnsDict(Stem):
    def forward(self, x: Tensor) -> dict[str, Any]:
        z = self.conv1(x)
        return {"features": z, "out": [self.conv2(z), (z.mean(), "logits", 3)]}


@dataclass
class Found:
    boxes: Tensor
    scores: list[Tensor]
    kind: str


class ReturnsDataclass(Stem):
    def forward(self, x: Tensor) -> Found:
        z = self.conv1(x)
        return Found(self.conv2(z), [z, z + 1], "boxes")


class TakesSeveral(Stem):
    def forward(self, x: Tensor, pair: tuple[Tensor, dict[str, Tensor]], *, mask: Tensor | None = None) -> Tensor:
        y = self.conv2(self.conv1(x + pair[0]) + pair[1]["bias"])
        return y if mask is None else y * mask


class LooksAtItself(Stem):
    """Writes what it saw into itself, as half of the restorers do."""

    def forward(self, x: Tensor) -> Tensor:
        self.size = x.shape[-2:]
        self.seen = self.conv1(x)
        self.passes = getattr(self, "passes", 0) + 1
        return self.conv2(self.seen)


class CachesTables(Stem):
    def __init__(self) -> None:
        super().__init__()
        self.table: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.table is None or self.table.shape[-1] != x.shape[-1]:
            self.table = torch.linspace(0, 1, x.shape[-1])
        return self.conv2(self.conv1(x) * self.table)


class DecidesByShape(Stem):
    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        return y * 2 if x.shape[-1] > 10 else y


class DecidesByInput(Stem):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x if x.mean() > 0.5 else -x))


class DecidesByFeatures(Stem):
    """Its way hangs on alpha."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        return y + 1 if y.mean() > 0.1 else y


class CountsInPython(Stem):
    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        return y / max(y.abs().max().tolist(), 1e-3)


class ByNumpy(Stem):
    def forward(self, x: Tensor) -> Tensor:
        z = self.conv1(x)
        return self.conv2(torch.from_numpy(z.numpy() * 2))


class ChoosesRows(Stem):
    """The number of what it returns hangs on values."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x)).flatten()
        return y[y > 0]


class TinyOutputs(Stem):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x)) * 1e-7


class NotFinite(Stem):
    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        return torch.where(y > 0.1, torch.inf, torch.where(y < -0.1, torch.nan, y))


class Labels(Stem):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x)).argmax(1)


class Residuals(Stem):
    """The stream of residuals is overwritten, while branches read it."""

    def forward(self, x: Tensor) -> Tensor:
        z = self.conv1(x)
        for _ in range(3):
            z += self.conv2(z).sum(1, keepdim=True)
        z[:, 1:3] *= z[:, :1].sigmoid()
        return self.conv2(z)


class OverwritesInput(Stem):
    def forward(self, x: Tensor) -> Tensor:
        x.sub_(0.5).mul_(2)
        return self.conv2(self.conv1(x)) + x


class OverwritesViews(Stem):
    def forward(self, x: Tensor) -> Tensor:
        z = self.conv1(x)
        left, right = z.chunk(2, dim=-1)
        left.relu_()
        y = self.conv2(z)
        right.zero_()
        return y + z.sum(1, keepdim=True)


class Backwards(Stem):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x).transpose(2, 3).flip(2)[..., ::2])


class ChannelsLast(Stem):
    def forward(self, x: Tensor) -> Tensor:
        z = self.conv1(x.contiguous(memory_format=torch.channels_last))
        return self.conv2(z).permute(0, 2, 3, 1).reshape(len(x), -1, 3)


class Halves(Stem):
    def __init__(self) -> None:
        super().__init__()
        self.bfloat16()

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.gelu(self.conv1(x.bfloat16())))


class Casts(Stem):
    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return self.conv2(self.conv1(x))


class Differentiates(Stem):
    """Computes a gradient on its way, as energy models do."""

    def forward(self, x: Tensor) -> Tensor:
        z = self.conv1(x)
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            (slope,) = torch.autograd.grad(leaf.tanh().sum(), leaf)
        return self.conv2(z + slope)


class Normalised(Stem):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = torch.nn.utils.parametrizations.spectral_norm(self.conv1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


class Twins(Stem):
    def __init__(self) -> None:
        super().__init__()
        self.again = self.conv2

    def forward(self, x: Tensor) -> Tensor:
        return self.again(F.pad(self.conv2(self.conv1(x)), (0, 0, 0, 0, 0, 1)))


REPEATABLE = (
    ReturnsDict, ReturnsDataclass, TakesSeveral, LooksAtItself, CachesTables, DecidesByShape, DecidesByInput, TinyOutputs,
    NotFinite, Residuals, OverwritesInput, OverwritesViews, Backwards, ChannelsLast, Halves, Casts, Differentiates,
    Normalised, Twins,
)  # fmt: skip
WAYWARD = (DecidesByFeatures, CountsInPython, ByNumpy, ChoosesRows, Labels)  # right, incremental or not


def inputs_of(kind: type[Stem], size: int = 8) -> tuple[tuple, dict]:
    x = torch.rand(2, 3, size, size)
    if kind is TakesSeveral:
        return (x, (torch.rand(2, 3, size, size), {"bias": torch.rand(1, 4, 1, 1)})), {"mask": torch.rand(1, 1, 1, size)}
    return (x,), {}


def of_kind(kind: type[Stem], strength: float = 0.3) -> DynamicNet:
    net = awake(DynamicNet(kind().eval(), {"conv1": TuningBlock(3), "conv2": TuningBlock(4)}), strength)
    return net.bfloat16() if kind is Halves else net


@pytest.mark.parametrize("kind", REPEATABLE + WAYWARD)
def test_every_kind_of_network_gives_the_plain_pass(kind: type[Stem]) -> None:
    render = IncrementalForward(of_kind(kind), *inputs_of(kind)[0], **inputs_of(kind)[1])
    for size in (8, 8, 12):
        args, kwargs = inputs_of(kind, size)
        render.set_input(*args, **kwargs)
        assert_right(render)
        assert_right(render, [{"conv2": 0.5}, {"conv1": 0.2, "conv2": 0.5}, {"conv1": 0.2}, torch.tensor([0.2, -0.4])])
    assert render.incremental or kind in WAYWARD


@pytest.mark.parametrize("kind", REPEATABLE + WAYWARD)
def test_the_users_network_is_as_it_was(kind: type[Stem]) -> None:
    net = of_kind(kind)
    args, kwargs = inputs_of(kind)
    with untouched(net.main, args, kwargs):
        render = IncrementalForward(net, *args, **kwargs)
        for alpha in WORKING_POINTS:
            render(alpha)
