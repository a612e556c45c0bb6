"""Training of a recipe, network by network; a killed run goes on where it stopped."""

import hashlib
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from dynnet.baselines.adain import AdaIN, train_decoder
from dynnet.baselines.conditional_in import ConditionalIN, train_conditional
from dynnet.checkpoints import load_checkpoint, record
from dynnet.data.batches import PhotoBatches
from dynnet.data.photos import Photos
from dynnet.data.roots import training_photos
from dynnet.dynamic import DynamicNet
from dynnet.experiment import (
    checkpoint_path,
    load_main,
    new_baseline,
    new_dynamic,
    new_main,
    objective,
    save_network,
    style_tensor,
)
from dynnet.fitting import FitReport
from dynnet.locations import CACHE, CHECKPOINTS, RUNS
from dynnet.losses import LAMBDA_UNIT, feature_network
from dynnet.losses.perceptual import PerceptualTerms
from dynnet.networks.transformer import TransformerNet
from dynnet.recipes import load_recipe
from dynnet.recipes.schema import Network, Recipe
from dynnet.training import train_blocks, train_main

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folders:
    """Where a training reads and writes.

    Args:
        data: the data root, or None for scikit-image's photographs.
        checkpoints: receives PROFILE/FIGURE/NAME.safetensors and the manifest.
        runs: states of unfinished networks.
        cache: decoded photos.
    """

    data: Path | None = None
    checkpoints: Path = CHECKPOINTS
    runs: Path = RUNS
    cache: Path = CACHE


def train_recipe(
    recipe: Recipe,
    folders: Folders,
    fabric: Fabric | None = None,
    only: Collection[str] = (),
    command: str = "dynnet train",
) -> list[Path]:
    """Trains the networks of a recipe in order, and returns their checkpoints.

    Every network's checkpoint and manifest line are written as soon as it is done. Started again with the same recipe
    and folders, finished networks are taken from their state and the unfinished one goes on.

    Args:
        only: names of networks to train; default all. What they start from must be trained by then.
        command: how to do it again; goes into the manifest.

    Raises:
        DynnetError: bad data, an unknown name in `only`, a loss that is not finite.
    """
    for name in only:
        recipe.network(name)
    trainer = _Trainer(recipe, folders, fabric or Fabric(accelerator="cpu", devices=1), command)
    wanted = [network for network in recipe.networks if not only or network.name in only]
    return [trainer.train(network) for network in wanted]


