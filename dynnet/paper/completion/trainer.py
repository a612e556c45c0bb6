"""Training of Figure 7's networks: main and fixed ones, their tuning-blocks, and the critic."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.paper.completion.holes import HoleBatches
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.completion.recipe import Network, Recipe
from dynnet.paper.completion.training import Completer, l1_objective, train_against, train_critic
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.stand_ins import faces_or_stand_ins
from dynnet.paper.trainer import BaseTrainer
from dynnet.states import FitReport
from dynnet.training import train_blocks, train_main


class Trainer(BaseTrainer):
    recipe: Recipe
    pictures: Faces

    def load(self) -> Faces:
        profile = self.recipe.profile
        faces = faces_or_stand_ins(self.folders.data, profile.size, self.folders.cache)
        return faces.split_by_id(profile.held_out)[0]

    def seen(self, network: Network) -> str:
        return self.pictures.pixels  # what is known about the faces is not asked

    def stands_on(self, network: Network) -> Collection[str]:
        return self._judged() if network.kind == "critic" else super().stands_on(network)

    def fit(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        phase, run = self.recipe.phase(network), self.run(network, state)
        batches, module = self._batches(index), self.new(network)
        if network.kind == "critic":
            return module, train_critic(module, self._mixed(), batches, phase, run)
        if network.adversarial:
            discriminator = PatchDiscriminator(self.recipe.profile.discriminator_width)
            return module, train_against(module, discriminator, batches, phase, run)
        train = train_blocks if isinstance(module, DynamicNet) else train_main
        return module, train(module, l1_objective(), batches, phase, run)

    def meta(self, network: Network) -> dict[str, Any]:
        profile = self.recipe.profile
        own = {key: getattr(network, key) for key in ("name", "kind", "adversarial", "start", "on")}
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            "width": profile.width,
            "discriminator_width": profile.discriminator_width,
            "size": profile.size,
            "hole": profile.hole,
            "blocks_at": list(self.recipe.blocks_at),
            **{key: value for key, value in own.items() if value is not None},
        }

    def _judged(self) -> list[str]:
        """What the critic sees completions of; Dynamic-Nets at alpha = 0 are their main networks."""
        networks = self.recipe.networks
        walking = {n.on: n.name for n in networks if n.kind == "blocks"}
        return [*walking.values(), *(n.name for n in networks if n.kind == "main" and n.name not in walking)]

    def _mixed(self) -> Completer:
        """Completions of all networks in turn, of Dynamic-Nets at any alpha in [0, 1]."""
        completers = [self.trained(name).to(self.launcher.device) for name in self._judged()]

        def complete(x: Tensor, step: int) -> Tensor:
            completer = completers[step % len(completers)]
            if not isinstance(completer, DynamicNet):
                return completer(x)
            alphas = torch.rand(len(x), generator=torch.Generator().manual_seed(step))
            return completer(x, alpha=alphas.to(x))

        return complete

    def _batches(self, index: int) -> HoleBatches:
        profile, faces = self.recipe.profile, self.pictures
        faces.require(profile.batch, "a batch")
        pictures = PhotoBatches(faces, profile.batch, faces.size, (1.0, 1.0), seed=self.seed(index))
        return HoleBatches(pictures, profile.hole, self.seed(index))
