"""z + alpha psi(z): exact at 0, known values elsewhere, and a main network that nothing touches."""

import copy
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dynnet.blending import blend
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join, two_sided
from dynnet.paper.style.network import TransformerNet
from tests.tiny import BatchNormNet, Times, Twice, awake, count_calls, dynamic_transformer, two_sets_transformer

X = torch.tensor([[1.0], [-2.0], [0.5]])


def twice() -> DynamicNet:
    """y = 6 x (1 + 5 alpha_a) (1 + 7 alpha_b)"""
    return DynamicNet(Twice(), {"a": Times(5.0), "b": Times(7.0)})


def two_sets() -> DynamicNet:
    """y = 6 x (1 + 5 alpha_(coarse/a) + 3 alpha_(fine/a)) (1 + 7 alpha_(coarse/b))"""
    return DynamicNet(Twice(), {"coarse": {"a": Times(5.0), "b": Times(7.0)}, "fine": {"a": Times(3.0)}})


def pixelwise() -> DynamicNet:
    main = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 3, 1))
    return DynamicNet(main, {"2": nn.Conv2d(4, 4, 1)})


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, torch.zeros(()), torch.zeros(2), torch.zeros(2, 1, 5, 5), {}])
def test_at_zero_the_output_is_the_main_networks_bit_for_bit(zero: object) -> None:
    net, x = dynamic_transformer(), torch.rand(2, 3, 18, 21)
    expected = net.main(x)
    assert torch.equal(net(x, alpha=zero), expected)
    assert not torch.equal(net(x, alpha=1.0), expected)


def test_batchnorm_of_the_main_network_stays_as_it_was_through_phase_2() -> None:
    main = BatchNormNet()
    with torch.no_grad():
        main(3 * torch.rand(4, 3, 8, 8) - 1)  # statistics unlike the initial ones
    x = torch.rand(2, 3, 8, 8)
    expected, state = main.eval()(x).detach(), copy.deepcopy(main.state_dict())
    net = DynamicNet(main, {"norm": TuningBlock(4), "conv2": TuningBlock(4)}).train()
    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.1)
    for _ in range(3):
        optimiser.zero_grad()
        net(torch.randn(4, 3, 8, 8)).square().mean().backward()
        optimiser.step()
    assert torch.equal(net(x, alpha=0.0), expected)
    assert not torch.equal(net(x, alpha=1.0), expected)
    assert all(torch.equal(value, state[name]) for name, value in main.state_dict().items())


def test_train_mode_reaches_the_blocks_only() -> None:
    net = dynamic_transformer().train()
    assert all(m.training for m in net.blocks.modules())
    assert not any(m.training for m in net.main.modules())
    net.eval()
    assert not any(m.training for m in net.modules())


def test_the_main_network_is_in_eval_mode_from_the_start() -> None:
    net = DynamicNet(BatchNormNet().train(), {"norm": TuningBlock(4)})
    assert not any(m.training for m in net.main.modules())


def test_phase_2_starts_at_the_main_network() -> None:
    net, x = dynamic_transformer(), torch.rand(1, 3, 16, 16)
    fresh = DynamicNet(net.main, {"res3": TuningBlock(8), "out": TuningBlock(2)})
    assert torch.equal(fresh(x, alpha=1.0), net.main(x))
    z = torch.randn(1, 8, 4, 4)
    assert torch.equal(fresh.block("res3")(z), torch.zeros_like(z))


def test_gradients_reach_every_block_and_nothing_else() -> None:
    net = dynamic_transformer()
    net(torch.rand(1, 3, 16, 16)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.blocks.parameters())
    assert all(p.grad is None and not p.requires_grad for p in net.main.parameters())


def test_a_fresh_block_gets_gradients_though_it_answers_zero() -> None:
    main = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 3, 1))
    net = DynamicNet(main, {"1": TuningBlock(4)})
    net(torch.rand(1, 3, 6, 6)).sum().backward()
    assert net.block("1").conv2.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("alpha", [1.0, 0.5, -0.2, 3.5, -4, torch.tensor(0.3), 1e6])
def test_value_on_a_known_network(alpha: float) -> None:
    torch.testing.assert_close(twice()(X, alpha=alpha), 6 * X * (1 + 5 * alpha) * (1 + 7 * alpha))


