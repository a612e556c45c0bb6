"""Incremental evaluation: what the plain pass gives, with less work, or plain passes, aloud."""

import copy
import ctypes
import pickle
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dynnet.agreement import relative_gap
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import TOLERANCE, IncrementalForward
from dynnet.joining import two_sided
from dynnet.paper.style.network import TransformerNet
from tests.tiny import (
    BatchNormNet,
    Times,
    Twice,
    awake,
    convolutions_counted,
    dynamic_transformer,
    two_sets_transformer,
)

WORKING_POINTS = (0.3, 0.0, 1.0, -0.7, 2.5)


def runs_of(action: Callable[[], object], **weights: Tensor) -> Counter[str]:
    with convolutions_counted(weights) as counts:
        action()
    return counts


def all_convolutions(net: DynamicNet) -> dict[str, Tensor]:
    mains = {name: m.weight for name, m in net.main.named_modules() if isinstance(m, nn.Conv2d)}
    return mains | {f"psi {name}": net.block(name).conv0.weight for name in net.names}


def plain(render: IncrementalForward, alpha: Any) -> Any:
    args, kwargs = copy.deepcopy((render.args, render.kwargs))  # it may overwrite them
    with torch.no_grad():
        return render.net(*args, alpha=alpha, **kwargs)


def settled(render: IncrementalForward, alphas: Any) -> None:
    """Has everything compared at these alphas; then they can be counted on the third input, which is not compared."""
    for _ in range(3):
        render.set_input(*render.args, **render.kwargs)
        for alpha in alphas if _ < 2 else ():
            render(alpha)


def assert_right(render: IncrementalForward, alphas: Any = WORKING_POINTS) -> None:
    for alpha in alphas:
        assert relative_gap(render(alpha), plain(render, alpha)) <= TOLERANCE


def picklable(model: nn.Module) -> bool:
    try:
        return bool(pickle.dumps(model))
    except RuntimeError:  # a parametrised one
        return False


@contextmanager
def untouched(model: nn.Module, args: tuple, kwargs: dict) -> Iterator[None]:
    """A model is afterwards what passes of its own make of it: state, attributes, output, pickle."""

    def look() -> tuple:
        with torch.no_grad():
            output = model(*copy.deepcopy(args), **kwargs)
        model.passes = 0  # of LooksAtItself
        attributes = {name: {k: type(v) for k, v in vars(module).items()} for name, module in model.named_modules()}
        return (
            copy.deepcopy(model.state_dict()),
            output,
            attributes,
            len(pickle.dumps(model)) if picklable(model) else 0,
        )

    before = look()
    yield
    after = look()
    assert relative_gap(after[:2], before[:2]) == 0 and after[2:] == before[2:]


def times(factor: float) -> Times:
    block = Times(factor)
    block.layout = "BCHW"
    return block


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


@pytest.mark.usefixtures("operators_only")
def test_only_what_is_downstream_of_a_change_is_computed_again() -> None:
    net = dynamic_transformer()
    weights = all_convolutions(net)
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    below = {name for name in weights if name.split(".")[0] in ("res3", "res4", "res5", "up1", "up2", "out")}
    again = {**dict.fromkeys(below, 1), "res3.conv1": 2, "psi up1": 1, "psi out": 1}
    expected = [
        ({"res3": 0.5, "up1": 0.5, "out": 0.5}, dict.fromkeys(weights, 1)),
        ({"res3": 0.5, "up1": 0.5, "out": 0.5}, {}),
        # of z and of psi(z): from here on the convolution is a line in alpha
        ({"res3": 0.5, "up1": 0.5, "out": 0.9}, {"out.conv": 2}),
        ({"res3": 0.5, "up1": 0.5, "out": -2.0}, {}),
        ({"res3": 0.5, "up1": -0.1, "out": -2.0}, {"up1.conv": 2, "up2.conv": 1, "out.conv": 1, "psi out": 1}),
        ({"res3": 0.2, "up1": -0.1, "out": -2.0}, again),
        ({"res3": 0.3, "up1": -0.1, "out": -2.0}, {name: n for name, n in again.items() if name != "res3.conv1"}),
    ]
    settled(render, [alpha for alpha, _ in expected])
    for alpha, counts in expected:
        assert runs_of(lambda alpha=alpha: render(alpha), **weights) == counts


