"""The two phases: phase 1 trains all weights, phase 2 the blocks and nothing else; what they may be given."""

import copy
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from dynnet.along import Along
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join
from dynnet.launching import Run
from dynnet.objectives import Objective
from dynnet.schedule import Schedule
from dynnet.training import train_blocks, train_main
from tests.brightness import Brightness, distance, towards
from tests.kills import DeadlyNoise, Killed
from tests.tiny import BatchNormNet, Noise

SCHEDULE = Schedule(100, 0.02)


def pointwise() -> nn.Sequential:
    """Without padding, whose zeros set a bound to how near a block comes to one brightness."""
    norm, last = nn.BatchNorm2d(4), nn.Conv2d(4, 3, 1)
    return nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 4, 1), norm=norm, conv2=last)).eval()


def dynamic() -> DynamicNet:
    torch.manual_seed(3)
    return DynamicNet(pointwise(), {"norm": TuningBlock(4), "conv2": TuningBlock(4)})


def test_phase_1_trains_the_main_network_and_leaves_it_in_eval_mode() -> None:
    main, x = BatchNormNet().eval(), Noise().batch_at(1000)
    start = distance(main(x), 0.3)
    statistics = main.norm.running_mean.clone()
    report = train_main(main, towards(0.3), Noise(), SCHEDULE)
    assert not main.training and report.steps == SCHEDULE.steps
    assert distance(main(x), 0.3) < start / 4
    assert not torch.equal(main.norm.running_mean, statistics)
    assert report.history[-1]["distance"] < report.history[0]["distance"]


def test_phase_2_trains_the_blocks_at_alpha_1_and_leaves_the_main_network() -> None:
    net, x = dynamic(), Noise().batch_at(1000)
    before, y0 = copy.deepcopy(net.main.state_dict()), net.main(x)
    train_blocks(net, towards(0.5), Noise(), SCHEDULE)
    assert not any(m.training for m in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.main.state_dict().items())
    assert torch.equal(net(x, alpha=0.0), y0)
    assert distance(net(x, alpha=1.0), 0.5) < distance(y0, 0.5) / 2


def test_batches_are_asked_for_step_by_step() -> None:
    class Watched(Noise):
        steps: tuple[int, ...] = ()

        def batch_at(self, step: int) -> Tensor:
            self.steps += (step,)
            return super().batch_at(step)

    batches = Watched()
    train_main(BatchNormNet(), towards(0.0), batches, Schedule(9, 0.01))
    assert batches.steps == tuple(range(9))


class Given(NamedTuple):
    """The same batch at every step."""

    batch: Any

    def batch_at(self, step: int) -> Any:
        return self.batch


class Distance(nn.Module):
    def forward(self, y: Tensor, target: Tensor) -> dict[str, Tensor]:
        return {"distance": (y - target).square().mean(1)}