def test_one_is_the_default() -> None:
    assert torch.equal(twice()(X), twice()(X, alpha=1.0))


def test_blocks_left_out_of_a_mapping_are_at_zero() -> None:
    net = twice()
    torch.testing.assert_close(net(X, alpha={"a": 0.5, "b": -1.0}), 6 * X * 3.5 * -6)
    torch.testing.assert_close(net(X, alpha={"b": 2.0}), 6 * X * 15)
    assert net.alphas({"b": 2}) == {"a": 0.0, "b": 2.0}


def test_one_alpha_per_picture_equals_separate_calls() -> None:
    net, x = dynamic_transformer(), torch.rand(3, 3, 16, 17)
    alphas = [0.3, -1.0, 2.0]
    separate = torch.cat([net(x[i : i + 1], alpha=alpha) for i, alpha in enumerate(alphas)])
    torch.testing.assert_close(net(x, alpha=torch.tensor(alphas)), separate)
    mixed = net(x, alpha={"res3": torch.tensor(alphas), "out": 0.5})
    torch.testing.assert_close(mixed[1:2], net(x[1:2], alpha={"res3": -1.0, "out": 0.5}))


@pytest.mark.parametrize("shape", [(2, 1, 16, 20), (1, 1, 16, 20), (2, 1, 3, 7), (1, 1, 1, 1)])
def test_a_constant_map_equals_a_number(shape: tuple[int, ...]) -> None:
    net, x = dynamic_transformer(), torch.rand(2, 3, 16, 20)
    torch.testing.assert_close(net(x, alpha=torch.full(shape, 0.7)), net(x, alpha=0.7))


def test_a_map_acts_where_it_is_not_zero() -> None:
    net, x = pixelwise(), torch.rand(1, 3, 8, 8)
    right = torch.zeros(1, 1, 8, 8)
    right[..., 4:] = 1
    y = net(x, alpha=right)
    assert torch.equal(y[..., :4], net(x, alpha=0.0)[..., :4])
    assert torch.equal(y[..., 4:], net(x, alpha=1.0)[..., 4:])
    assert (net(x, alpha=0.0) - net(x, alpha=1.0)).abs().amax((0, 1, 2)).min() > 0


def test_a_map_is_resized_to_the_blocks_resolution() -> None:
    right = torch.zeros(1, 1, 64, 64)
    right[..., 32:] = 1
    net, x = pixelwise(), torch.rand(1, 3, 8, 8)
    y = net(x, alpha=right)
    torch.testing.assert_close(y[..., :3], net(x, alpha=0.0)[..., :3])
    torch.testing.assert_close(y[..., 5:], net(x, alpha=1.0)[..., 5:])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 8, 8), (3, 1, 8, 8), (1, 2, 1, 8, 8)])
def test_an_alpha_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DynnetError, match=r"features \(2, 4, 8, 8\) is a number, \(2,\) or a map \(2, 1, H, W\)"):
        pixelwise()(torch.rand(2, 3, 8, 8), alpha=torch.ones(shape))


def test_a_map_needs_features_with_places() -> None:
    with pytest.raises(DynnetError, match=r"on features \(3, 1\) of a block that declares no layout"):
        twice()(X, alpha=torch.ones(3, 1, 4, 4))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, torch.tensor([0.0, math.nan, 1.0])])
def test_alpha_must_be_a_real_number(bad: float | Tensor) -> None:
    for alpha in (bad, {"b": bad}):
        with pytest.raises(DynnetError, match=r"alpha of '[ab]' must be a real number"):
            twice()(X, alpha=alpha)


def test_an_unknown_block_name_lists_the_names() -> None:
    with pytest.raises(DynnetError, match=r"no tuning-block at 'c'; there are blocks at a, b$"):
        twice()(X, alpha={"a": 1.0, "c": 1.0})


@pytest.mark.parametrize("asked", [DynamicNet.block, DynamicNet.child_of])
def test_asking_for_an_unknown_block_lists_the_names(asked: Callable) -> None:
    with pytest.raises(DynnetError, match=r"no tuning-block at 'c'; there are blocks at a, b$"):
        asked(twice(), "c")


def test_an_unknown_path_lists_the_children() -> None:
    with pytest.raises(DynnetError, match=r"no child 'a\.c'; its children are a, b"):
        DynamicNet(Twice(), {"a.c": Times(1.0)})