@pytest.mark.usefixtures("operators_only")
def test_blocks_at_zero_are_run_when_they_are_recorded_and_not_again() -> None:
    net = dynamic_transformer()
    psis = {name: net.block(name).conv0.weight for name in net.names}
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    assert runs_of(lambda: render(0.0), **psis) == dict.fromkeys(net.names, 1)
    render.set_input(torch.rand(1, 3, 16, 16))
    assert not runs_of(lambda: [render(0.0), render({"up1": 0.0})], **psis)


@pytest.mark.usefixtures("operators_only")
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


@pytest.mark.usefixtures("operators_only")
def test_a_strangers_network_is_evaluated_incrementally() -> None:
    from torchvision.models import resnet18

    main = resnet18(weights=None)
    net = awake(DynamicNet(main, {"layer2": TuningBlock(64), "layer3": TuningBlock(128)}), 0.02)
    weights = {"stem": main.conv1, "layer3": main.layer3[0].conv1, "layer4": main.layer4[0].conv1}
    weights = {name: conv.weight for name, conv in weights.items()}
    render = IncrementalForward(net, torch.rand(1, 3, 48, 40))
    assert_equal_to_plain(render, seed=9, calls=6)
    assert render.incremental
    alphas = [{"layer2": 0.5, "layer3": alpha} for alpha in (0.1, 0.2, 0.3)]
    render = IncrementalForward(net, torch.rand(1, 3, 48, 40))
    settled(render, alphas)
    counts = [runs_of(lambda alpha=alpha: render(alpha), **weights) for alpha in alphas]
    assert counts == [{"stem": 1, "layer3": 1, "layer4": 1}, {"layer3": 2, "layer4": 1}, {"layer4": 1}]


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


@pytest.mark.usefixtures("operators_only")
def test_the_blocks_of_an_unchanged_set_are_not_run_again() -> None:
    net = two_sets_transformer()
    weights = {name: net.block(name).conv0.weight for name in net.names} | {"res3": net.main.res3.conv1.weight}
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    # z is as it was where the sets meet first, and another below
    below = {"res3": 2, "coarse/up1": 1, "fine/up2": 1, "coarse/out": 1, "fine/out": 1}
    base = {"coarse": 0.5, "fine": 0.5}
    expected = [
        (base, dict.fromkeys(weights, 1)),
        (base | {"fine/res3": 0.9}, below),
        (base | {"fine/res3": 0.9, "coarse/out": -0.3}, {}),
        (base | {"fine/res3": 0.9, "coarse/out": -0.3, "fine/out": 2.0}, {}),
    ]
    settled(render, [alpha for alpha, _ in expected])
    for alpha, counts in expected:
        assert runs_of(lambda alpha=alpha: render(alpha), **weights) == counts


