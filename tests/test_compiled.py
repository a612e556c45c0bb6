"""Compilers, exporters and transforms: alpha is what the call says, whatever stands between."""

import copy
import shutil
import threading
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint

from dynnet.attachable import attachable
from dynnet.blocks import TokenTuningBlock, TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.tiny import awake

# Older compilers read no ContextVar: they split the network there, and strict export, which may not split, refuses it.
ONE_GRAPH = pytest.mark.skipif(
    tuple(map(int, torch.__version__.split(".")[:2])) < (2, 14), reason="torch before 2.14 compiles in several graphs"
)
BACKENDS = ["eager"] + (["inductor"] if shutil.which("g++") else [])
ALPHAS = [0.3, 0.0, -1.0, {"b": 0.5}, torch.tensor([0.1, 2.0])]


class Main(nn.Module):
    def __init__(self, broken: bool = False) -> None:
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Linear(4, 3)
        self.broken = broken

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        if self.broken:
            torch._dynamo.graph_break()
        return self.b(x.relu())


def blocks() -> dict[str, nn.Module]:
    return {"a": TokenTuningBlock(3, layout="BC"), "b": TokenTuningBlock(4, layout="BC")}


def picture() -> Tensor:
    return torch.rand(2, 3, generator=torch.Generator().manual_seed(0))


def expected(net: DynamicNet, alpha: object, x: Tensor) -> Tensor:
    """By hand, past all hooks."""
    values = net.alphas(alpha)
    for name, child in (("a", net.main.a), ("b", net.main.b)):
        value = values[name].view(-1, 1) if isinstance(values[name], Tensor) else values[name]
        x = child.forward(x + value * net.block(name)(x))
        x = x.relu() if name == "a" else x
    return x


def whole(backend: str, **options: bool) -> tuple[Callable, DynamicNet]:
    net = awake(DynamicNet(Main(**options), blocks()), 0.3)
    return torch.compile(net, backend=backend), net


def after(backend: str, **options: bool) -> tuple[Callable, DynamicNet]:
    net = awake(DynamicNet(Main(**options), blocks()), 0.3)
    net.main.compile(backend=backend)
    return net, net


def ready(**options: bool) -> nn.Module:
    """A main network that attaching does not change in anything that dynamo guards."""
    return Main(**options).eval().requires_grad_(False)


def before(backend: str, **options: bool) -> tuple[Callable, DynamicNet]:
    main = ready(**options)
    main.compile(backend=backend)
    with torch.no_grad():
        main(picture())
    net = awake(DynamicNet(main, blocks()), 0.3)
    return net, net


def wrapped_before(backend: str, **options: bool) -> tuple[Callable, DynamicNet]:
    main = ready(**options)
    compiled = torch.compile(main, backend=backend)
    with torch.no_grad():
        compiled(picture())
    net = awake(DynamicNet(compiled, blocks()), 0.3)
    return net, net


def function_before(backend: str, **options: bool) -> tuple[Callable, DynamicNet]:
    main = ready(**options)
    function = torch.compile(lambda x: main(x), backend=backend)
    with torch.no_grad():
        function(picture())
    net = awake(DynamicNet(main, blocks()), 0.3)

    def within(x: Tensor, alpha: object) -> Tensor:
        with net.at(alpha):
            return function(x)

    return within, net


WAYS = [whole, after, before, wrapped_before, function_before]


@pytest.fixture(autouse=True)
def afresh() -> None:
    torch.compiler.reset()


@pytest.mark.parametrize("way", [whole, wrapped_before])
def test_a_compiled_network_follows_alpha(way: Callable) -> None:
    follows(*way("eager"))


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_compiled_network_follows_alpha_whatever_compiles_it(way: Callable, broken: bool, backend: str) -> None:
    follows(*way(backend, broken=broken))


@torch.no_grad()
def follows(call: Callable, net: DynamicNet) -> None:
    for alpha in ALPHAS:
        torch.testing.assert_close(call(picture(), alpha=alpha), expected(net, alpha, picture()))


