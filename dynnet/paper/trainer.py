"""Training of a recipe's networks, one by one: what all applications have in common."""

import hashlib
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from dynnet.checkpoints import Checkpoint, halved, load_checkpoint, record, save_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.fitting import FitReport
from dynnet.paper.data.photos import Photos
from dynnet.paper.locations import CACHE, CHECKPOINTS, RUNS
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folders:
    """Where a training reads and writes.

    Args:
        data: the data root, or None for what is shipped: scikit-image's photographs, generated faces.
        checkpoints: receives PROFILE/FIGURE/NAME.safetensors and the manifest.
        runs: states of unfinished networks.
        cache: decoded pictures.
    """

    data: Path | None = None
    checkpoints: Path = CHECKPOINTS
    runs: Path = RUNS
    cache: Path = CACHE


class Trainer(ABC):
    """Trains, saves and records the networks of one recipe.

    An application says what is trained on (`load`), what of the world besides the recipe makes it another training
    (`identity`), how a network is built and fitted (`fit`), and what to know about it afterwards (`meta`).
    """

    def __init__(self, recipe: BaseRecipe, folders: Folders, fabric: Fabric, command: str):
        self.recipe, self.folders, self.fabric, self.command = recipe, folders, fabric, command
        self.pictures = self.load()
        # what is measured afterwards does not make it another training
        trained = recipe.model_dump_json(exclude={"title": True, "profile": {"evaluation"}}, exclude_defaults=True)
        told = f"{trained} {self.identity()}{describe(self.pictures)}"
        digest = hashlib.sha256(told.encode()).hexdigest()[:12]
        self.states = folders.runs / f"{recipe.figure}-{recipe.profile_name}-{digest}"

    @abstractmethod
    def load(self) -> Photos:
        """All pictures that are trained on."""

    def identity(self) -> str:
        """What besides recipe and pictures makes it another training; ends in a space, unless it is empty."""
        return ""

    @abstractmethod
    def fit(self, network: BaseNetwork, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        """Builds network number `index` and trains it, from where `state` stopped; torch's seed is set."""

    @abstractmethod
    def meta(self, network: BaseNetwork) -> dict[str, Any]:
        """What a checkpoint says of its network: enough to build it again."""

    def tensors(self, network: BaseNetwork, module: nn.Module) -> dict[str, Tensor]:
        """What to save: the weights; of a Dynamic-Net the blocks' only, for its main network has a file of its own."""
        return halved("weights", module.blocks if isinstance(module, DynamicNet) else module)

    def facts(self, network: BaseNetwork, module: nn.Module) -> dict[str, Any]:
        """What the manifest says besides; measured once, after the training."""
        return {}

    def train(self, network: BaseNetwork) -> Path:
        """One network: build, fit, save, record. A finished one is taken from its state."""
        path = self.recipe.checkpoint_path(self.folders.checkpoints, network.name)
        index = self.recipe.networks.index(network)
        torch.manual_seed(self.recipe.seed + index)
        module, report = self.fit(network, index, self.states / f"{network.name}.state")
        if self.fabric.is_global_zero:
            save_checkpoint(path, self.tensors(network, module), self.meta(network))
            entry = self._entry(network, report) | self.facts(network, module)
            record(self.folders.checkpoints, path, entry)
        self.fabric.barrier()
        _log.info("%s: %d steps, %.1f minutes, %s", network.name, report.steps, report.seconds / 60, path)
        return path

    def trained(self, name: str) -> Checkpoint:
        """A network's checkpoint: what is built on it then fits the weights that ship, rounded as they are.

        Raises:
            DynnetError: the network is not trained yet, or its file is altered.
        """
        return load_checkpoint(self.recipe.checkpoint_path(self.folders.checkpoints, name))

    def seed(self, index: int) -> int:
        """Of the batches of network number `index`."""
        return 1000 * self.recipe.seed + index

    def name_of(self, network: BaseNetwork) -> str:
        """What logs and errors call the training of a network."""
        return f"{self.recipe.figure} {network.name}"

    def _entry(self, network: BaseNetwork, report: FitReport) -> dict[str, Any]:
        losses = {name: round(value, 5) for name, value in report.history[-1].items() if name != "step"}
        return {
            "command": self.command,
            "seed": self.recipe.seed,
            "steps": report.steps,
            "minutes": round(report.seconds / 60, 2),
            "data": describe(self.pictures),
            "last_losses": losses,
            "network": self.meta(network),
        }


def describe(photos: Photos) -> str:
    """`2715 photos, 256 px`, and the like."""
    return f"{len(photos)} x {photos.name}, {photos.size} px"