class _Trainer:
    def __init__(self, recipe: Recipe, folders: Folders, fabric: Fabric, command: str):
        self.recipe, self.folders, self.fabric, self.command = recipe, folders, fabric, command
        spec = recipe.profile.photos
        self.photos, _ = training_photos(folders.data, spec.size, folders.cache, spec.held_out)
        self.features = feature_network(recipe.profile.features).to(fabric.device)
        # what is measured afterwards does not make it another training
        trained = recipe.model_dump_json(exclude={"title": True, "profile": {"evaluation"}}, exclude_defaults=True)
        unit = LAMBDA_UNIT[recipe.profile.features]
        identity = hashlib.sha256(f"{trained} {unit} {describe(self.photos)}".encode()).hexdigest()[:12]
        self.states = folders.runs / f"{recipe.figure}-{recipe.profile_name}-{identity}"

    def train(self, network: Network) -> Path:
        """One network: build, fit, save, record. One of another recipe is only made sure of."""
        path = checkpoint_path(self.folders.checkpoints, self.recipe, network.name)
        if network.of:
            if not path.is_file():
                figure, name = network.of.split("/")
                shared = load_recipe(figure, self.recipe.profile_name)
                train_recipe(shared, self.folders, self.fabric, [name], self.command)
            return path
        index = self.recipe.networks.index(network)
        torch.manual_seed(self.recipe.seed + index)
        styles = {name: self._style(name) for name in network.styles or (network.style,)}
        module = self._build(network, styles)
        report = self._fit(network, module, styles, index)
        if self.fabric.is_global_zero:
            save_network(path, module, self._targets(network, styles), self._meta(network))
            record(self.folders.checkpoints, path, self._entry(network, report))
        self.fabric.barrier()
        _log.info("%s: %d steps, %.1f minutes, %s", network.name, report.steps, report.seconds / 60, path)
        return path

    def _build(self, network: Network, styles: Mapping[str, Tensor]) -> nn.Module:
        if network.kind == "blocks":
            return new_dynamic(self._trained(network.on), self.recipe.blocks_at)
        if network.kind in ("conditional_in", "adain"):
            return new_baseline(network.kind, self.recipe.profile.width, styles, self.features)
        if network.start and self.recipe.profile.warm:
            return self._trained(network.start).requires_grad_(True)
        return new_main(self.recipe)

    def _fit(self, network: Network, module: nn.Module, styles: Mapping[str, Tensor], index: int) -> FitReport:
        terms = {name: PerceptualTerms.of_style(self.features, style) for name, style in styles.items()}
        wanted = {n: objective(t, self.recipe, self.recipe.lambda_of(network, n)) for n, t in terms.items()}
        state = self.states / f"{network.name}.state"
        common = (self._batches(index), self.recipe.phase(network).schedule(), self.fabric, state)
        name = f"{self.recipe.figure} {network.name}"
        if isinstance(module, ConditionalIN):
            return train_conditional(module, wanted, *common, name=name)
        if isinstance(module, AdaIN):
            return train_decoder(module, styles, *common, name=name)
        train = train_blocks if isinstance(module, DynamicNet) else train_main
        return train(module, wanted[network.style], *common, name=name)

    def _style(self, name: str) -> Tensor:
        return style_tensor(self.recipe.styles[name], self.folders.data).to(self.fabric.device)

    def _targets(self, network: Network, styles: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Gram matrices to keep with a network: where no other keeps its style's."""
        if network.styles or (network.on and self.recipe.network(network.on).style == network.style):
            return {}
        return PerceptualTerms.of_style(self.features, styles[network.style]).targets

    def _trained(self, name: str) -> TransformerNet:
        """From its checkpoint, so that what is built on it fits the weights that ship, rounded as they are."""
        return load_main(load_checkpoint(checkpoint_path(self.folders.checkpoints, self.recipe, name)))

    def _batches(self, index: int) -> PhotoBatches:
        spec = self.recipe.profile.photos
        return PhotoBatches(self.photos, spec.batch, spec.crop, spec.scale, seed=1000 * self.recipe.seed + index)

    def _meta(self, network: Network) -> dict[str, Any]:
        lambdas = {name: self.recipe.lambda_of(network, name) for name in network.styles}
        pictures = {name: self._described(name) for name in network.styles}
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            "width": self.recipe.profile.width,
            "features": self.recipe.profile.features,
            "blocks_at": list(self.recipe.blocks_at),
            "style_picture": pictures or self._described(network.style),
            **network.model_dump(exclude={"style", "of", "lambda_style"}),
            "lambda_style": lambdas or self.recipe.lambda_of(network),
        }

    def _described(self, name: str) -> dict[str, Any]:
        style = self.recipe.styles[name].model_dump(mode="json", exclude_none=True, exclude={"lambda_style"})
        if "picture" in style:
            style["picture"] = Path(style["picture"]).name  # where it lay on one machine helps nobody
        return style

    def _entry(self, network: Network, report: FitReport) -> dict[str, Any]:
        losses = {name: round(value, 5) for name, value in report.history[-1].items() if name != "step"}
        return {
            "command": self.command,
            "seed": self.recipe.seed,
            "steps": report.steps,
            "minutes": round(report.seconds / 60, 2),
            "data": describe(self.photos),
            "last_losses": losses,
            "network": self._meta(network),
        }


def describe(photos: Photos) -> str:
    """`2715 photos, 256 px`, and the like."""
    return f"{len(photos)} x {photos.name}, {photos.size} px"
