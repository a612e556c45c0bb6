"""Speed and memory as ratios measured in one run, so that they mean something on any machine (`make bench`)."""

import copy
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count, product
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import CACHE_BYTES, IncrementalForward
from dynnet.onnx import OnnxRenderer, export
from dynnet.paper import bench_rendering
from dynnet.paper.busy import paces
from dynnet.paper.completion.held_out import astronaut
from dynnet.paper.completion.holes import centre_hole, with_hole
from dynnet.paper.data.pictures import centre_square, jpeg_bytes, to_picture, to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.run import load
from dynnet.paper.show.plots import sheet
from dynnet.paper.style.losses.objective import objective
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg_teachers import vgg16
from dynnet.paper.style.network import MULTIPLE
from dynnet.paper.style.trained import Trained
from dynnet.recording import Recording

SIDE = 256
REPEATS = 25
FIRST_PICTURE = """
import time
started = time.perf_counter()
from dynnet import paper
from dynnet.paper.data.pictures import centre_square
from dynnet.paper.data.pictures import to_picture
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.memory import peak_megabytes
net = paper.load("fig3").dynamic["blocks"]
to_picture(net(to_tensor(centre_square(sample_picture("chelsea"), 256)), alpha=0.5).detach())
print(time.perf_counter() - started, peak_megabytes())
"""


def bench(repeats: int = REPEATS) -> pd.DataFrame:
    """The whole table: `what`, `value`, `unit`, what it is `compared with`, and `ratio`, the value over the other's.

    Args:
        repeats: timings of each action; the median counts.

    Raises:
        DynnetError: `repeats` is below 1, or a shipped checkpoint is missing or altered.
    """
    if repeats < 1:
        raise DynnetError(f"expected 1 or more timings of each action, got {repeats}; ask for more")
    trained = load("fig3")
    net = trained.dynamic["blocks"]
    x = to_tensor(centre_square(sample_picture("chelsea"), SIDE))
    rows = [
        *_rendering(net, x, repeats),
        *_exported(net, x, repeats),
        *_grid(net, x, repeats),
        *_training(trained, repeats),
        *_arithmetic(net, x, repeats),
        *_sliders(repeats),
        *bench_rendering.rows(seconds, repeats),
        *_first_picture(),
        *_beside_a_busy_process(),
    ]
    return pd.DataFrame(rows, columns=["what", "value", "unit", "compared with", "ratio"])


