"""Incremental evaluation: what the plain pass gives, with less work, whatever the network does."""

import logging
import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.joining import two_sided
from dynnet.paper.style.network import TransformerNet
from tests.tiny import BatchNormNet, Times, Twice, awake, count_calls, dynamic_transformer, two_sets_transformer


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
    rng, x = random.Random(seed), render.x
    for _ in range(calls):
        alpha = random_alpha(rng, render.net, len(x))
        with torch.no_grad():
            plain = render.net(x, alpha=alpha)
        torch.testing.assert_close(render(alpha), plain, atol=1e-5, rtol=1e-5)


def assert_equal_to_plain_block_by_block(render: IncrementalForward, seed: int, calls: int = 40) -> None:
    """One name's alpha changes at a time, so that what is kept of the others is used."""
    rng, x = random.Random(seed), render.x
    alpha: dict[str, float | Tensor] = {}
    for _ in range(calls):
        alpha[rng.choice((*render.net.names, *render.net.sets))] = random_value(rng, len(x))
        with torch.no_grad():
            plain = render.net(x, alpha=alpha)
        torch.testing.assert_close(render(alpha), plain, atol=1e-5, rtol=1e-5)


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
    main = dict(net.main.named_modules())
    leaves = {name: m for name, m in main.items() if isinstance(m, nn.Conv2d)}
    calls = count_calls(leaves | {f"psi {name}": net.block(name) for name in net.names})
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    render(0.5)  # is also checked against the plain pass
    calls.clear()

    render(0.5)
    assert not calls
    render({"res3": 0.5, "up1": 0.5, "out": 0.9})
    assert calls == {"out.conv": 2}  # of z and of psi(z): from here on the convolution is a line in alpha
    calls.clear()
    render({"res3": 0.5, "up1": 0.5, "out": -2.0})
    assert not calls
    render({"res3": 0.5, "up1": -0.1, "out": -2.0})
    assert calls == {"up1.conv": 1, "up2.conv": 1, "out.conv": 1, "psi out": 1}
    calls.clear()
    render({"res3": 0.2, "up1": -0.1, "out": -2.0})
    below = {name for name in leaves if name.split(".")[0] in ("res3", "res4", "res5", "up1", "up2", "out")}
    assert calls == {**dict.fromkeys(below, 1), "res3.conv1": 2, "psi up1": 1, "psi out": 1}


def test_blocks_at_zero_are_not_run() -> None:
    net = dynamic_transformer()
    calls = count_calls({name: net.block(name) for name in net.names})
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    render(0.0)
    render({"up1": 0.0})
    assert not calls


def test_a_new_input_is_computed_once() -> None:
    net = dynamic_transformer()
    calls = count_calls({"conv1": net.main.conv1.conv})
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    render(0.5)
    calls.clear()
    render.set_input(torch.rand(1, 3, 16, 16))
    for alpha in (0.5, 0.6, 0.7):
        render(alpha)
    assert calls == {"conv1": 1}


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


def test_a_result_overwritten_and_then_read_again_falls_back_and_stays_correct() -> None:
    class Main(InPlace):
        def forward(self, x: Tensor) -> Tensor:
            z = self.conv1(x)
            F.relu(z, inplace=True)
            return self.conv2(z)

    render = IncrementalForward(awake(DynamicNet(Main(), {"conv2": TuningBlock(4)})), torch.rand(1, 3, 8, 8))
    assert_equal_to_plain(render, seed=0)
    assert not render.incremental


def test_a_network_that_cannot_be_traced_falls_back_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    class Main(BatchNormNet):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x if x.mean() > 0.5 else -x)

    with caplog.at_level(logging.WARNING):
        render = IncrementalForward(awake(DynamicNet(Main(), {"conv2": TuningBlock(4)})), torch.rand(1, 3, 8, 8))
    assert "incremental evaluation is off" in caplog.text and not render.incremental
    assert_equal_to_plain(render, seed=2)
    render.set_input(render.x - 1)
    assert_equal_to_plain(render, seed=3)


def test_a_trace_that_is_wrong_for_another_shape_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    class Main(BatchNormNet):
        def forward(self, x: Tensor) -> Tensor:
            side = x.shape[-1]
            large = isinstance(side, int) and side > 10  # never an int while tracing
            return super().forward(x) * (2 if large else 1)

    render = IncrementalForward(awake(DynamicNet(Main(), {"conv2": TuningBlock(4)})), torch.rand(1, 3, 8, 8))
    assert_equal_to_plain(render, seed=4)
    assert render.incremental
    render.set_input(torch.rand(1, 3, 12, 12))
    assert_equal_to_plain(render, seed=5)
    assert not render.incremental and "differs from the plain pass" in caplog.text


def test_a_child_that_is_never_called_falls_back(caplog: pytest.LogCaptureFixture) -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(x)

    render = IncrementalForward(DynamicNet(Main(), {"a": Times(5.0)}), torch.ones(2, 1))
    assert "never calls 'a'" in caplog.text
    assert torch.equal(render(0.5), torch.full((2, 1), 3.0))


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

    render = IncrementalForward(DynamicNet(Main(), {"b": Times(7.0), "a": Times(5.0)}), torch.rand(2, 3, 4, 4))
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
    calls = count_calls({"stem": main.conv1, "layer3": main.layer3[0].conv1, "layer4": main.layer4[0].conv1})
    render = IncrementalForward(net, torch.rand(1, 3, 48, 40))
    assert_equal_to_plain(render, seed=9, calls=6)
    assert render.incremental
    render({"layer2": 0.5, "layer3": 0.1})
    calls.clear()
    render({"layer2": 0.5, "layer3": 0.2})
    assert calls == {"layer3": 2, "layer4": 1}
    calls.clear()
    render({"layer2": 0.5, "layer3": 0.3})
    assert calls == {"layer4": 1}


