"""Image completion (section 4.3): O_0 = L1 + lambda L_adv for the main network, O_1 = L1 alone for the blocks."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dynnet.adversarial.fitting import Turn, fit_against
from dynnet.adversarial.losses import discriminator_loss
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.batches import Batches, moved
from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.objectives import Objective
from dynnet.paper.completion.holes import with_mask
from dynnet.paper.completion.l1 import hole_l1
from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.schedule import Schedule
from dynnet.states import FitReport

Completer = Callable[[Tensor, int], Tensor]


def l1_objective() -> Objective:
    """L1 in the hole, of completions (B, 3, H, W) and of true pictures with their masks, (B, 4, H, W)."""
    return Objective(_HoleTerms(), {"l1": 1.0})


def train_against(
    net: CompletionNet,
    discriminator: PatchDiscriminator,
    batches: Batches,
    settings: AdversarialSettings,
    run: Run | None = None,
) -> FitReport:
    """Phase 1 of section 4.3: L1 in the hole plus `settings.weight` times the adversarial loss.

    The discriminator judges the patches that see the hole; all others are real on both sides.

    Args:
        net: trained in place; ends as the moving average of its weights, in eval mode.
        discriminator: trained in place.
        batches: pictures with holes and true ones, both with their masks, (B, 4, H, W), as `HoleBatches` gives them.
        settings: how long, how fast, and lambda.
        run: device, state file and the like; default `Run()`.

    Returns and raises what `fit_against` does.
    """

    def turn(network: nn.Module, step: int, draws: torch.Generator) -> Turn:
        x, true = moved(batches.batch_at(step), next(network.parameters()).device)
        y = network(x)
        return Turn(true, with_mask(y, x[:, 3:]), {"l1": _hole_l1(y, true).mean()})

    net.train()
    return fit_against(net, net, OverHole(discriminator), turn, settings, run)


def train_critic(
    critic: PatchDiscriminator,
    complete: Completer,
    batches: Batches,
    schedule: Schedule,
    run: Run | None = None,
) -> FitReport:
    """Trains a patch discriminator to tell true pictures from completed ones, after the fact, as a judge of realism.

    None of the networks has been trained against it, so none can have learned to please it.

    Args:
        critic: trained in place, and left in eval mode.
        complete: (pictures with holes (B, 4, H, W), step) -> completions (B, 3, H, W), a function of both alone.
        batches: see `train_against`.
        run: device, state file and the like; default `Run()`.

    Returns:
        Beside the loss, its history holds `right`: the share of patches that are told right, in [0, 1].
    """
    run = run or Run()
    judge = OverHole(critic)

    def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        x, true = moved(batches.batch_at(run.batch_number(step)), run.launcher.device)
        with torch.no_grad():
            fakes = with_mask(complete(x, step), x[:, 3:])
        real_logits, fake_logits = wrapped(true), wrapped(fakes)
        right = (real_logits > 0).float().mean() / 2 + (fake_logits < 0).float().mean() / 2
        return {"total": discriminator_loss(real_logits, fake_logits).mean(), "right": right}

    critic.train()
    report = fit(judge, losses, schedule, run)
    critic.eval()
    return report


class OverHole(nn.Module):
    """A patch discriminator's logits where the patch sees some of the hole.

    Shape: x (B, 4, H, W), picture and mask -> (N,), the logits of all pictures' patches.
    """

    def __init__(self, discriminator: PatchDiscriminator):
        super().__init__()
        self.discriminator = discriminator

    def forward(self, x: Tensor) -> Tensor:
        return self.discriminator(x)[self.discriminator.patch_share(x[:, 3:]) > 0]


class _HoleTerms(nn.Module):
    def forward(self, y: Tensor, true: Tensor) -> dict[str, Tensor]:
        return {"l1": _hole_l1(y, true)}


def _hole_l1(y: Tensor, true: Tensor) -> Tensor:
    """One value per picture, (B,)."""
    return hole_l1(y, true[:, :3], true[:, 3:])
