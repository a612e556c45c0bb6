"""Training of blocks on networks of others, and of the demosaicking networks fine-tuned for one noise each."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.fitting import FitReport, batch_number, fit
from dynnet.objectives import Objective
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.photos import Photos
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.roots import training_photos
from dynnet.paper.denoising.batches import MosaicBatches
from dynnet.paper.denoising.recipe import Network, Recipe
from dynnet.paper.denoising.recipe import Photos as PhotoSpec
from dynnet.paper.denoising.trained import stranger_sha256
from dynnet.paper.style.drawings.gallery import render_style
from dynnet.paper.style.losses.features import feature_network, features_sha256, style_weight
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.trainer import BaseTrainer
from dynnet.training import train_blocks

FEATURES = "vgg19_lite"
_NOTHING_TO_DO = FitReport(history=[{"step": 0}])


class Trainer(BaseTrainer):
    recipe: Recipe

    def load(self) -> Photos:
        spec = self.recipe.profile.photos
        return training_photos(self.folders.data, spec.size, self.folders.cache, spec.held_out)[0]

    def identity(self) -> str:
        strangers = (stranger_sha256(n.name) for n in self.recipe.networks if n.kind == "package")
        return f"{' '.join(strangers)} {features_sha256(FEATURES)} "

    def fit(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        module = self.new(network)
        if network.kind == "package":
            return module, _NOTHING_TO_DO
        schedule, name = self.recipe.phase(network).schedule(), self.name_of(network)
        if network.lambda_style is not None:
            photos, objective = self._photos(self.recipe.profile.style_photos, index), self._objective(network)
            return module, train_blocks(module, objective, photos, schedule, self.fabric, state, name)
        spec = self.recipe.profile.photos
        sigmas = [point.sigma for point in network.walk] or [network.sigma]
        batches = MosaicBatches(self._photos(spec, index), spec.batch, sigmas, self.seed(index))
        alphas = torch.tensor([point.alpha for point in network.walk] * (spec.batch // len(sigmas)))
        at = {"alpha": alphas.to(self.fabric.device)} if network.walk else {}

        def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
            mosaic, x = (part.to(self.fabric.device) for part in batches.batch_at(batch_number(step, self.fabric)))
            return {"total": (wrapped(mosaic, **at) - x).abs().mean()}

        module.train()
        report = fit(module, losses, schedule, self.fabric, state, name=name)
        return module.eval(), report

    def tensors(self, network: Network, module: nn.Module) -> dict[str, Tensor]:
        """Nothing of a network of others; of a fine-tuned one the difference, which is none without its package."""
        if network.kind == "package":
            return {}
        if network.kind == "blocks":
            return super().tensors(network, module)
        start, state = self.trained(network.start).state_dict(), module.state_dict()
        return {f"difference.{name}": (state[name].cpu() - value).half() for name, value in start.items()}

    def meta(self, network: Network) -> dict[str, Any]:
        stranger = network.on or network.start or network.name
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
        drawing = self.recipe.stylisation
        picture = to_tensor(render_style(drawing.house, drawing.size, self.recipe.seed))
        terms = PerceptualTerms.of_style(feature_network(FEATURES), picture)
        style = style_weight(network.lambda_style, FEATURES)
        return Objective(terms, {"content": 1.0, "style": style, "tv": self.recipe.profile.total_variation})
