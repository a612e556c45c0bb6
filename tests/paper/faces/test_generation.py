"""Adversarial training: both phases learn what they should and nothing else, and go on after a kill with the same bits.

Widths of 2 and batches of 4: the whole machinery at 64 pixels in seconds.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from dynnet.adversarial.augmentation import augment
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.launching import OneProcess, Run
from dynnet.paper.faces import generation
from dynnet.paper.faces.generation import train_generator, train_generator_blocks
from dynnet.paper.faces.network import Discriminator, Generator
from dynnet.states import FitReport
from tests.kills import Killed

SETTINGS = AdversarialSettings(29, 2e-3, one_cycle=True, augmentations=("colour", "translation", "cutout"))
SHORT = replace(SETTINGS, steps=8)
# flat pictures leave a layer norm little to divide by, so that R1 is large; and colours are what is to be seen
LEARNING = AdversarialSettings(60, 0.02, r1_weight=0)
SAVE_EVERY = 25  # a run of 29 is saved once on the way, and R1 is taken once after that

Batch = Callable[[int], Tensor]


class Faces:
    """Pictures of one colour each, near `colour`; a function of the step alone, but for what happens `at` a step."""

    def __init__(self, colour: tuple[float, ...] = (0.9, 0.3, 0.1), at: int = -1, happens: Batch | None = None):
        self.colour, self.at, self.happens = torch.tensor(colour).view(1, 3, 1, 1), at, happens
        self.steps: list[int] = []

    def batch_at(self, step: int) -> Tensor:
        self.steps.append(step)
        if step == self.at:
            return self.happens(step)
        shades = 0.1 * torch.rand(4, 3, 1, 1, generator=torch.Generator().manual_seed(step)) - 0.05
        return (self.colour + shades).expand(4, 3, 64, 64)


def kill(step: int) -> Tensor:
    raise Killed


def filled(value: float) -> Batch:
    return lambda step: torch.full((4, 3, 64, 64), value)


def players() -> tuple[Generator, Discriminator]:
    torch.manual_seed(5)
    return Generator(2, latent=5), Discriminator(2)


def dynamic_players() -> tuple[DynamicNet, Discriminator]:
    generator, discriminator = players()
    generator(torch.randn(8, 5))
    return DynamicNet(generator, {"up3": TuningBlock(4)}), discriminator


def trained(
    train: Callable, networks: tuple[nn.Module, ...], faces: Faces, state: Path | None, settings: AdversarialSettings
) -> tuple[list[nn.Module], FitReport]:
    report = train(*networks, faces, settings, Run(state=state, save_every=SAVE_EVERY))
    return list(networks), report


def phase_1(
    faces: Faces, state: Path | None = None, settings: AdversarialSettings = SETTINGS
) -> tuple[list[nn.Module], FitReport]:
    return trained(train_generator, players(), faces, state, settings)


def phase_2(
    faces: Faces, state: Path | None = None, settings: AdversarialSettings = SETTINGS
) -> tuple[list[nn.Module], FitReport]:
    return trained(train_generator_blocks, dynamic_players(), faces, state, settings)


PHASES = [phase_1, phase_2]


@cache
def through(phase: Callable) -> tuple[list[nn.Module], FitReport]:
    """A run that nothing stops and nobody keeps; all is fixed in it, so one does for all tests."""
    return phase(Faces())


def equal(a: list[nn.Module], b: list[nn.Module]) -> bool:
    """Parameters and buffers, to the bit."""
    pairs = [pair for x, y in zip(a, b, strict=True) for pair in zip(stored(x), stored(y), strict=True)]
    return all(torch.equal(x, y) for x, y in pairs)


def stored(module: nn.Module) -> list[Tensor]:
    return list(module.state_dict().values())


def distance(network: nn.Module, faces: Faces) -> float:
    """Between the mean colours of the network's faces and of the data."""
    with torch.no_grad():
        y = network(torch.randn(32, 5, generator=torch.Generator().manual_seed(1)))
    return (y.mean((0, 2, 3)) - faces.colour.flatten()).abs().sum().item()


@pytest.fixture
def optimiser_steps() -> Iterator[list[torch.optim.Optimizer]]:
    """The optimiser of every step, with what it had then: discriminator and generator in turn."""
    steps: list[torch.optim.Optimizer] = []
    handle = register_optimizer_step_post_hook(lambda optimiser, *_: steps.append(optimiser))
    yield steps
    handle.remove()


def test_phase_1_moves_the_faces_towards_the_data() -> None:
    generator, discriminator = players()
    faces = Faces((0.9, 0.3, 0.1))
    start = distance(generator.eval(), faces)
    report = train_generator(generator, discriminator, faces, LEARNING)
    assert distance(generator, faces) < 0.8 * start
    assert report.steps == 60 and report.seconds > 0 and faces.steps == list(range(60))
    assert not generator.training