def seconds(*actions: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Median seconds of each action. They take turns, so that a busy moment of the machine hits all alike."""
    for action in actions:
        action()
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(repeats):
        for action, times in zip(actions, taken, strict=True):
            started = time.perf_counter()
            action()
            times.append(time.perf_counter() - started)
    return [median(times) for times in taken]


@torch.no_grad()
def _rendering(net: DynamicNet, x: Tensor, repeats: int) -> list[tuple]:
    first, middle, last = net.names
    fresh = (step / 1000 for step in count(1))  # an alpha that was not there before
    renders = [IncrementalForward(net, x) for _ in range(3)]
    base, bare = {first: 0.5, middle: 0.5, last: 0.5}, copy.deepcopy(net).detach().eval()
    recorded = Recording(net, (x,), {}, net.alphas(0.5), CACHE_BYTES)
    unused, at_zero = seconds(lambda: bare(x), lambda: net(x, alpha=0.0), repeats=4 * repeats)  # a difference below 1 %
    main, plain, shared, only_middle, only_last = seconds(
        lambda: net.main(x),
        lambda: net(x, alpha=0.5),
        lambda: renders[0](next(fresh)),
        lambda: renders[1](base | {middle: next(fresh)}),
        lambda: renders[2](base | {last: next(fresh)}),
        repeats=repeats,
    )
    (looking,) = seconds(recorded.holds, repeats=4 * repeats)
    return [
        (f"main network, {SIDE} px", main * 1e3, "ms", "", None),
        ("pass at α = 0", at_zero * 1e3, "ms", "main network without blocks", at_zero / unused),
        ("plain pass at an α", plain * 1e3, "ms", "main network", plain / main),
        ("re-render, shared α changed", shared * 1e3, "ms", "plain pass", shared / plain),
        (f"re-render, α of {middle} changed", only_middle * 1e3, "ms", "plain pass", only_middle / plain),
        (f"re-render, α of {last} changed", only_last * 1e3, "ms", "plain pass", only_last / plain),
        ("seeing that no weight has changed", looking * 1e3, "ms", "re-render, shared α changed", looking / shared),
    ]


def _exported(net: DynamicNet, x: Tensor, repeats: int) -> list[tuple]:
    """On onnxruntime, with as many threads as torch, beside torch's plain passes: the official code keeps gradients."""
    last, threads = net.names[-1], torch.get_num_threads()
    fresh = (step / 1000 for step in count(1))
    base = dict.fromkeys(net.names, 0.5)
    with TemporaryDirectory() as folder:
        export(net, x[..., :64, :64], folder, multiple=MULTIPLE)
        whole, *renders = (OnnxRenderer(folder, threads, whole=way) for way in (True, False, False))
    for render in (whole, *renders):
        render.set_input(x)
    with_gradients, plain, at_once, shared, only_last = seconds(
        lambda: net(x, alpha=0.5),
        lambda: _without_gradients(net, x),
        lambda: whole(next(fresh)),
        lambda: renders[0](next(fresh)),
        lambda: renders[1](base | {last: next(fresh)}),
        repeats=repeats,
    )
    return [
        ("plain pass with gradients kept", with_gradients * 1e3, "ms", "plain pass", with_gradients / plain),
        ("onnxruntime, whole network", at_once * 1e3, "ms", "plain pass", at_once / plain),
        ("onnxruntime in stages, shared α changed", shared * 1e3, "ms", "plain pass", shared / plain),
        (f"onnxruntime in stages, α of {last} changed", only_last * 1e3, "ms", "plain pass", only_last / plain),
    ]


@torch.no_grad()
def _without_gradients(net: DynamicNet, x: Tensor) -> Tensor:
    return net(x, alpha=0.5)


@torch.no_grad()
def _grid(net: DynamicNet, x: Tensor, repeats: int) -> list[tuple]:
    """All 1000 incremental renders; of the plain passes a sample before and after, times 1000."""
    render, values = IncrementalForward(net, x), [i / 9 for i in range(10)]
    (before,) = seconds(lambda: net(x, alpha=0.5), repeats=repeats)
    started = time.perf_counter()
    for alphas in product(values, repeat=len(net.names)):
        render(dict(zip(net.names, alphas, strict=True)))
    grid = time.perf_counter() - started
    (after,) = seconds(lambda: net(x, alpha=0.5), repeats=repeats)
    plain = 1000 * (before + after) / 2
    return [("grid of 1000, incremental", grid, "s", "1000 plain passes", grid / plain)]


def _training(trained: Trained, repeats: int) -> list[tuple]:
    recipe = trained.recipe
    spec = recipe.profile.photos
    x = torch.rand(spec.batch, 3, spec.crop, spec.crop)
    net = trained.dynamic["blocks"].train()
    main = trained.networks["fixed_1e6"].requires_grad_(True)
    lite = objective(trained.terms, recipe, 1e6)
    through_16 = objective(PerceptualTerms.of_style(vgg16("random"), x[:1]), recipe, 1e6)

    def step(module: nn.Module, loss: nn.Module) -> Callable[[], None]:
        optimiser = torch.optim.Adam([p for p in module.parameters() if p.requires_grad], lr=0.0)

        def run() -> None:
            optimiser.zero_grad()
            loss(module(x), x)["total"].backward()
            optimiser.step()

        return run

    one, two, large = seconds(step(main, lite), step(net, lite), step(main, through_16), repeats=max(3, repeats // 5))
    net.eval()
    where = f"{spec.batch} crops of {spec.crop} px"
    return [
        (f"training step, phase 1, {where}", one * 1e3, "ms", "", None),
        (f"training step, phase 2, {where}", two * 1e3, "ms", "phase 1", two / one),
        ("the same step of phase 1 through VGG16", large * 1e3, "ms", "through vgg19_lite", large / one),
    ]


@torch.no_grad()
def _arithmetic(net: DynamicNet, x: Tensor, repeats: int) -> list[tuple]:
    a = torch.rand(2048, 2048)
    with FlopCounterMode(display=False) as counter:
        net(x, alpha=0.5)
    plain, square = seconds(lambda: net(x, alpha=0.5), lambda: a @ a, repeats=repeats)
    giga, giga_square = counter.get_total_flops() / 2e9 / plain, 2048**3 / 1e9 / square
    return [
        ("multiply-adds of a plain pass", counter.get_total_flops() / 2e9, "10⁹", "", None),
        ("rate of a plain pass", giga, "10⁹/s", f"2048² matrix product at {giga_square:.0f}", giga / giga_square),
    ]


@torch.no_grad()
def _sliders(repeats: int) -> list[tuple]:
    """One step of a slider of Figures 6 and 7, as their widgets take it: re-render, encode as JPEG."""
    faces, completion = load("fig6"), load("fig7")
    size = completion.recipe.profile.measured_size
    inputs = {
        "16 faces": (faces.dynamic["blond"], torch.randn(16, faces.recipe.profile.latent)),
        f"completion, {size} px": (completion.dynamic["blocks"], with_hole(astronaut(size), centre_hole(size))),
    }
    fresh = (step / 1000 for step in count(1))

    def step(net: DynamicNet, x: Tensor) -> Callable[[], object]:
        render = IncrementalForward(net, x)
        return lambda: jpeg_bytes(to_picture(sheet(render(next(fresh)), columns=4)))

    taken = seconds(*(step(net, x) for net, x in inputs.values()), repeats=repeats)
    return [(f"slider step, {what}", t * 1e3, "ms", "", None) for what, t in zip(inputs, taken, strict=True)]


def _first_picture() -> list[tuple]:
    """In a process of its own: import, load, render."""
    answer = subprocess.run([sys.executable, "-c", FIRST_PICTURE], capture_output=True, text=True, check=True)
    took, peak = answer.stdout.split()[-2:]
    return [
        ("`import dynnet` to the first styled picture", float(took), "s", "", None),
        ("peak memory of that", float(peak), "MB", "", None),
    ]


def _beside_a_busy_process() -> list[tuple]:
    """With the threads that the library chooses; where cores - 1 of them are left, the fair share is cores times."""
    ((alone, beside),) = paces([{}], (0, 1))
    return [
        ("training step, phase 2, beside a busy process", beside.step, "ms", "alone", beside.step / alone.step),
        ("re-render beside a busy process", beside.render, "ms", "alone", beside.render / alone.render),
    ]
