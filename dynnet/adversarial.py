"""The two phases of section 3.1 with the adversarial loss alone: face generation (section 4.2).

The phases have different pictures and one loop: in every step the discriminator learns, then what the generator trains
(all of it, or its tuning-blocks). As in `dynnet.fitting`, a step is a function of its number, so that a killed run goes
on with the same bits.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm.auto import tqdm

from dynnet.adversarial_settings import AdversarialSettings
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.fitting import LOG_EVERY, FitReport, check_finite, new_scheduler, resume, save_state, shown_losses
from dynnet.losses.adversarial import discriminator_loss, generator_loss, r1_penalty
from dynnet.losses.augmentation import augment
from dynnet.networks.dcgan import Generator
from dynnet.schedule import Schedule
from dynnet.training import Batches

_log = logging.getLogger(__name__)

Check = Callable[[Tensor, int, str], None]
BETAS = (0.5, 0.999)  # Adam's, of Radford et al. (2016): with 0.9 the two networks overshoot each other


def train_generator(
    generator: Generator,
    discriminator: nn.Module,
    faces: Batches,
    schedule: Schedule,
    settings: AdversarialSettings | None = None,
    fabric: Fabric | None = None,
    state: Path | None = None,
    save_every: int = 4 * LOG_EVERY,
    name: str = "generator",
) -> FitReport:
    """Phase 1: all weights of `generator` and of `discriminator` learn from `faces`.

    Args:
        generator: trained in place; ends as the moving average of its weights, in eval mode.
        discriminator: trained in place; phase 2 goes on from it.
        schedule: of both, but for the discriminator's rate; see `settings`.
        settings: default `AdversarialSettings()`.
        fabric: device and precision, of one process; default the CPU in float32.
        state: file that a killed run goes on from.
        save_every: steps between two writes of `state`; a multiple of 25.

    Returns:
        Steps, seconds, and every 25 steps the means of both losses, of R1 and of both kinds of logits.

    Raises:
        DynnetError: a loss is NaN or infinite (`state` then holds the last good step), `state` is of another run, or
            `fabric` has several processes.
    """
    generator.train()
    trained = _Trained(generator, generator, generator.latent)
    return _fit(trained, discriminator, faces, _Game.of(schedule, settings), fabric, state, save_every, name)


def train_generator_blocks(
    net: DynamicNet,
    discriminator: nn.Module,
    faces: Batches,
    schedule: Schedule,
    settings: AdversarialSettings | None = None,
    fabric: Fabric | None = None,
    state: Path | None = None,
    save_every: int = 4 * LOG_EVERY,
    name: str = "generator blocks",
) -> FitReport:
    """Phase 2: the tuning-blocks of `net`, all at alpha = 1, and the discriminator learn from other `faces`.

    The main network is frozen, its BatchNorm in eval mode: the first fakes are phase 1's, to the bit.

    Args:
        net: over a `Generator`; its blocks are trained in place, and end as the moving average of their weights.
        discriminator: as phase 1 left it, or a copy: it is trained in place.

    The other arguments, the returned report and the errors are those of `train_generator`.
    """
    net.train()
    trained = _Trained(net, net.blocks, net.main.latent)
    return _fit(trained, discriminator, faces, _Game.of(schedule, settings), fabric, state, save_every, name)


@dataclass(frozen=True)
class _Game(Schedule):
    """All that a state file must agree with."""

    settings: AdversarialSettings = field(default_factory=AdversarialSettings)

    @classmethod
    def of(cls, schedule: Schedule, settings: AdversarialSettings | None) -> "_Game":
        return cls(**asdict(schedule), settings=settings or AdversarialSettings())


@dataclass(frozen=True)
class _Trained:
    """A network that makes faces of latents, and the part of it that learns."""

    network: nn.Module
    part: nn.Module
    latent: int


class _Player:
    """A network and what optimises its trainable weights."""

    def __init__(self, network: nn.Module, schedule: Schedule, fabric: Fabric):
        self._fabric, self._clip = fabric, schedule.clip
        self._weights = [p for p in network.parameters() if p.requires_grad]
        optimiser = torch.optim.Adam(self._weights, lr=schedule.rate, betas=BETAS)
        self.scheduler = new_scheduler(optimiser, schedule)
        self.network, self.optimiser = fabric.setup(network, optimiser)

    def step(self, loss: Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(loss, inputs=self._weights)  # not the other player's, through whom the loss passes
        if self._clip:  # a norm that is no number is left to the checks of the loss and of the weights
            self._fabric.clip_gradients(self.network, self.optimiser, max_norm=self._clip, error_if_nonfinite=False)
        self.optimiser.step()
        self.scheduler.step()


class _Match:
    """Both players, the moving average, and one step of theirs."""

    def __init__(self, trained: _Trained, discriminator: nn.Module, game: _Game, fabric: Fabric):
        self._trained, self._discriminator = trained, discriminator
        self._settings, self._fabric = game.settings, fabric
        self._generating = _Player(trained.network, game, fabric)
        judging = replace(game, rate=game.rate * game.settings.discriminator_rate)
        self._judging = _Player(discriminator, judging, fabric)
        self._average = AveragedModel(trained.part, avg_fn=_averaging(game.settings.decay))
        self.kept = {
            "generator": trained.network,
            "discriminator": discriminator,
            "average": self._average,
            "generator_optimiser": self._generating.optimiser,
            "generator_scheduler": self._generating.scheduler,
            "discriminator_optimiser": self._judging.optimiser,
            "discriminator_scheduler": self._judging.scheduler,
        }

    def play(self, step: int, reals: Tensor, check: Check) -> dict[str, float]:
        """One step of the discriminator, one of the generator; the losses and mean logits on the way."""
        draws = torch.Generator().manual_seed(step)
        latents = torch.randn(len(reals), self._trained.latent, generator=draws).to(reals)
        with self._fabric.autocast():
            fakes = self._generating.network(latents)  # for both turns, which saves a pass
        values = self._judge(step, reals, fakes.detach(), draws)
        check(values["discriminator"], step, "the discriminator's loss")
        self._judging.step(values["discriminator"])
        with self._fabric.autocast():
            values["generator"] = generator_loss(self._judging.network(self._shown(fakes, draws))).mean()
        check(values["generator"], step, "the generator's loss")
        self._generating.step(values["generator"])
        self._average.update_parameters(self._trained.part)
        return {name: value.item() for name, value in values.items()}

    def size(self) -> Tensor:
        """Sum of the squares of all weights: no number if one of them is none."""
        networks = (self._trained.network, self._discriminator)
        return sum(p.detach().square().sum() for network in networks for p in network.parameters())

    def finish(self) -> None:
        """Leaves the average in the generator's place."""
        self._trained.part.load_state_dict(self._average.module.state_dict())
        self._trained.network.eval()
        self._discriminator.eval()

    def _judge(self, step: int, reals: Tensor, fakes: Tensor, draws: torch.Generator) -> dict[str, Tensor]:
        shown = self._shown(reals, draws)
        with self._fabric.autocast():
            real_logits = self._judging.network(shown)
            fake_logits = self._judging.network(self._shown(fakes, draws))
        loss = discriminator_loss(real_logits, fake_logits).mean()
        values = {"discriminator": loss, "real_logit": real_logits.mean(), "fake_logit": fake_logits.mean()}
        if self._settings.r1_weight and step % self._settings.r1_every == 0:
            # in full precision, where gradients of gradients do not vanish, and so not by fabric's wrapper
            shown = shown.detach().requires_grad_()
            values["r1"] = r1_penalty(self._discriminator(shown), shown).mean()
            values["discriminator"] = loss + self._settings.r1_every * self._settings.r1_weight / 2 * values["r1"]
        return values

    def _shown(self, pictures: Tensor, draws: torch.Generator) -> Tensor:
        return augment(pictures, draws, self._settings.augmentations)