def test_without_blocks_there_is_no_dynamic_net() -> None:
    with pytest.raises(DynnetError, match="at least one tuning-block"):
        DynamicNet(Twice(), {})


def test_a_block_at_a_nested_path_acts_inside_that_of_its_parent() -> None:
    main = nn.ModuleDict({"outer": Twice()})
    main.forward = lambda x: 10 * main["outer"](x)
    net = DynamicNet(main, {"outer.b": Times(7.0), "outer": Times(5.0)})
    torch.testing.assert_close(net(X, alpha={"outer.b": 0.5}), 60 * X * 4.5)
    torch.testing.assert_close(net(X, alpha=1.0), 60 * X * 6 * 8)
    assert net.block("outer.b").factor == 7.0


def test_a_child_with_two_inputs_is_refused_by_name() -> None:
    class Pair(nn.Module):
        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return x + y

    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pair = Pair()

        def forward(self, x: Tensor) -> Tensor:
            return self.pair(x, y=x)

    with pytest.raises(DynnetError, match="tuning-block 'pair': it is called with 2 floating-point tensors"):
        DynamicNet(Main(), {"pair": Times(1.0)})(X)


def test_a_child_called_by_keyword_carries_a_block() -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(x=self.a(x))

    torch.testing.assert_close(DynamicNet(Main(), {"b": Times(7.0)})(X, alpha=2.0), 6 * X * 15)


def test_a_child_called_twice_is_tuned_twice() -> None:
    class Main(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(self.b(x))

    torch.testing.assert_close(DynamicNet(Main(), {"b": Times(7.0)})(X, alpha=0.5), 9 * X * 4.5**2)


def test_two_dynamic_nets_share_a_main_network() -> None:
    main = Twice()
    first, second = DynamicNet(main, {"a": Times(5.0)}), DynamicNet(main, {"a": Times(-1.0), "b": Times(1.0)})
    torch.testing.assert_close(first(X, alpha=1.0), 36 * X)
    torch.testing.assert_close(second(X, alpha=0.5), 6 * X * 0.5 * 1.5)
    torch.testing.assert_close(first(X, alpha=1.0), 36 * X)


def test_a_block_that_changes_the_shape_is_refused() -> None:
    net = DynamicNet(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()), {"1": nn.Conv2d(4, 1, 1)})
    with pytest.raises(DynnetError, match=r"must keep the shape \(1, 4, 8, 8\), this one gives \(1, 1, 8, 8\)"):
        net(torch.rand(1, 3, 8, 8))


def test_a_deep_copy_is_a_network_of_its_own() -> None:
    net, x = dynamic_transformer(), torch.rand(1, 3, 16, 16)
    twin, before = copy.deepcopy(net), net(x, alpha=0.7)
    assert torch.equal(twin(x, alpha=0.7), before)
    awake(twin, 0.3)
    assert torch.equal(net(x, alpha=0.7), before) and not torch.equal(twin(x, alpha=0.7), before)


def test_a_state_dict_carries_everything() -> None:
    net, x = dynamic_transformer(), torch.rand(1, 3, 16, 16)
    other = dynamic_transformer()
    assert not torch.equal(other(x, alpha=-0.4), net(x, alpha=-0.4))
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(x, alpha=-0.4), net(x, alpha=-0.4))


def test_blend_keeps_the_dtype_of_the_features() -> None:
    z = torch.ones(2, 3, dtype=torch.float64)
    y = blend(z, 2 * z, torch.tensor([0.5, 1.0]))
    assert y.dtype == torch.float64
    torch.testing.assert_close(y, torch.tensor([[2.0] * 3, [3.0] * 3], dtype=torch.float64))


@pytest.mark.parametrize("size", [1, 3, 5])
def test_tuning_blocks_keep_the_shape(size: int) -> None:
    assert TuningBlock(6, size)(torch.randn(2, 6, 7, 9)).shape == (2, 6, 7, 9)


def test_a_block_that_overwrites_its_input_is_refused() -> None:
    hasty = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(8, 8, 1))
    net = DynamicNet(TransformerNet(2), {"res3": hasty})
    with pytest.raises(DynnetError, match="in place"):
        net(torch.randn(1, 3, 16, 16), alpha=0.5)