def test_phase_2_moves_the_faces_to_where_the_discriminator_sees_data_and_leaves_the_main_network() -> None:
    main, discriminator, faces = Generator(4, latent=5), Discriminator(4), Faces((0.8, 0.8, 0.8))
    for layer in main.children():
        nn.init.normal_(layer.conv.weight, std=0.12)  # as after phase 1: what the block does can be seen
    main(torch.randn(32, 5))
    net, before = DynamicNet(main, {"up3": TuningBlock(8)}), copy.deepcopy(main.state_dict())
    # a discriminator at its own rate runs away from one block, and which way the faces then go is chance
    train_generator_blocks(net, discriminator, faces, replace(LEARNING, discriminator_rate=1e-3))
    latents = torch.randn(32, 5)
    with torch.no_grad():
        tuned, untuned = (discriminator(net(latents, alpha=alpha)) for alpha in (1.0, 0.0))
    assert (tuned - untuned).mean() > 2 * untuned.std()
    assert list(main.state_dict()) == list(before)
    assert all(torch.equal(value, before[name]) for name, value in main.state_dict().items())
    assert all(p.grad is None and not p.requires_grad for p in main.parameters())
    assert not any(m.training for m in net.modules())


def test_phase_2_begins_with_phase_1s_fakes_to_the_bit() -> None:
    net, discriminator = dynamic_players()
    first: dict[str, Tensor] = {}

    def keep(_: nn.Module, args: tuple[Tensor], faces: Tensor) -> None:
        first.setdefault("latents", args[0])
        first.setdefault("faces", faces.detach())

    net.register_forward_hook(keep)
    train_generator_blocks(net, discriminator, Faces(), AdversarialSettings(2, 1e-3))
    assert torch.equal(first["faces"], net.main(first["latents"]))
    assert not torch.equal(net(first["latents"]), first["faces"])


@pytest.mark.parametrize("phase", PHASES)
def test_each_step_trains_the_discriminator_then_the_generator(phase: Callable, optimiser_steps: list) -> None:
    networks, _ = phase(Faces(), settings=SHORT)
    judging, generating = optimiser_steps[0], optimiser_steps[1]
    assert optimiser_steps == [judging, generating] * 8
    learning = [networks[0].blocks if phase is phase_2 else networks[0], networks[1]]
    for optimiser, network in zip((generating, judging), learning, strict=True):
        (group,) = optimiser.param_groups
        assert {id(p) for p in group["params"]} == {id(p) for p in network.parameters()}
        assert group["betas"] == (0.5, 0.999)


def test_the_generators_turn_leaves_no_gradient_in_the_discriminator() -> None:
    generator, discriminator = players()
    gradients = []

    def look(*_: object) -> None:
        gradients.append([p.grad.clone() for p in discriminator.parameters()])

    handle = register_optimizer_step_post_hook(look)
    train_generator(generator, discriminator, Faces(), AdversarialSettings(1, 1e-3))
    handle.remove()
    after_its_turn, after_the_generators = gradients
    assert all(torch.equal(x, y) for x, y in zip(after_its_turn, after_the_generators, strict=True))


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_discriminators_rate_is_a_multiple_of_the_generators(factor: float) -> None:
    rates = []
    handle = register_optimizer_step_post_hook(lambda optimiser, *_: rates.append(optimiser.param_groups[0]["lr"]))
    settings = AdversarialSettings(12, 1e-2, one_cycle=True, discriminator_rate=factor)
    train_generator(*players(), Faces(), settings)
    handle.remove()
    assert rates[::2] == pytest.approx([factor * rate for rate in rates[1::2]])
    assert max(rates[1::2]) == pytest.approx(1e-2) and rates[1] < 2e-3 and rates[-1] < 1e-4


def test_the_generator_ends_as_the_moving_average() -> None:
    generator, discriminator = players()
    walked = []

    def keep(optimiser: torch.optim.Optimizer, *_: object) -> None:
        if optimiser.param_groups[0]["params"][0] is generator.project.conv.weight:
            walked.append([p.detach().clone() for p in generator.parameters()])

    handle = register_optimizer_step_post_hook(keep)
    train_generator(generator, discriminator, Faces(), AdversarialSettings(9, 1e-2, decay=0.35))
    handle.remove()
    average = walked[0]
    for count, weights in enumerate(walked[1:], start=1):
        kept = min(0.35, (1 + count) / (10 + count))  # 2/11, 3/12, 4/13, 0.35 ...
        average = [kept * mean + (1 - kept) * p for mean, p in zip(average, weights, strict=True)]
    torch.testing.assert_close([p.detach() for p in generator.parameters()], average)
    assert (average[0] - walked[-1][0]).abs().max() > 1e-4


