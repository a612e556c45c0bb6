"""Face generation (section 4.2): the two phases of section 3.1 with the adversarial loss alone."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from dynnet.adversarial.fitting import Turn, fit_against
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.batches import Batches
from dynnet.dynamic import DynamicNet
from dynnet.launching import Run
from dynnet.paper.faces.network import Generator
from dynnet.states import FitReport

_STATISTICS, _BATCH = 2048, 128  # faces that the generator's final BatchNorm statistics are of, so many at once


def train_generator(
    generator: Generator,
    discriminator: nn.Module,
    faces: Batches,
    settings: AdversarialSettings,
    run: Run | None = None,
) -> FitReport:
    """Phase 1: all weights of `generator` and of `discriminator` learn from `faces`.

    Args:
        generator: trained in place; ends as the moving average of its weights, in eval mode. The statistics of its
            BatchNorms are taken anew, for those of the last steps belong to other weights: they wash the faces out.
        discriminator: trained in place; phase 2 goes on from it.
        faces: batches (B, 3, 64, 64) in [0, 1].
        settings: how long, how fast, and what the discriminator sees.
        run: device, state file and the like; default `Run()`.

    Returns and raises what `fit_against` does.
    """
    generator.train()
    turns = _Faces(faces, generator.latent)
    report = fit_against(generator, generator, discriminator, turns, settings, run)
    draws = torch.Generator().manual_seed(0)
    latents = (turns.latents(_BATCH, draws) for _ in range(_STATISTICS // _BATCH))
    update_bn(latents, generator, next(generator.parameters()).device)
    return report


def train_generator_blocks(
    net: DynamicNet,
    discriminator: nn.Module,
    faces: Batches,
    settings: AdversarialSettings,
    run: Run | None = None,
) -> FitReport:
    """Phase 2: the tuning-blocks of `net`, all at alpha = 1, and the discriminator learn from other `faces`.

    The main network is frozen, its BatchNorm in eval mode: the first fakes are phase 1's, to the bit.

    Args:
        net: over a `Generator`; its blocks are trained in place, and end as the moving average of their weights.
        discriminator: as phase 1 left it, or a copy: it is trained in place.
        faces, settings, run: see `train_generator`.

    Returns and raises what `fit_against` does.
    """
    net.train()
    return fit_against(net, net.blocks, discriminator, _Faces(faces, net.main.latent), settings, run)


class _Faces:
    """Turns of real faces against faces made of latents from N(0, 1)."""

    def __init__(self, faces: Batches, latent: int):
        self._faces, self._latent = faces, latent

    def __call__(self, network: nn.Module, step: int, draws: torch.Generator) -> Turn:
        device = next(network.parameters()).device
        reals = self._faces.batch_at(step).to(device)
        return Turn(reals, network(self.latents(len(reals), draws).to(device)))

    def latents(self, count: int, draws: torch.Generator) -> Tensor:
        return torch.randn(count, self._latent, generator=draws)