@pytest.mark.parametrize("way", [whole, pytest.param(before, marks=pytest.mark.slow)])
def test_threads_on_a_compiled_network(way: Callable) -> None:
    call, net = way("eager")
    wrong: list[float] = []

    @torch.no_grad()
    def work(alpha: float) -> None:
        for _ in range(10):
            if not torch.allclose(call(picture(), alpha=alpha), expected(net, alpha, picture()), atol=1e-5):
                wrong.append(alpha)

    threads = [threading.Thread(target=work, args=(0.2 * i - 0.5,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@ONE_GRAPH
@pytest.mark.parametrize("way", [whole, pytest.param(after, marks=pytest.mark.slow)])
def test_it_compiles_as_one_graph_however_often_alpha_changes(way: Callable) -> None:
    graphs: list[torch.fx.GraphModule] = []

    def count(graph: torch.fx.GraphModule, inputs: list[Tensor]) -> Callable:
        graphs.append(graph)
        return graph.forward

    net = awake(DynamicNet(Main(), blocks()), 0.3)
    call = torch.compile(net, backend=count, fullgraph=True) if way is whole else net
    if way is after:
        net.main.compile(backend=count, fullgraph=True)
    for index in range(1, 9):
        call(picture(), alpha=index / 10)
        call(picture(), alpha=torch.tensor(index / 10))
    assert len(graphs) <= 4  # a number, any number, a tensor, and one to spare


@ONE_GRAPH
def test_at_compiles_once_however_often_the_network_runs() -> None:
    graphs: list[torch.fx.GraphModule] = []
    net = awake(DynamicNet(Main(), blocks()), 0.3)
    net.main.compile(backend=lambda graph, _: graphs.append(graph) or graph.forward, fullgraph=True)
    with net.at(0.5) as ran:
        for _ in range(20):
            net.main(picture())
    assert set(ran) == {"a", "b"} and len(graphs) <= 2


def test_gradients_through_a_compiled_network() -> None:
    call, net = whole("aot_eager")
    net(picture(), alpha=0.5).square().sum().backward()
    wanted = [p.grad.clone() for p in net.blocks.parameters()]
    net.zero_grad()
    call(picture(), alpha=0.5).square().sum().backward()
    for parameter, gradient in zip(net.blocks.parameters(), wanted, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


@pytest.mark.parametrize("part", ["whole", pytest.param("main", marks=pytest.mark.slow)])
def test_a_compiled_checkpoint(part: str) -> None:
    class Checkpointed(Main):
        def forward(self, x: Tensor) -> Tensor:
            return checkpoint(lambda z: self.b(z.relu()), self.a(x), use_reentrant=False)

    net = awake(DynamicNet(Checkpointed(), blocks()), 0.3)
    net(picture(), alpha=0.5).square().sum().backward()
    wanted = [p.grad.clone() for p in net.blocks.parameters()]
    net.zero_grad()
    call = torch.compile(net, backend="aot_eager") if part == "whole" else net
    if part == "main":
        net.main.compile(backend="aot_eager")
    call(picture(), alpha=0.5).square().sum().backward()
    for parameter, gradient in zip(net.blocks.parameters(), wanted, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


@pytest.mark.parametrize("way", [torch.compile, lambda main, **options: main.compile(**options) or main])
def test_a_compiled_network_is_looked_at_without_its_compiler(way: Callable) -> None:
    main = way(Main(), backend="eager")
    main(picture())
    assert [(child.path, child.calls) for child in attachable(main, picture())] == [("a", 1), ("b", 1)]


@pytest.mark.parametrize("main", [torch.jit.trace, torch.jit.script])
@pytest.mark.filterwarnings("ignore")
def test_what_torch_jit_runs_is_refused(main: Callable) -> None:
    compiled = (
        torch.jit.trace(Main(), picture())
        if main is torch.jit.trace
        else torch.jit.script(nn.ModuleDict({"b": Main().b}))
    )
    with pytest.raises(DynnetError, match=r"'b' is inside a network that torch\.jit traced or scripted"):
        DynamicNet(compiled, {"b": TokenTuningBlock(4)})


@pytest.mark.filterwarnings("ignore")
def test_a_child_that_torch_jit_runs_carries_a_block() -> None:
    main = nn.Sequential(nn.Linear(3, 4), torch.jit.trace(nn.Linear(4, 3), torch.rand(1, 4)))
    net = awake(DynamicNet(main, {"1": TokenTuningBlock(4, layout="BC")}))
    z = main[0](picture())
    torch.testing.assert_close(net(picture(), alpha=0.5), main[1](z + 0.5 * net.block("1")(z)))


def test_what_torch_export_made_is_refused() -> None:
    exported = torch.export.export(Main(), (picture(),)).module()
    with pytest.raises(DynnetError, match="cannot be put in eval mode"):
        DynamicNet(exported, {"b": TokenTuningBlock(4)})


def test_what_fx_traced_carries_blocks() -> None:
    net = awake(DynamicNet(torch.fx.symbolic_trace(Main()), blocks()), 0.3)
    torch.testing.assert_close(net(picture(), alpha=0.5), expected(net, 0.5, picture()))


@pytest.mark.filterwarnings("ignore")
def test_dynamic_quantisation_keeps_the_blocks() -> None:
    net = awake(DynamicNet(Main(), blocks()), 0.3)
    small = torch.ao.quantization.quantize_dynamic(copy.deepcopy(net), {nn.Linear}, dtype=torch.qint8)
    for alpha in (0.0, 0.5, -1.0):
        torch.testing.assert_close(small(picture(), alpha=alpha), net(picture(), alpha=alpha), rtol=0.05, atol=0.02)


@torch.no_grad()
def test_a_transformer_layer_off_its_fused_path_is_the_same_to_rounding() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    x = torch.rand(2, 5, 8)
    fused = layer(x)
    net = DynamicNet(layer, {"linear1": TokenTuningBlock(8)})
    assert torch.equal(net(x, alpha=0.0), layer(x)) and torch.equal(net(x, alpha=1.0), layer(x))
    torch.testing.assert_close(layer(x), fused)
    net.detach()
    assert torch.equal(layer(x), fused)


@pytest.mark.filterwarnings("ignore")
def test_a_dynamic_net_is_traced_with_alpha_an_input() -> None:
    net = awake(DynamicNet(Main(), blocks()), 0.3)

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x: Tensor, alpha: Tensor) -> Tensor:
            return self.net(x, alpha=alpha)

    traced = torch.jit.trace(Two(), (picture(), torch.tensor(0.2)))
    for alpha in (torch.tensor(0.9), torch.tensor(-3.0)):
        torch.testing.assert_close(traced(picture(), alpha), expected(net, alpha, picture()))


@pytest.mark.parametrize("strict", [pytest.param(True, marks=ONE_GRAPH), False])
@pytest.mark.parametrize("alpha", [torch.tensor(0.2), torch.tensor([0.2, 0.3])])
def test_alpha_is_an_input_of_an_exported_network(alpha: Tensor, strict: bool) -> None:
    net = awake(DynamicNet(Main(), blocks()), 0.3)
    exported = torch.export.export(net, (picture(),), {"alpha": alpha}, strict=strict).module()
    for other in (alpha, -3 * alpha):
        torch.testing.assert_close(exported(picture(), alpha=other), expected(net, other, picture()))


@pytest.mark.parametrize("strict", [pytest.param(True, marks=[pytest.mark.slow, ONE_GRAPH]), False])
def test_a_convolutional_network_is_exported_with_free_sides(strict: bool) -> None:
    main = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 3, 3, padding=1))
    net, side = awake(DynamicNet(main, {"1": TuningBlock(4)})), torch.export.Dim("side", min=4, max=4096)
    free = {"args": ({2: side},), "alpha": None}
    x, alpha = torch.rand(1, 3, 8, 8), torch.tensor(0.4)
    exported = torch.export.export(net, (x,), {"alpha": alpha}, dynamic_shapes=free, strict=strict).module()
    y = torch.rand(1, 3, 17, 8)
    torch.testing.assert_close(exported(y, alpha=-alpha), net(y, alpha=-0.4))


def test_alpha_under_vmap() -> None:
    net, alphas = awake(DynamicNet(Main(), blocks()), 0.3), torch.tensor([0.0, 0.5, -2.0])
    x = picture()
    found = torch.vmap(lambda alpha: net(x, alpha=alpha))(alphas)
    for y, alpha in zip(found, alphas, strict=True):
        torch.testing.assert_close(y, expected(net, alpha, picture()))


def test_the_derivative_for_alpha() -> None:
    net = awake(DynamicNet(Main(), blocks()), 0.3).double()
    x = picture().double()
    slope = torch.func.jacfwd(lambda alpha: net(x, alpha=alpha).sum())(torch.tensor(0.5, dtype=torch.float64))
    step = 1e-6
    wanted = (net(x, alpha=0.5 + step).sum() - net(x, alpha=0.5 - step).sum()) / (2 * step)
    torch.testing.assert_close(slope, wanted, rtol=1e-5, atol=1e-6)


def test_the_meta_device() -> None:
    net = DynamicNet(Main(), blocks()).to("meta")
    for alpha in (0.5, torch.tensor(0.5, device="meta"), torch.ones(2, device="meta")):
        assert net(picture().to("meta"), alpha=alpha).shape == (2, 3)


def test_fake_tensors() -> None:
    with FakeTensorMode():
        net = DynamicNet(Main(), blocks())
        assert net(torch.rand(2, 3), alpha=torch.tensor(0.5)).shape == (2, 3)


def test_a_graph_of_the_concrete_input() -> None:
    net = awake(DynamicNet(Main(), blocks()), 0.3)
    graph = make_fx(lambda x, alpha: net(x, alpha=alpha), tracing_mode="fake", _allow_non_fake_inputs=True)(
        picture(), torch.tensor(0.2)
    )
    torch.testing.assert_close(graph(picture(), torch.tensor(-2.0)), expected(net, torch.tensor(-2.0), picture()))


def test_other_weights_by_functional_call() -> None:
    net = awake(DynamicNet(Main(), blocks()), 0.3)
    other = awake(DynamicNet(Main(), blocks()), 0.3)
    found = torch.func.functional_call(net, dict(other.named_parameters()), (picture(),), {"alpha": 0.5})
    torch.testing.assert_close(found, expected(other, 0.5, picture()))


def test_a_network_compiled_in_train_mode_is_put_in_eval_mode() -> None:
    main = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    net = awake(DynamicNet(main, {"2": TokenTuningBlock(4, layout="BC")}))
    call, wanted = torch.compile(net, backend="eager"), net(picture(), alpha=0.5)
    main.train()
    torch.testing.assert_close(call(picture(), alpha=0.5), wanted)


def test_attaching_says_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DynamicNet(Main(), blocks())(picture(), alpha=0.5)
