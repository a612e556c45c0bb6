"""Training of Figure 7's networks: main and fixed ones, their tuning-blocks, and the critic."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.adversarial.fitting import Run
from dynnet.fitting import FitReport
from dynnet.paper.blocks import load_dynamic, new_dynamic
from dynnet.paper.completion.experiment import load_completer
from dynnet.paper.completion.holes import HoleBatches
from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.completion.recipe import CompletionNetwork, CompletionRecipe
from dynnet.paper.completion.training import Completer, l1_objective, train_against, train_critic
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.experiment import faces_or_stand_ins
from dynnet.paper.trainer import Trainer
from dynnet.training import train_blocks, train_main


class CompletionTrainer(Trainer):
    recipe: CompletionRecipe
    pictures: Faces

    def load(self) -> Faces:
        profile = self.recipe.profile
        faces = faces_or_stand_ins(self.folders.data, profile.size, self.folders.cache)
        return faces.split_by_id(profile.held_out)[0]

    def fit(self, network: CompletionNetwork, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        phase, name = self.recipe.phase(network), self.name_of(network)
        batches, schedule = self._batches(index), phase.schedule()
        if network.kind == "critic":
            critic = self._discriminator()
            return critic, train_critic(critic, self._mixed(), batches, schedule, self.fabric, state, name)
        if network.kind == "blocks":
            net = new_dynamic(load_completer(self.trained(network.on)), self.recipe.blocks_at)
            return net, train_blocks(net, l1_objective(), batches, schedule, self.fabric, state, name)
        main = self._new_main(network)
        if not network.adversarial:
            return main, train_main(main, l1_objective(), batches, schedule, self.fabric, state, name)
        run = Run(schedule, phase.settings(network.adversarial), self.fabric, state, name=name)
        return main, train_against(main, self._discriminator(), batches, run)

    def meta(self, network: CompletionNetwork) -> dict[str, Any]:
        profile = self.recipe.profile
        own = {key: value for key, value in network.model_dump(exclude={"of"}).items() if value is not None}
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            "width": profile.width,
            "discriminator_width": profile.discriminator_width,
            "size": profile.size,
            "hole": profile.hole,
            "blocks_at": list(self.recipe.blocks_at),
            **own,
        }

    def _new_main(self, network: CompletionNetwork) -> CompletionNet:
        if network.start and self.recipe.profile.warm:
            return load_completer(self.trained(network.start)).requires_grad_(True)
        return CompletionNet(self.recipe.profile.width)

    def _discriminator(self) -> PatchDiscriminator:
        return PatchDiscriminator(self.recipe.profile.discriminator_width)

    def _mixed(self) -> Completer:
        """Completions of all networks in turn, of Dynamic-Nets at any alpha in [0, 1]."""
        mains = {n.name: load_completer(self.trained(n.name)) for n in self.recipe.networks if n.kind == "main"}
        walking = [n for n in self.recipe.networks if n.kind == "blocks"]
        nets = [load_dynamic(self.trained(n.name), mains[n.on]) for n in walking]
        fixed = [mains[name] for name in mains.keys() - {n.on for n in walking}]  # the others are nets at alpha = 0
        completers = [module.to(self.fabric.device) for module in (*nets, *fixed)]

        def complete(batch: Tensor, step: int) -> Tensor:
            completer = completers[step % len(completers)]
            if completer not in nets:
                return completer(batch)
            alphas = torch.rand(len(batch), generator=torch.Generator().manual_seed(step))
            return completer(batch, alphas.to(batch))

        return complete

    def _batches(self, index: int) -> HoleBatches:
        profile, faces = self.recipe.profile, self.pictures
        faces.require(profile.batch, "a batch")
        pictures = PhotoBatches(faces, profile.batch, faces.size, (1.0, 1.0), seed=self.seed(index))
        return HoleBatches(pictures, profile.hole, self.seed(index))