def test_the_statistics_are_those_of_the_averaged_weights(
    faces_of_statistics: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "_STATISTICS", faces_of_statistics)
    generator, discriminator = players()
    train_generator(generator, discriminator, Faces(), AdversarialSettings(9, 1e-2, decay=0.35))
    assert not generator.training
    latents = torch.randn(2048, 5)
    with torch.no_grad():
        alone, together = generator(latents), copy.deepcopy(generator).train()(latents)
    torch.testing.assert_close(alone, together, atol=0.02, rtol=0)  # a batch's own statistics, in a large batch
    assert (alone - alone.mean(0)).abs().max() > 0.05  # and faces differ by more


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_run_goes_on_with_the_same_bits(tmp_path: Path, phase: Callable) -> None:
    wanted, expected = through(phase)
    with pytest.raises(Killed):
        phase(Faces(at=28, happens=kill), tmp_path / "killed")
    faces = Faces()
    resumed, report = phase(faces, tmp_path / "killed")
    assert faces.steps == [25, 26, 27, 28]
    assert equal(resumed, wanted)
    assert report.history == expected.history and report.steps == expected.steps == 29


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    first, expected = phase_1(Faces(), tmp_path / "state", SHORT)
    again, report = phase_1(Faces(at=0, happens=kill), tmp_path / "state", SHORT)
    assert equal(again, first) and report.history == expected.history and not again[0].training
    assert equal(first, phase_1(Faces(), settings=SHORT)[0])  # keeping it changes nothing


def test_without_a_state_file_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    phase_1(Faces(), settings=SHORT)
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_no_number_stops_the_run_at_the_last_good_state(tmp_path: Path) -> None:
    state = tmp_path / "state"
    said = r"training: the discriminator's loss is nan at step 26; the last good state is in .*state; lower the learn"
    with pytest.raises(DynnetError, match=said):
        phase_1(Faces(at=26, happens=filled(float("inf"))), state)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert equal(phase_1(Faces(), state)[0], through(phase_1)[0])


def test_a_loss_of_the_generator_that_is_no_number_stops_before_it_learns() -> None:
    generator, discriminator = players()
    passes = []

    def spoil(_: nn.Module, args: tuple, logits: Tensor) -> Tensor:
        passes.append(logits)
        return logits * float("inf") if len(passes) == 3 else logits  # after the reals and the fakes of its own turn

    discriminator.register_forward_hook(spoil)
    before = [p.detach().clone() for p in generator.parameters()]
    with pytest.raises(DynnetError, match=r"the generator's loss is (nan|inf) at step 0; nothing was saved yet"):
        train_generator(generator, discriminator, Faces(), replace(SETTINGS, r1_weight=0))
    assert all(torch.equal(x, y) for x, y in zip(generator.parameters(), before, strict=True))


def test_weights_that_are_no_number_are_not_saved(tmp_path: Path) -> None:
    generator, discriminator = players()
    steps = []

    def spoil(*_: object) -> None:
        steps.append(1)
        if len(steps) == 2 * 9:
            nn.init.constant_(discriminator.out.bias, float("nan"))

    handle = register_optimizer_step_post_hook(spoil)
    with pytest.raises(DynnetError, match="the size of the weights is nan at step 8; nothing was saved yet"):
        train_generator(generator, discriminator, Faces(), replace(SETTINGS, steps=9), Run(state=tmp_path / "state"))
    handle.remove()
    assert not list(tmp_path.iterdir())


@cache
def kept() -> bytes:
    """The state of a finished short run."""
    with TemporaryDirectory() as folder:
        phase_1(Faces(), Path(folder) / "state", SHORT)
        return (Path(folder) / "state").read_bytes()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").write_bytes(kept())
    return tmp_path / "state"


@pytest.mark.parametrize("change", [{"steps": 40}, {"rate": 0.01}, {"clip": 1.0}])
def test_a_state_of_another_schedule_is_refused(state: Path, change: dict) -> None:
    with pytest.raises(DynnetError, match=r"belongs to a fit with .* move it away to start afresh"):
        phase_1(Faces(), state, replace(SHORT, **change))


def test_a_state_of_other_settings_or_the_other_phase_is_refused(state: Path) -> None:
    with pytest.raises(DynnetError, match=r"belongs to a fit with .*'decay': 0.999.*'decay': 0.5"):
        train_generator(*players(), Faces(), replace(SHORT, decay=0.5), Run(state=state))
    with pytest.raises(DynnetError, match=r"cannot be resumed .* move it away to start afresh"):
        phase_2(Faces(), state, SHORT)