def _fit(
    trained: _Trained,
    discriminator: nn.Module,
    faces: Batches,
    game: _Game,
    fabric: Fabric | None,
    state: Path | None,
    save_every: int,
    name: str,
) -> FitReport:
    fabric = fabric or Fabric(accelerator="cpu", devices=1)
    if fabric.world_size > 1:  # R1's gradient of a gradient does not go through DistributedDataParallel
        raise DynnetError(f"adversarial training runs in one process, got {fabric.world_size}; give it one device")

    def check(value: Tensor, step: int, what: str) -> None:
        check_finite(value, name, step, state, what)

    match = _Match(trained, discriminator.train(), game, fabric)
    report = resume(state, match.kept, game)
    clock, window = time.perf_counter() - report.seconds, []
    # disable=None shows the bar on terminals only
    bar = tqdm(total=game.steps, initial=report.steps, desc=name, disable=None)
    for step in range(report.steps, game.steps):
        window.append(match.play(step, faces.batch_at(step).to(fabric.device), check))
        report.steps, report.seconds = step + 1, time.perf_counter() - clock
        last = report.steps == game.steps
        if report.steps % LOG_EVERY == 0 or last:
            report.history.append({"step": report.steps, **_means(window)})
            bar.set_postfix({key: f"{value:.4g}" for key, value in report.history[-1].items() if key != "step"})
            window = []
        if report.steps % save_every == 0 or last:
            check(match.size(), step, "the size of the weights")  # a finite loss can have a NaN gradient
        if state and (report.steps % save_every == 0 or last):
            save_state(state, match.kept, game, report, fabric)
            if bar.disable:  # in a log file the bar's place is taken by lines
                _log.info("%s: step %d of %d, %s", name, report.steps, game.steps, shown_losses(report.history[-1]))
        bar.update()
    bar.close()
    match.finish()
    return report


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """average <- d average + (1 - d) weights, where d rises to `decay` as (1 + n) / (10 + n).

    n counts the averages made before; without the rise, a short training would end at its first steps' weights.
    """

    def average(mean: Tensor, weights: Tensor, count: Tensor) -> Tensor:
        kept = min(decay, (1 + count.item()) / (10 + count.item()))
        return torch.lerp(weights, mean, kept)

    return average


def _means(window: Sequence[dict[str, float]]) -> dict[str, float]:
    """Every value's mean over the steps that have it: R1 is not taken in every one."""
    names = {name: None for values in window for name in values}
    return {name: fmean(values[name] for values in window if name in values) for name in names}