@pytest.mark.usefixtures("operators_only")
def test_where_sets_meet_the_convolution_is_a_line_in_the_last_alpha_until_another_changes() -> None:
    net = two_sets_transformer()
    weights = {"out": net.main.out.conv.weight, "up2": net.main.up2.conv.weight}
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    expected = [
        ((0.5, 0.5), 1),
        ((0.5, 0.9), 2),  # of what the first set leaves, and of the second's psi
        ((0.5, -1.0), 0),
        ((0.7, -1.0), 1),  # the line through the old value is gone
        ((0.7, 2.0), 2),
        ((0.7, 0.0), 0),
        ((-0.2, 1.0), 1),  # both at once
    ]
    alphas = [{"coarse": 0.5, "fine": 0.5, "coarse/out": coarse, "fine/out": fine} for (coarse, fine), _ in expected]
    settled(render, alphas)
    for alpha, (_, count) in zip(alphas, expected, strict=True):
        assert runs_of(lambda alpha=alpha: render(alpha), **weights)["out"] == count
    assert_right(render, alphas)


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
    """What stays finite reaches half of the largest that was computed: rounding is relative to that."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        most = y.abs().max() / 2
        return torch.where(y > most, torch.inf, torch.where(y < -most, torch.nan, y))


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
    ReturnsDict, ReturnsDataclass, TakesSeveral, LooksAtItself, CachesTables, DecidesByShape, DecidesByInput,
    TinyOutputs, NotFinite, Residuals, OverwritesInput, OverwritesViews, Backwards, ChannelsLast, Halves, Casts,
    Differentiates,
    Normalised, Twins,
)  # fmt: skip
WAYWARD = (DecidesByFeatures, CountsInPython, ByNumpy, ChoosesRows, Labels)  # right, incremental or not


def inputs_of(kind: type[Stem], size: int = 8) -> tuple[tuple, dict]:
    x = torch.rand(2, 3, size, size)
    if kind is TakesSeveral:
        return (x, (torch.rand(2, 3, size, size), {"bias": torch.rand(1, 4, 1, 1)})), {
            "mask": torch.rand(1, 1, 1, size)
        }
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


class Drops(Stem):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.dropout(self.conv1(x), 0.5, training=True))


class Opaque:
    def __init__(self, value: Tensor):
        self.value = value


class ReturnsOpaque(Stem):
    def forward(self, x: Tensor) -> Opaque:
        return Opaque(self.conv2(self.conv1(x)))


class CountsInBuffers(Stem):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("passes", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        return self.conv2(self.conv1(x))


class Remembers(Stem):
    """Hands tensors on behind PyTorch's back: one's content becomes a number of Python's, in C."""

    def forward(self, x: Tensor) -> Tensor:
        z = self.conv1(x)
        buffer = (ctypes.c_float * 1).from_address(z.data_ptr())
        return self.conv2(z) + buffer[0]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Drops, "draws random numbers"),
        (ReturnsOpaque, "cannot be taken apart"),
        (CountsInBuffers, "tensors that outlive the pass"),
        (Remembers, "differs from the plain one"),
    ],
)
def test_what_cannot_be_repeated_falls_back_aloud(
    kind: type[Stem], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    render = IncrementalForward(of_kind(kind), torch.rand(1, 3, 8, 8))
    torch.manual_seed(0)
    render(0.5)
    assert not render.incremental and reason in caplog.text and "plain pass" in caplog.text
    torch.manual_seed(1)
    y = render(0.3)
    torch.manual_seed(1)
    wanted = plain(render, 0.3)
    if kind is ReturnsOpaque:
        y, wanted = y.value, wanted.value
    assert torch.equal(y, wanted)


def test_errors_of_the_network_are_its_own() -> None:
    render = IncrementalForward(of_kind(BatchNormAfter), torch.rand(1, 4, 8, 8))
    with pytest.raises(DynnetError, match="have 4 channels"):
        render(0.5)
    render.set_input(torch.rand(1, 3, 8, 8))
    assert_right(render)
    assert render.incremental


class BatchNormAfter(Stem):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.scale = 1.0

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv2(self.conv1(x))) * self.scale


def in_place(net: DynamicNet) -> None:
    with torch.no_grad():
        net.main.conv1.weight.mul_(0.5)


def by_data(net: DynamicNet) -> None:
    net.block("conv2").conv0.weight.data.mul_(0.5)


def other_data(net: DynamicNet) -> None:
    net.main.conv2.weight.data = torch.rand_like(net.main.conv2.weight)


def other_parameter(net: DynamicNet) -> None:
    net.main.conv1.weight = nn.Parameter(torch.rand_like(net.main.conv1.weight))


def other_module(net: DynamicNet) -> None:
    net.main.norm = nn.Tanh()


def other_buffer(net: DynamicNet) -> None:
    net.main.norm.running_mean += 0.3


def loaded(net: DynamicNet) -> None:
    net.load_state_dict({name: value + 0.1 for name, value in net.state_dict().items()})


def trained(net: DynamicNet) -> None:
    optimiser = torch.optim.SGD(net.blocks.parameters(), lr=0.1)
    net(torch.rand(1, 3, 8, 8), alpha=1.0).sum().backward()
    optimiser.step()


def in_double(net: DynamicNet) -> None:
    net.double()


def other_number(net: DynamicNet) -> None:
    net.main.scale = 3.0


def patched_forward(net: DynamicNet) -> None:
    net.main.norm.forward = lambda x: 2 * x


def patched_class(net: DynamicNet) -> None:
    kind = type("Norm", (nn.BatchNorm2d,), {"forward": lambda self, x: x - 1})
    net.main.norm.__class__ = kind


def hooked(net: DynamicNet) -> None:
    net.main.norm.register_forward_hook(lambda module, args, y: y + 1)


def pre_hooked(net: DynamicNet) -> None:
    net.main.conv2.register_forward_pre_hook(lambda module, args: (args[0] * 2,))