@pytest.mark.parametrize("alpha", [[0.1, 0.2], "a lot", {"res3": None}])
def test_alpha_of_another_kind_is_refused(alpha) -> None:
    net = DynamicNet(TransformerNet(2), {"res3": TuningBlock(8)})
    with pytest.raises(DynnetError, match="number or a tensor"):
        net(torch.rand(1, 3, 16, 16), alpha=alpha)


@pytest.mark.parametrize("path", ["res3", "outer.b"])
def test_the_blocks_of_one_unnamed_set_are_stored_as_in_the_checkpoints(path: str) -> None:
    main = nn.ModuleDict({"res3": Times(1.0), "outer": Twice()})
    net = DynamicNet(main, {path: nn.Conv2d(2, 2, 1)})
    assert list(net.blocks.state_dict()) == [f"{path.replace('.', '__')}.weight", f"{path.replace('.', '__')}.bias"]
    assert net.names == (path,) and net.sets == {} and net.child_of(path) == path


def test_names_of_the_blocks_of_named_sets() -> None:
    net = two_sets()
    assert net.names == ("coarse/a", "coarse/b", "fine/a")
    assert net.sets == {"coarse": ("coarse/a", "coarse/b"), "fine": ("fine/a",)}
    assert [net.child_of(name) for name in net.names] == ["a", "b", "a"]
    assert [net.block(name).factor for name in net.names] == [5.0, 7.0, 3.0]


def test_sets_at_nested_paths() -> None:
    main = nn.ModuleDict({"outer": Twice()})
    main.forward = lambda x: 10 * main["outer"](x)
    net = DynamicNet(main, {"one": {"outer.b": Times(7.0)}, "other": {"outer.b": Times(3.0), "outer": Times(5.0)}})
    torch.testing.assert_close(net(X, alpha={"one": 0.5, "other": -1.0}), 60 * X * (1 + 3.5 - 3) * (1 - 5))
    assert net.child_of("other/outer.b") == "outer.b"


@settings(max_examples=40, deadline=None)
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(-4, 4))
def test_blocks_at_one_child_add_up(coarse_a: float, coarse_b: float, fine_a: float) -> None:
    x = X.double()
    y = two_sets()(x, alpha={"coarse/a": coarse_a, "coarse/b": coarse_b, "fine/a": fine_a})
    expected = 6 * x * (1 + 5 * coarse_a + 3 * fine_a) * (1 + 7 * coarse_b)
    torch.testing.assert_close(y, expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("alpha", [1.0, -0.3, torch.tensor([0.5, -1.0, 2.0])])
def test_one_alpha_for_all_sets(alpha: float | Tensor) -> None:
    spread = alpha.view(3, 1) if isinstance(alpha, Tensor) else alpha
    torch.testing.assert_close(two_sets()(X, alpha=alpha), 6 * X * (1 + 8 * spread) * (1 + 7 * spread))


def test_sets_with_an_alpha_per_picture_and_a_map() -> None:
    main, x = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 3, 1)), torch.rand(2, 3, 8, 8)
    net = DynamicNet(main, {"one": {"1": nn.Conv2d(4, 4, 1)}, "other": {"1": nn.Conv2d(4, 4, 1)}})
    right = torch.zeros(2, 1, 8, 8)
    right[..., 4:] = 1
    y = net(x, alpha={"one": right, "other": torch.tensor([0.5, -1.0])})
    torch.testing.assert_close(y[:1, ..., :4], net(x[:1], alpha={"other": 0.5})[..., :4])
    torch.testing.assert_close(y[1:, ..., 4:], net(x[1:], alpha={"one": 1.0, "other": -1.0})[..., 4:])


def test_a_sets_name_stands_for_its_blocks_and_a_blocks_own_name_goes_first() -> None:
    net = two_sets()
    assert net.alphas({"coarse": 0.5}) == {"coarse/a": 0.5, "coarse/b": 0.5, "fine/a": 0.0}
    own = {"coarse/a": -1.0, "coarse/b": 0.5, "fine/a": 2.0}
    assert net.alphas({"coarse": 0.5, "coarse/a": -1.0, "fine": 2.0}) == own
    assert net.alphas({"coarse/a": -1.0, "fine": 2.0, "coarse": 0.5}) == own
    assert net.alphas({"coarse": 0.5, "coarse/a": 0.0})["coarse/a"] == 0.0
    assert list(net.alphas({"fine": 1.0, "coarse": 1.0})) == list(net.names)
    torch.testing.assert_close(net(X, alpha={"coarse": 0.5, "coarse/a": -1.0}), 6 * X * (1 - 5) * 4.5)