def test_a_call_that_fails_half_way_leaves_nothing_stale() -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(2, 3, 16, 16))
    render({"res3": 1.0, "up1": 1.0})
    with pytest.raises(DynnetError, match="alpha for features"):
        render({"res3": 0.2, "up1": torch.ones(5)})
    alpha = {"res3": 1.0, "up1": 0.5}
    torch.testing.assert_close(render(alpha), render.net(render.x, alpha=alpha).detach())


def test_a_first_call_that_fails_leaves_nothing_stale() -> None:
    net = awake(DynamicNet(InPlace(), {"relu": TuningBlock(4), "conv4": TuningBlock(4)}), 0.3)
    render = IncrementalForward(net, torch.rand(2, 3, 8, 8))
    with pytest.raises(DynnetError, match="alpha for features"):
        render({"relu": 0.0, "conv4": torch.ones(5)})
    assert_equal_to_plain(render, seed=10)
    assert render.incremental


def test_an_alpha_tensor_changed_in_place_is_a_new_alpha() -> None:
    render = IncrementalForward(dynamic_transformer(), torch.rand(1, 3, 16, 16))
    painted = torch.zeros(1, 1, 16, 16)
    render(painted)
    painted[..., 8:] = 1
    torch.testing.assert_close(render(painted), render.net(render.x, alpha=painted).detach())


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

    net = DynamicNet(Main(), {"one": {"b": Times(0.7)}, "other": {"b": Times(-0.5), "a": Times(0.3)}})
    render = IncrementalForward(net, torch.rand(2, 3, 4, 4))
    assert_equal_to_plain_block_by_block(render, seed=13)
    assert render.incremental


def test_the_blocks_of_an_unchanged_set_are_not_run_again() -> None:
    net = two_sets_transformer()
    calls = count_calls({"res3": net.main.res3.conv1} | {name: net.block(name) for name in net.names})
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    alpha = {"coarse": 0.5, "fine": 0.5}
    render(alpha)
    calls.clear()

    render(alpha | {"fine/res3": 0.9})  # z is as it was where the sets meet first, and another below
    assert calls == {"res3": 2, "coarse/up1": 1, "fine/up2": 1, "coarse/out": 1, "fine/out": 1}
    calls.clear()
    render(alpha | {"fine/res3": 0.9, "coarse/out": -0.3})
    render(alpha | {"fine/res3": 0.9, "coarse/out": -0.3, "fine/out": 2.0})
    assert not calls


def test_a_set_at_zero_is_run_neither_first_nor_later() -> None:
    net = two_sets_transformer()
    calls = count_calls({name: net.block(name) for name in net.names})
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    for alpha in (0.3, 0.6, 1.0):
        render({"coarse": alpha})
    assert set(calls) == set(net.sets["coarse"])
    assert calls["coarse/res3"] == 2  # once, and once in the check against the plain pass


def test_where_sets_meet_the_convolution_is_a_line_in_the_last_alpha_until_another_changes() -> None:
    net = two_sets_transformer()
    calls = count_calls({"out": net.main.out.conv, "up2": net.main.up2.conv})
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))

    def out_calls(coarse: float, fine: float) -> int:
        calls.clear()
        alpha = {"coarse": 0.5, "fine": 0.5, "coarse/out": coarse, "fine/out": fine}
        with torch.no_grad():
            y = render(alpha)
            computed = calls["out"]
            assert not calls["up2"]
            torch.testing.assert_close(y, net(render.x, alpha=alpha), atol=1e-5, rtol=1e-5)
        return computed

    render(0.5)
    assert out_calls(0.5, 0.9) == 2  # of what the first set leaves, and of the second's psi
    assert out_calls(0.5, -1.0) == 0
    assert out_calls(0.7, -1.0) == 1  # the line through the old value is gone
    assert out_calls(0.7, 2.0) == 2
    assert out_calls(0.7, 0.0) == 0
    assert out_calls(-0.2, 1.0) == 1  # both at once


def test_one_slider_for_two_sets() -> None:
    net = two_sets_transformer()
    render = IncrementalForward(net, torch.rand(1, 3, 16, 16))
    for alpha in (0.8, 0.3, 0.0, -0.3, -0.8, 0.8):
        driven = two_sided(alpha, "coarse", "fine")
        torch.testing.assert_close(render(driven), net(render.x, alpha=driven).detach(), atol=1e-5, rtol=1e-5)
    assert render.incremental


def test_a_child_of_two_sets_that_is_never_called_is_named_by_its_path(caplog: pytest.LogCaptureFixture) -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(x)

    IncrementalForward(DynamicNet(Main(), {"one": {"b": Times(1.0)}, "other": {"a": Times(5.0)}}), torch.ones(2, 1))
    assert "never calls 'a'" in caplog.text