CHANGES = (
    in_place, by_data, other_data, other_parameter, other_module, other_buffer, loaded, trained, in_double,
    other_number,     patched_forward, patched_class, hooked, pre_hooked,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("same_alpha", [True, False])
def test_a_network_that_has_changed_is_computed_afresh(change: Callable[[DynamicNet], None], same_alpha: bool) -> None:
    net = of_kind(BatchNormAfter)
    x = torch.rand(1, 3, 8, 8)
    render = IncrementalForward(net, x)
    for alpha in (0.5, 0.2, 0.5):
        old = render(alpha)
    change(net)
    if change is in_double:
        render.set_input(x.double())
    y = render(0.5 if same_alpha else 0.6)
    assert relative_gap(y, plain(render, 0.5 if same_alpha else 0.6)) <= TOLERANCE
    assert not same_alpha or relative_gap(y, old) > TOLERANCE  # so it was a change that shows
    assert_right(render)
    assert render.incremental == (change not in (hooked, pre_hooked))


def test_hooks_of_others_fall_back_aloud(caplog: pytest.LogCaptureFixture) -> None:
    """They may do more than change the output; in a replay they would not run."""
    net, seen = of_kind(BatchNormAfter), []
    net.main.conv1.register_forward_hook(lambda module, args, y: seen.append(y))
    render = IncrementalForward(net, torch.rand(1, 3, 8, 8))
    for alpha in WORKING_POINTS:
        render(alpha)
    assert len(seen) == len(WORKING_POINTS) and "hooks of others" in caplog.text


def test_modes_of_blocks_are_noticed(caplog: pytest.LogCaptureFixture) -> None:
    block = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Dropout(0.5))
    render = IncrementalForward(DynamicNet(Stem2().eval(), {"conv2": block}), torch.rand(1, 3, 8, 8))
    assert_right(render)
    assert render.incremental
    render.net.train()
    assert not torch.equal(render(0.5), render(0.5))
    assert not render.incremental and "random" in caplog.text


class Stem2(Stem):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


