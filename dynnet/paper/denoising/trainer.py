"""Training of blocks on networks of others, and of the demosaicking networks fine-tuned for one noise each."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.batches import Batch
from dynnet.fitting import fit
from dynnet.objectives import Objective
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.photos import Photos
from dynnet.paper.data.roots import training_photos
from dynnet.paper.denoising.batches import MosaicBatches
from dynnet.paper.denoising.recipe import Network, Recipe
from dynnet.paper.denoising.recipe import Photos as PhotoSpec
from dynnet.paper.denoising.styles import FEATURES, drawn_style, style_terms
from dynnet.paper.denoising.trained import stranger_sha256
from dynnet.paper.style.losses.features import features_sha256, style_weight
from dynnet.paper.trainer import BaseTrainer
from dynnet.states import FitReport
from dynnet.training import train_blocks


class Trainer(BaseTrainer):
    recipe: Recipe

    def load(self) -> Photos:
        spec = self.recipe.profile.photos
        return training_photos(self.folders.data, spec.size, self.folders.cache, spec.held_out)[0]

    def identity(self, network: Network) -> dict[str, Any]:
        stranger = network.on or network.start
        index = self.recipe.network(stranger).index
        drawn = network.lambda_style is not None
        return {
            "stranger": [stranger_sha256(stranger), index],
            "features": features_sha256(FEATURES) if drawn else "",
        }

    def fit(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        module, run = self.new(network), self.run(network, state)
        schedule = self.recipe.phase(network)
        if network.lambda_style is not None:
            photos = self._photos(self.recipe.profile.style_photos, index)
            return module, train_blocks(module, self._objective(network), photos, schedule, run)
        spec = self.recipe.profile.photos
        sigmas = [point.sigma for point in network.walk] or [network.sigma]
        batches = MosaicBatches(self._photos(spec, index), spec.batch, sigmas, self.seed(index))
        alphas = torch.tensor([point.alpha for point in network.walk] * (spec.batch // len(sigmas)))
        at = {"alpha": alphas.to(self.launcher.device)} if network.walk else {}

        def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
            batch = Batch.of(batches.batch_at(run.batch_number(step)), self.launcher.device)
            return {"total": (batch.through(wrapped, **at) - batch.target).abs().mean()}

        module.train()
        report = fit(module, losses, schedule, run)
        return module.eval(), report

    def tensors(self, network: Network, module: nn.Module) -> dict[str, Tensor]:
        """Of a fine-tuned network the difference alone, which is none without its package."""
        if network.kind == "blocks":
            return super().tensors(network, module)
        start, state = self.trained(network.start).state_dict(), module.state_dict()
        return {f"difference.{name}": (state[name].cpu() - value).half() for name, value in start.items()}

    def meta(self, network: Network) -> dict[str, Any]:
        stranger = network.on or network.start
        places = getattr(self.recipe, stranger).model_dump(mode="json", exclude={"sigmas", "house", "size"})
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            "stranger": stranger,
            "stranger_sha256": stranger_sha256(stranger),
            **places,
            **network.model_dump(mode="json", exclude={"of"}, exclude_none=True),
        }

    def _photos(self, spec: PhotoSpec, index: int) -> PhotoBatches:
        return PhotoBatches(self.pictures, spec.batch, spec.crop, spec.scale, seed=self.seed(index))

    def _objective(self, network: Network) -> Objective:
        terms = style_terms(drawn_style(self.recipe).to(self.launcher.device))[0]
        style = style_weight(network.lambda_style, FEATURES)
        return Objective(terms, {"content": 1.0, "style": style, "tv": self.recipe.profile.total_variation})