@pytest.mark.parametrize(
    "zero",
    [0.0, -0.0, {}, {"coarse": 0.0}, {"coarse": -0.0, "fine/res3": 0.0}, {"coarse": 0.0, "fine": torch.zeros(2)}],
)
def test_sets_at_zero_are_the_main_network_bit_for_bit(zero: object) -> None:
    net, x = two_sets_transformer(), torch.rand(2, 3, 18, 21)
    expected = net.main(x)
    assert torch.equal(net(x, alpha=zero), expected)
    for name in net.sets:
        assert not torch.equal(net(x, alpha={name: 1.0}), expected)


def test_only_sets_that_are_not_at_zero_are_run() -> None:
    net, x = two_sets_transformer(), torch.rand(1, 3, 16, 16)
    calls = count_calls({name: net.block(name) for name in net.names})
    net(x, alpha=0.0)
    assert not calls
    net(x, alpha={"fine": 0.5, "fine/res3": 0.0})
    assert calls == {"fine/up2": 1, "fine/out": 1}


def test_one_set_alone_is_the_net_it_was_trained_in() -> None:
    main, x = TransformerNet(2).eval(), torch.rand(1, 3, 16, 16)
    one = awake(DynamicNet(main, {"res3": TuningBlock(8), "out": TuningBlock(2)}))
    other = awake(DynamicNet(main, {"res3": TuningBlock(8), "up1": TuningBlock(8)}))
    both = DynamicNet(
        main, {"one": {n: one.block(n) for n in one.names}, "other": {n: other.block(n) for n in other.names}}
    )
    assert torch.equal(both(x, alpha={"one": 0.7}), one(x, alpha=0.7))
    assert torch.equal(both(x, alpha={"other": -0.4}), other(x, alpha=-0.4))
    assert both.block("one/out") is one.block("out")


def test_putting_blocks_into_another_net_leaves_their_mode() -> None:
    net = dynamic_transformer().eval()
    both = DynamicNet(net.main, {"one": {"res3": net.block("res3")}, "other": {"res3": TuningBlock(8).train()}})
    assert not any(m.training for m in net.modules())
    assert both.block("other/res3").training


def test_gradients_reach_the_blocks_of_the_sets_that_are_on_and_nothing_else() -> None:
    net, x = two_sets_transformer(), torch.rand(1, 3, 16, 16)
    net(x, alpha={"coarse": 1.0}).square().mean().backward()
    for name in net.names:
        gradient = net.block(name).conv0.weight.grad
        assert gradient.abs().sum() > 0 if name in net.sets["coarse"] else gradient is None
    net(x, alpha={"coarse": 1.0, "fine": -0.5}).square().mean().backward()
    assert all(net.block(name).conv0.weight.grad.abs().sum() > 0 for name in net.names)
    assert all(p.grad is None and not p.requires_grad for p in net.main.parameters())


def test_a_state_dict_carries_all_sets() -> None:
    net, x = two_sets_transformer(), torch.rand(1, 3, 16, 16)
    other, alpha = two_sets_transformer(), {"coarse": 0.6, "fine": -0.4}
    assert not torch.equal(other(x, alpha=alpha), net(x, alpha=alpha))
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(x, alpha=alpha), net(x, alpha=alpha))


def test_a_block_that_overwrites_its_input_is_refused_in_any_set() -> None:
    hasty = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(8, 8, 1))
    for sets in (
        {"one": {"res3": hasty}, "other": {"res3": TuningBlock(8)}},
        {"a": {"res3": TuningBlock(8)}, "b": {"res3": hasty}},
    ):
        with pytest.raises(DynnetError, match="in place"):
            DynamicNet(TransformerNet(2), sets)(torch.randn(1, 3, 16, 16), alpha=0.5)


@pytest.mark.parametrize("name", ["coarser", "coarse/c", "a", "fine/b"])
def test_an_unknown_name_lists_blocks_and_sets(name: str) -> None:
    listed = f"no tuning-block at '{name}'; there are blocks at coarse/a, coarse/b, fine/a, and the sets coarse, fine"
    with pytest.raises(DynnetError, match=listed):
        two_sets()(X, alpha={"coarse": 1.0, name: 1.0})