@pytest.mark.parametrize("slower", [True, False])
def test_what_turns_out_slower_is_left_off(
    slower: bool, judge: Callable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def timed(render: IncrementalForward, action: Callable[[], Any]) -> tuple[Any, float]:
        is_plain = "_plain" in action.__code__.co_names
        return action(), 1.0 if is_plain == slower else 2.0

    monkeypatch.setattr(IncrementalForward, "_judge", judge)
    monkeypatch.setattr(IncrementalForward, "_timed", timed)
    render = IncrementalForward(of_kind(Stem2), torch.rand(1, 3, 8, 8))
    assert_right(render, [step / 100 for step in range(1, 20)])
    assert render.incremental is not slower
    assert ("a re-render takes 2000.0 ms this way, a plain pass 1000.0 ms" in caplog.text) is slower


@pytest.mark.usefixtures("operators_only")
def test_a_small_cache_ties_blocks_together_and_none_at_all_falls_back(caplog: pytest.LogCaptureFixture) -> None:
    net = dynamic_transformer()
    x = torch.rand(1, 3, 32, 32)
    whole = IncrementalForward(net, x)
    whole(0.5)
    needed = whole._recording.replay.kept_bytes()
    weights = all_convolutions(net)
    counts = []
    for room in (needed, needed // 2, 0):
        render = IncrementalForward(net, x, cache_bytes=room)
        assert_right(render, [0.5, {"res3": 0.5, "up1": 0.5, "out": 0.1}, {"res3": 0.5, "up1": 0.7, "out": 0.1}])
        if render.incremental:
            assert render._recording.replay.kept_bytes() <= room
        counts.append(runs_of(lambda: render({"res3": 0.5, "up1": 0.7, "out": 0.3}), **weights).total())  # noqa: B023
    assert counts[0] < counts[1] < counts[2] and not render.incremental
    assert "more than cache_bytes allows" in caplog.text


def test_threads_may_share_one_renderer() -> None:
    net = dynamic_transformer()
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    alphas = [step / 20 for step in range(20)]
    wanted = [plain(render, alpha) for alpha in alphas]
    wrong: list[float] = []

    def walk(order: list[int]) -> None:
        for index in order:
            if relative_gap(render(alphas[index]), wanted[index]) > TOLERANCE:
                wrong.append(alphas[index])

    threads = [threading.Thread(target=walk, args=(random.Random(seed).sample(range(20), 20),)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and render.incremental


def compiled_before(main: nn.Module) -> nn.Module:
    compiled = torch.compile(main, backend="eager")
    compiled(torch.rand(2, 3, 8, 8))
    return compiled


def called_then_compiled_in_place(main: nn.Module) -> nn.Module:
    main.compile(backend="eager")
    main(torch.rand(2, 3, 8, 8))
    return main


def scripted_around(main: nn.Module) -> nn.Module:
    main.conv1 = torch.jit.script(nn.Sequential(main.conv1, nn.Hardswish()))
    return main


@pytest.mark.parametrize("made", [compiled_before, called_then_compiled_in_place, scripted_around, copy.deepcopy])
def test_networks_made_in_other_ways(made: Callable[[nn.Module], nn.Module]) -> None:
    with torch.no_grad():
        main = made(Stem2().eval())
    path = next(name for name, _ in main.named_modules() if name.endswith("conv2"))
    net = awake(DynamicNet(main, {path: TuningBlock(4)}), 0.3)
    render = IncrementalForward(net, torch.rand(2, 3, 8, 8))
    assert_right(render, WORKING_POINTS[:3])  # a compiler compiles anew at each
    assert render.incremental


@pytest.mark.parametrize("again", [copy.deepcopy, lambda render: pickle.loads(pickle.dumps(render))])
def test_copies_of_a_renderer_stand_alone(again: Callable) -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    render(0.5)
    other = again(render)
    with torch.no_grad():
        other.net.main.out.conv.weight.mul_(2)
    assert_right(render)
    assert_right(other)
    assert other.incremental and relative_gap(render(0.5), other(0.5)) > TOLERANCE


def test_casts_around_a_call_are_noticed() -> None:
    render = IncrementalForward(of_kind(Stem2), torch.rand(1, 3, 8, 8))
    wide = render(0.5)
    with torch.autocast("cpu", torch.bfloat16):
        assert relative_gap(render(0.5), plain(render, 0.5)) <= TOLERANCE
        assert render(0.5).dtype is torch.bfloat16
    assert torch.equal(render(0.5), wide)


def test_a_child_that_is_never_called_is_an_error_as_in_the_plain_pass() -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(x)

    render = IncrementalForward(
        DynamicNet(Main(), {"one": {"b": times(1.0)}, "other": {"a": times(5.0)}}), torch.ones(2, 1, 1, 1)
    )
    with pytest.raises(DynnetError, match="'other/a'"):
        render(0.5)


# Random programs: whatever is read, viewed and overwritten, in whatever order.

OPERATIONS = ("child", "relu_", "add_", "view", "write_view", "add", "cat", "scale_")


class Program(nn.Module):
    """Does what it is told with a growing list of tensors, all (B, 2, 4, 4) or views of such."""

    def __init__(self, instructions: list[tuple[str, int, int]]):
        super().__init__()
        self.instructions = instructions
        self.convs = nn.ModuleList(nn.Conv2d(2, 2, 3, padding=1) for name, *_ in instructions if name == "child")

    def forward(self, x: Tensor) -> Tensor:
        tensors, convs = [x], iter(self.convs)
        for name, i, j in self.instructions:
            a, b = tensors[i % len(tensors)], tensors[j % len(tensors)]
            if name == "child":
                tensors.append(next(convs)(a))
            elif name == "relu_":
                a.relu_()
            elif name == "add_":
                a += b.sin()
            elif name == "view":
                tensors.append(a.transpose(2, 3))
            elif name == "write_view":
                a[:, :1].copy_(b[:, 1:].sin())
            elif name == "add":
                tensors.append(a + b)
            elif name == "cat":
                tensors.append(torch.cat([a[:, :1], b[:, 1:]], 1))
            else:
                a.mul_(0.5)
        return sum(tensors)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=14),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0, 0.3, -0.6])), min_size=2, max_size=8),
)
def test_any_program_gives_the_plain_pass(instructions: list, changes: list) -> None:
    torch.manual_seed(0)
    instructions = [("child", 0, 0), *instructions]
    main = Program(instructions).eval()
    paths = [name for name, module in main.named_modules() if isinstance(module, nn.Conv2d)]
    net = awake(DynamicNet(main, {path: TuningBlock(2, size=1) for path in paths[:4]}), 0.5)
    render = IncrementalForward(net, torch.rand(1, 2, 4, 4) - 0.5)
    alpha = dict.fromkeys(net.names, 0.7)
    assert_right(render, [alpha])
    for place, value in changes:
        alpha[net.names[place % len(net.names)]] = value
        assert_right(render, [alpha])


def test_values_of_another_shape_are_let_go() -> None:
    """What is remembered of a shape is its recording, not its values: the cache is one input's."""
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    render(0.5)
    first = render._recording
    render.set_input(torch.rand(1, 3, 20, 16))
    assert not first.replay.has_values
    render(0.5)
    render.set_input(torch.rand(1, 3, 16, 16))
    weight = {"psi": render.net.block("res3").conv0.weight}
    render(0.5)
    assert render._recording is first
    render.set_input(torch.rand(1, 3, 16, 16))
    assert runs_of(lambda: render(0.5), **weight) == {"psi": 1}  # neither recorded nor compared
