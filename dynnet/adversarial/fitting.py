"""Training against a discriminator: the loop of both players, whatever the pictures are.

In every step the discriminator learns, then the network that it judges. As in `dynnet.fitting`, a step is a function of
its number, so that a killed run goes on with the same bits. `dynnet.paper.faces.generation` trains generators on it,
`dynnet.paper.completion.training` completion networks.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from dynnet.adversarial.augmentation import augment
from dynnet.adversarial.losses import discriminator_loss, generator_loss, r1_penalty
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.errors import DynnetError
from dynnet.fitting import SAVE_EVERY, FitReport, check_finite, new_scheduler, run_steps
from dynnet.schedule import Schedule

BETAS = (0.5, 0.999)  # Adam's, of Radford et al. (2016): with 0.9 the two networks overshoot each other


@dataclass(frozen=True)
class Turn:
    """What one step is about.

    Attributes:
        reals: what the discriminator is to take for real.
        fakes: what it is to see through, with the gradient to the network that made it.
        losses: what the network minimises besides, as a sum; shown by name.
    """

    reals: Tensor
    fakes: Tensor
    losses: dict[str, Tensor] = field(default_factory=dict)


Turns = Callable[[nn.Module, int, torch.Generator], Turn]


@dataclass(frozen=True)
class Run:
    """How an adversarial training runs.

    Args:
        schedule: of both players, but for the discriminator's rate; see `settings`.
        settings: default `AdversarialSettings()`.
        fabric: device and precision, of one process; default the CPU in float32.
        state: file that a killed run goes on from.
        save_every: steps between two writes of `state`; a multiple of 25.
        name: what logs and errors call it.
    """

    schedule: Schedule
    settings: AdversarialSettings = field(default_factory=AdversarialSettings)
    fabric: Fabric | None = None
    state: Path | None = None
    save_every: int = SAVE_EVERY
    name: str = "adversarial"


def fit_against(network: nn.Module, part: nn.Module, discriminator: nn.Module, turns: Turns, run: Run) -> FitReport:
    """Trains `part` of `network`, and the discriminator, in place; both end in eval mode.

    Args:
        network: makes the fakes.
        part: what of it learns; ends as the moving average of its weights.
        discriminator: pictures -> logits of any shape, the same for reals and fakes of one turn.
        turns: (network, step, random numbers of this step) -> the turn; called under the precision of the run.

    Returns:
        Steps, seconds, and every 25 steps the means of all losses, of R1 and of both kinds of logits.

    Raises:
        DynnetError: a loss is NaN or infinite (the state file then holds the last good step), the state file is of
            another run, or the fabric has several processes.
    """
    fabric = run.fabric or Fabric(accelerator="cpu", devices=1)
    if fabric.world_size > 1:  # R1's gradient of a gradient does not go through DistributedDataParallel
        raise DynnetError(f"adversarial training runs in one process, got {fabric.world_size}; give it one device")
    match = _Match(network, part, discriminator.train(), turns, run, fabric)
    kept, game = match.kept, _Game(**asdict(run.schedule), settings=run.settings)
    report = run_steps(match.play, kept, (network, discriminator), game, fabric, run.state, run.save_every, run.name)
    match.finish()
    return report


@dataclass(frozen=True)
class _Game(Schedule):
    """All that a state file must agree with."""

    settings: AdversarialSettings = field(default_factory=AdversarialSettings)


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

    def __init__(
        self, network: nn.Module, part: nn.Module, discriminator: nn.Module, turns: Turns, run: Run, fabric: Fabric
    ):
        self._network, self._part, self._discriminator = network, part, discriminator
        self._turns, self._run, self._settings, self._fabric = turns, run, run.settings, fabric
        self._making = _Player(network, run.schedule, fabric)
        judging = replace(run.schedule, rate=run.schedule.rate * run.settings.discriminator_rate)
        self._judging = _Player(discriminator, judging, fabric)
        self._average = AveragedModel(part, avg_fn=_averaging(run.settings.decay))
        self.kept = {
            "generator": network,
            "discriminator": discriminator,
            "average": self._average,
            "generator_optimiser": self._making.optimiser,
            "generator_scheduler": self._making.scheduler,
            "discriminator_optimiser": self._judging.optimiser,
            "discriminator_scheduler": self._judging.scheduler,
        }

    def play(self, step: int) -> dict[str, float]:
        """One step of the discriminator, one of the network; the losses and mean logits on the way."""
        draws = torch.Generator().manual_seed(step)
        with self._fabric.autocast():
            turn = self._turns(self._making.network, step, draws)  # its fakes serve both, which saves a pass
        values = self._judge(step, turn.reals, turn.fakes.detach(), draws)
        self._check(values["discriminator"], step, "the discriminator's loss")
        self._judging.step(values["discriminator"])
        with self._fabric.autocast():
            values["generator"] = generator_loss(self._judging.network(self._shown(turn.fakes, draws))).mean()
        total = self._settings.weight * values["generator"] + sum(turn.losses.values())
        self._check(total, step, "the generator's loss")
        self._making.step(total)
        self._average.update_parameters(self._part)
        return {name: value.item() for name, value in (values | turn.losses).items()}

    def finish(self) -> None:
        """Leaves the average in the trained part's place."""
        self._part.load_state_dict(self._average.module.state_dict())
        self._network.eval()
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

    def _check(self, value: Tensor, step: int, what: str) -> None:
        check_finite(value, self._run.name, step, self._run.state, what)


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """average <- d average + (1 - d) weights, where d rises to `decay` as (1 + n) / (10 + n).

    n counts the averages made before; without the rise, a short training would end at its first steps' weights.
    """

    def average(mean: Tensor, weights: Tensor, count: Tensor) -> Tensor:
        kept = min(decay, (1 + count.item()) / (10 + count.item()))
        return torch.lerp(weights, mean, kept)

    return average