class Sum(nn.Module):
    """w (a + b): takes what the forms of a batch give it."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Linear(1, 1, bias=False)

    def forward(self, a: Tensor, b: Tensor | None = None) -> Tensor:
        return self.w(a if b is None else a + b)


A, B, DOUBLE = torch.ones(2, 1), torch.full((2, 1), 3.0), torch.full((2, 1), 8.0)


@pytest.mark.parametrize(
    ("batch", "learnt"),
    [
        (A, 1.0),  # w a = a
        ((A, DOUBLE), 8.0),
        ([A, DOUBLE], 8.0),  # as a DataLoader gives them
        (((A, B), DOUBLE), 2.0),
        (({"a": A, "b": B}, DOUBLE), 2.0),
        (({"b": B, "a": A}, {"y": DOUBLE}), 2.0),  # a target of whatever kind reaches the objective as it is
    ],
)
def test_a_batch_is_x_or_x_and_target(batch: Any, learnt: float) -> None:
    class Wanted(Distance):
        def forward(self, y: Tensor, target: Any) -> dict[str, Tensor]:
            return super().forward(y, target["y"] if isinstance(target, dict) else target)

    network = Sum()
    train_main(network, Objective(Wanted(), {"distance": 1.0}), Given(batch), Schedule(300, 0.3))
    assert network.w.weight.item() == pytest.approx(learnt, abs=0.05)


def test_an_output_of_several_parts_goes_through_the_objective() -> None:
    class Parts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = pointwise()

        def forward(self, x: Tensor) -> dict[str, Any]:
            y = self.net(x)
            return {"picture": y, "aside": (y.mean(), "a word")}

    class OfPicture(Brightness):
        def forward(self, y: dict[str, Any], target: Tensor) -> dict[str, Tensor]:
            return super().forward(y["picture"], target)

    net = DynamicNet(Parts(), {"net.conv2": TuningBlock(4)})
    report = train_blocks(net, Objective(OfPicture(0.5), {"distance": 1.0}), Noise(), SCHEDULE)
    assert report.history[-1]["distance"] < report.history[0]["distance"] / 2


@pytest.mark.parametrize("batch", [(A, B, DOUBLE), [], "photo.jpg", (None, A)])
def test_what_is_no_batch_is_refused(batch: Any) -> None:
    with pytest.raises(DynnetError, match="a batch"):
        train_main(Sum(), Objective(Distance(), {"distance": 1.0}), Given(batch), SCHEDULE)


def distances(net: DynamicNet, wanted: dict[float, float]) -> float:
    """The mean over the walk of how far a picture is from the brightness that its alpha stands for."""
    x = Noise(4).batch_at(1000)
    with torch.no_grad():
        return sum(distance(net(x, alpha=alpha), value) for alpha, value in wanted.items()) / len(wanted)


class TwoSided(nn.Module):
    """Towards dark and towards bright, to be weighed against each other."""

    def forward(self, y: Tensor, x: Tensor) -> dict[str, Tensor]:
        return {"dark": y.square().mean((1, 2, 3)), "bright": (y - 1).square().mean((1, 2, 3))}


def test_blocks_trained_along_the_walk_are_at_every_alpha_where_its_objective_is_least() -> None:
    """dark + w bright is least at the brightness w / (1 + w); with w = 0.1^(1 - a) 10^a it bends, as alpha does not."""
    terms, net = TwoSided(), dynamic()
    first, second = (Objective(terms, {"dark": 1.0, "bright": w}) for w in (0.1, 10.0))
    wanted = {alpha: (w := 0.1 ** (1 - alpha) * 10**alpha) / (1 + w) for alpha in (0.25, 0.5, 0.75, 1.0)}
    before = distances(net, wanted)
    train_blocks(net, second, Noise(4), Schedule(300, 0.02), along=Along(first))
    assert distances(net, wanted) < before / 2


def test_training_along_the_walk_goes_on_after_a_kill_with_the_same_bits(tmp_path: Path) -> None:
    terms, schedule = TwoSided(), Schedule(30, 0.02)
    first, second = (Objective(terms, {"dark": 1.0, "bright": w}) for w in (0.1, 10.0))

    def trained(batches: Noise, state: str, seed: int = 0) -> list[Tensor]:
        net = dynamic()
        run = Run(state=tmp_path / state, save_every=25)
        train_blocks(net, second, batches, schedule, run, Along(first, seed))
        return list(net.blocks.state_dict().values())

    through = trained(Noise(), "through")
    with pytest.raises(Killed):
        trained(DeadlyNoise(28), "killed")
    torch.manual_seed(99)
    assert all(torch.equal(x, y) for x, y in zip(trained(Noise(), "killed"), through, strict=True))
    assert not all(torch.equal(x, y) for x, y in zip(trained(Noise(), "other", 1), through, strict=True))


def test_alpha_reaches_the_pictures_one_by_one() -> None:
    seen: list[Tensor] = []
    net, terms = dynamic(), TwoSided()
    net.register_forward_pre_hook(lambda _, args, kwargs: seen.append(kwargs["alpha"]), with_kwargs=True)
    first, second = (Objective(terms, {"dark": 1.0, "bright": w}) for w in (0.1, 10.0))
    train_blocks(net, second, Noise(3), Schedule(9, 0.01), along=Along(first, seed=5))
    assert all(torch.equal(alpha, Along(first, seed=5).alphas(step, 3)) for step, alpha in enumerate(seen))
    assert len(seen) == 9


def test_float32_blocks_train_on_a_main_network_in_half_the_precision() -> None:
    torch.manual_seed(3)
    main = pointwise().bfloat16()
    net = DynamicNet(main, {"conv2": TuningBlock(4)})
    before = copy.deepcopy(main.state_dict())

    class Halved(Noise):
        def batch_at(self, step: int) -> Tensor:
            return super().batch_at(step).bfloat16()

    report = train_blocks(net, towards(0.5), Halved(), SCHEDULE)
    assert report.history[-1]["distance"] < report.history[0]["distance"] / 2
    assert all(parameter.dtype == torch.float32 for parameter in net.blocks.parameters())
    assert all(torch.equal(value, before[name]) for name, value in main.state_dict().items())


def test_sets_trained_together_are_at_every_point_where_its_objective_is_least() -> None:
    """A set towards dark, one towards bright: dark^-a bright^b weigh as 10^(b - a), and add up where both are on."""
    terms, main = TwoSided(), pointwise()
    net = join({name: DynamicNet(main, {"conv2": TuningBlock(4)}) for name in ("dark", "bright")})
    first, second = (Objective(terms, {"dark": w, "bright": w}) for w in (1.0, 10.0))

    def apart() -> float:
        x, points = Noise(4).batch_at(1000), [(0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]
        wanted = [10**bright / (10**dark + 10**bright) for dark, bright in points]
        with torch.no_grad():
            found = [net(x, alpha={"dark": dark, "bright": bright}) for dark, bright in points]
        return sum(distance(y, value) for y, value in zip(found, wanted, strict=True)) / len(points)

    before = apart()
    train_blocks(net, second, Noise(4), Schedule(300, 0.02), along=Along(first, sets=("dark", "bright")))
    assert apart() < before / 4
