"""Training against a discriminator: the loop of both players, whatever the pictures are.

In every step the discriminator learns, then the network that it judges. As in `dynnet.fitting`, a step is a function of
its number, so that a killed run goes on with the same bits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from dynnet.adversarial.augmentation import augment
from dynnet.adversarial.losses import discriminator_loss, generator_loss, r1_penalty
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.errors import DynnetError
from dynnet.fitting import check_finite, new_scheduler, run_steps
from dynnet.gradients import GradientCheck
from dynnet.launching import Launcher, Run
from dynnet.schedule import Schedule
from dynnet.states import FitReport

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


def fit_against(
    network: nn.Module,
    part: nn.Module,
    discriminator: nn.Module,
    turns: Turns,
    settings: AdversarialSettings,
    run: Run | None = None,
) -> FitReport:
    """Trains `part` of `network`, and the discriminator, in place; both end in eval mode.

    Args:
        network: makes the fakes.
        part: what of it learns; ends as the moving average of its weights.
        discriminator: pictures -> logits of any shape, the same for reals and fakes of one turn.
        turns: (network, step, random numbers of this step) -> the turn; called under the precision of the run.
        settings: how long, how fast, and what the discriminator sees.
        run: device, state file and the like, of one process; default `Run()`.

    Returns:
        Steps, seconds, and every 25 steps the means of all losses, of R1 and of both kinds of logits.

    Raises:
        DynnetError: a loss is NaN or infinite (the state file then holds the last good step), the state file is of
            another run, the network gets no gradient, or the launcher has several processes.
    """
    run = run or Run()
    if run.launcher.world_size > 1:  # R1's gradient of a gradient does not go through DistributedDataParallel
        raise DynnetError(
            f"adversarial training runs in one process, got {run.launcher.world_size}; give it one device"
        )
    match = _Match(network, part, discriminator.train(), turns, settings, run)
    report = run_steps(match.play, match.kept, (network, discriminator), settings, run)
    match.finish()
    return report


class _Player:
    """A network and what optimises its trainable weights."""

    def __init__(self, network: nn.Module, schedule: Schedule, launcher: Launcher):
        self._launcher, self._clip = launcher, schedule.clip
        self._weights = [p for p in network.parameters() if p.requires_grad]
        optimiser = torch.optim.Adam(self._weights, lr=schedule.rate, betas=BETAS)
        self.scheduler = new_scheduler(optimiser, schedule)
        self.network, self.optimiser = launcher.setup(network, optimiser)

    def differentiate(self, loss: Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        self._launcher.backward(loss, inputs=self._weights)  # not the other player's, through whom the loss passes

    def step(self) -> None:
        if self._clip:  # a norm that is no number is left to the checks of the loss and of the weights
            self._launcher.clip_gradients(self.network, self.optimiser, max_norm=self._clip, error_if_nonfinite=False)
        self.optimiser.step()
        self.scheduler.step()


class _Match:
    """Both players, the moving average, and one step of theirs."""

    def __init__(
        self,
        network: nn.Module,
        part: nn.Module,
        discriminator: nn.Module,
        turns: Turns,
        settings: AdversarialSettings,
        run: Run,
    ):
        self._network, self._part, self._discriminator = network, part, discriminator
        self._turns, self._settings, self._run = turns, settings, run
        self._check = GradientCheck(network, run.name)
        self._making = _Player(network, settings, run.launcher)
        judging = replace(settings, rate=settings.rate * settings.discriminator_rate)
        self._judging = _Player(discriminator, judging, run.launcher)
        self._average = AveragedModel(part, avg_fn=_averaging(settings.decay))
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
        with self._run.launcher.autocast():
            turn = self._turns(self._making.network, step, draws)  # its fakes serve both, which saves a pass
        values = self._judge(step, turn.reals, turn.fakes.detach(), draws)
        check_finite(values["discriminator"], step, self._run, "the discriminator's loss")
        self._judging.differentiate(values["discriminator"])
        self._judging.step()
        with self._run.launcher.autocast():
            values["generator"] = generator_loss(self._judging.network(self._shown(turn.fakes, draws))).mean()
        total = self._settings.weight * values["generator"] + sum(turn.losses.values())
        check_finite(total, step, self._run, "the generator's loss")
        self._check.before(total)
        self._making.differentiate(total)
        self._check.after(last=step + 1 == self._settings.steps)
        self._making.step()
        self._average.update_parameters(self._part)
        return {name: value.item() for name, value in (values | turn.losses).items()}

    def finish(self) -> None:
        """Leaves the average in the trained part's place."""
        self._part.load_state_dict(self._average.module.state_dict())
        self._network.eval()
        self._discriminator.eval()

    def _judge(self, step: int, reals: Tensor, fakes: Tensor, draws: torch.Generator) -> dict[str, Tensor]:
        shown = self._shown(reals, draws)
        with self._run.launcher.autocast():
            real_logits = self._judging.network(shown)
            fake_logits = self._judging.network(self._shown(fakes, draws))
        loss = discriminator_loss(real_logits, fake_logits).mean()
        values = {"discriminator": loss, "real_logit": real_logits.mean(), "fake_logit": fake_logits.mean()}
        if self._settings.r1_weight and step % self._settings.r1_every == 0:
            # in full precision, where gradients of gradients do not vanish, and so not by the launcher's wrapper
            shown = shown.detach().requires_grad_()
            values["r1"] = r1_penalty(self._discriminator(shown), shown).mean()
            values["discriminator"] = loss + self._settings.r1_every * self._settings.r1_weight / 2 * values["r1"]
        return values

    def _shown(self, pictures: Tensor, draws: torch.Generator) -> Tensor:
        return augment(pictures, draws, self._settings.augmentations)


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """average <- d average + (1 - d) weights, where d rises to `decay` as (1 + n) / (10 + n).

    n counts the averages made before; without the rise, a short training would end at its first steps' weights.
    """

    def average(mean: Tensor, weights: Tensor, count: Tensor) -> Tensor:
        kept = min(decay, (1 + count.item()) / (10 + count.item()))
        return torch.lerp(weights, mean, kept)

    return average