def test_a_sets_alpha_must_be_a_real_number() -> None:
    for alpha in ({"fine": math.nan}, {"fine": math.nan, "fine/a": 0.5}):
        with pytest.raises(DynnetError, match="alpha of 'fine' must be a real number"):
            two_sets()(X, alpha=alpha)


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ({"a": Times(1.0), "coarse": {"b": Times(1.0)}}, "one of the two for all; got a Times for 'a'"),
        ({"coarse": {"b": Times(1.0)}, "a": Times(1.0)}, "one of the two for all; got a Times for 'a'"),
        ({"a": 5.0}, "one of the two for all; got a float for 'a'"),
        ({"coarse": {"a": Times(1.0)}, "fine": {}}, "the set 'fine' needs at least one tuning-block"),
        ({"co/arse": {"a": Times(1.0)}}, r'named without "/" and "\.", .* got \'co/arse\''),
        ({"co.arse": {"a": Times(1.0)}}, r'named without "/" and "\.", .* got \'co\.arse\''),
        ({"": {"a": Times(1.0)}}, r'named without "/" and "\.", .* got \'\''),
        ({"coarse": {"c": Times(1.0)}}, r"no child 'c'; its children are a, b"),
    ],
)
def test_sets_that_are_none_are_refused(blocks: dict, complaint: str) -> None:
    with pytest.raises(DynnetError, match=complaint):
        DynamicNet(Twice(), blocks)


@pytest.mark.parametrize("name", [None, "coarse"])
def test_two_children_whose_blocks_would_be_stored_as_one_are_refused(name: str | None) -> None:
    main = nn.ModuleDict({"a": Twice(), "a__b": Times(1.0)})
    blocks = {"a.b": Times(5.0), "a__b": Times(7.0)}
    with pytest.raises(DynnetError, match=r"'(coarse/)?a__b' would be stored as '(coarse/)?a__b', as another block is"):
        DynamicNet(main, {name: blocks} if name else blocks)


def test_underscores_in_names_keep_blocks_apart() -> None:
    main = nn.ModuleDict({"c": Times(1.0), "b__c": Times(1.0)})
    net = DynamicNet(main, {"a__b": {"c": Times(5.0)}, "a": {"b__c": Times(7.0)}})
    assert [net.block(name).factor for name in net.names] == [5.0, 7.0]


@settings(max_examples=40, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_two_sided_drives_one_set_for_each_sign(alpha: float) -> None:
    driven = two_sided(alpha, "coarse", "fine")
    assert driven == ({"coarse": alpha} if alpha >= 0 else {"fine": -alpha})
    assert all(math.copysign(1, value) == 1 for value in driven.values())
    values = two_sets().alphas(driven)
    assert values["coarse/a"] - values["fine/a"] == alpha and values["coarse/a"] * values["fine/a"] == 0


def test_two_sided_is_never_minus_zero() -> None:
    assert math.copysign(1, two_sided(-0.0, "coarse", "fine")["coarse"]) == 1


def test_two_sided_hides_no_nan() -> None:
    with pytest.raises(DynnetError, match="must be a real number"):
        two_sets()(X, alpha=two_sided(math.nan, "coarse", "fine"))


@torch.no_grad()
def test_joined_nets_bring_their_blocks_as_sets() -> None:
    main = Twice()
    one, other = DynamicNet(main, {"a": Times(5.0)}), DynamicNet(main, {"a": Times(7.0), "b": Times(11.0)})
    both, x = join({"one": one, "other": other}), torch.tensor([1.0])
    assert both.main is main and both.names == ("one/a", "other/a", "other/b")
    assert both.block("other/b") is other.block("b")
    assert torch.equal(both(x, alpha={"one": 0.5}), one(x, alpha=0.5)) and torch.equal(
        both(x, alpha={"other": 2.0}), other(x, alpha=2.0)
    )


def test_what_cannot_be_joined() -> None:
    main = Twice()
    one = DynamicNet(main, {"a": Times(5.0)})
    with pytest.raises(DynnetError, match="at least one"):
        join({})
    with pytest.raises(DynnetError, match="one, stranger are on different main networks"):
        join({"one": one, "stranger": DynamicNet(Twice(), {"a": Times(5.0)})})
    with pytest.raises(DynnetError, match="'both' has named sets of blocks"):
        join({"both": join({"one": one})})