def test_history_has_the_means_of_every_25_steps() -> None:
    _, report = through(phase_1)
    assert [entry["step"] for entry in report.history] == [25, 29]
    names = {"step", "discriminator", "generator", "real_logit", "fake_logit", "r1"}
    assert all(set(entry) == names for entry in report.history)
    assert all(value == value for entry in report.history for value in entry.values())
    two = [phase_1(Faces(), settings=AdversarialSettings(steps, 1e-3))[1].history[0] for steps in (1, 2)]
    first, both = two
    assert first["r1"] == both["r1"]  # of step 0 alone
    assert first["generator"] != both["generator"]


def test_r1_is_taken_every_so_many_steps_as_many_times_as_heavy() -> None:
    def first(settings: AdversarialSettings) -> dict[str, float]:
        return train_generator(*players(), Faces(), settings).history[0]

    once = AdversarialSettings(1, 1e-3, r1_weight=0)
    without, penalised = first(once), first(replace(once, r1_weight=3, r1_every=5))
    assert "r1" not in without and penalised["r1"] > 0
    expected = without["discriminator"] + 5 * 3 / 2 * penalised["r1"]
    assert penalised["discriminator"] == pytest.approx(expected, rel=1e-5)


def test_latents_and_augmentations_are_functions_of_the_step() -> None:
    def seen(steps: int) -> tuple[list[Tensor], list[Tensor]]:
        generator, discriminator = players()
        latents, pictures = [], []
        generator.register_forward_pre_hook(lambda _, args: latents.append(args[0]))
        discriminator.register_forward_pre_hook(lambda _, args: pictures.append(args[0].detach()))
        train_generator(generator, discriminator, Faces(), replace(settings, steps=steps))
        return latents, pictures

    settings = replace(LEARNING, augmentations=SETTINGS.augmentations)
    latents, pictures = seen(2)
    torch.manual_seed(99)
    again, _ = seen(2)
    assert all(torch.equal(x, y) for x, y in zip(latents, again, strict=True))
    assert not torch.equal(latents[0], latents[1]) and abs(torch.cat(latents).std() - 1) < 0.4
    draws = torch.Generator().manual_seed(1)
    assert torch.equal(torch.randn(4, 5, generator=draws), latents[1])
    assert torch.equal(augment(Faces().batch_at(1), draws), pictures[3])  # reals, fakes, and fakes for the generator
    assert len(pictures) == 6 and not torch.equal(pictures[1], pictures[2])
    settings = replace(settings, augmentations=())
    assert torch.equal(seen(1)[1][0], Faces().batch_at(0))


def test_gradients_are_clipped() -> None:
    norms = []

    def norm(optimiser: torch.optim.Optimizer, *_: object) -> None:
        norms.append(torch.cat([p.grad.flatten() for p in optimiser.param_groups[0]["params"]]).norm().item())

    handle = register_optimizer_step_post_hook(norm)
    phase_1(Faces(), settings=replace(SHORT, clip=0.01))
    handle.remove()
    assert len(norms) == 16 and all(value == pytest.approx(0.01, rel=1e-3) for value in norms)


@pytest.mark.parametrize("phase", [train_generator, train_generator_blocks])
def test_half_precision_is_that_of_the_passes_and_never_of_the_weights(phase: Callable) -> None:
    networks = players() if phase is train_generator else dynamic_players()
    types = set()  # of passes with gradients: the statistics in the end are taken in full precision
    convolution = next(module for module in networks[0].modules() if isinstance(module, nn.ConvTranspose2d))
    convolution.register_forward_hook(lambda _, args, y: types.add(y.dtype) if torch.is_grad_enabled() else None)
    fabric = Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
    report = phase(*networks, Faces(), SHORT, Run(fabric))
    assert types == {torch.bfloat16}
    assert report.steps == 8 and all(p.dtype == torch.float32 for network in networks for p in network.parameters())


def test_several_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OneProcess, "world_size", 2)
    with pytest.raises(DynnetError, match="runs in one process, got 2; give it one device"):
        phase_1(Faces())


@pytest.mark.parametrize(
    "wrong",
    [
        {"r1_weight": -1},
        {"r1_weight": float("nan")},
        {"r1_every": 0},
        {"decay": 1.0},
        {"discriminator_rate": 0},
        {"weight": -1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(DynnetError, match=r"expected r1_weight >= 0, .* got"):
        AdversarialSettings(30, 2e-3, **wrong)


def test_an_unknown_augmentation_is_refused_at_once() -> None:
    with pytest.raises(DynnetError, match="no augmentation 'rotation'"):
        AdversarialSettings(30, 2e-3, augmentations=("rotation",))
