"""Training of a recipe's networks, one by one: what all applications have in common."""

import hashlib
import logging
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.checkpoints import Checkpoint, halved, load_checkpoint, record, save_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.launching import Launcher, Run
from dynnet.paper.data.photos import Photos
from dynnet.paper.locations import Folders
from dynnet.paper.progress import terminal_bar
from dynnet.paper.recipe import application_part
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe
from dynnet.states import FitReport

_log = logging.getLogger(__name__)


class BaseTrainer(ABC):
    """Trains, saves and records the networks of one recipe.

    An application's `Trainer` says what is trained on (`load`), what of the world besides the recipe makes it another
    training (`identity`), how a network is fitted (`fit`), and what to know about it afterwards (`meta`).
    """

    def __init__(self, recipe: BaseRecipe, folders: Folders, launcher: Launcher, command: str):
        self.recipe, self.folders, self.launcher, self.command = recipe, folders, launcher, command
        self.kinds = application_part(recipe, "trained").Trained
        self.pictures = self.load()
        # what is measured afterwards does not make it another training
        measured = {"title": True, "where": True, "claims": True, "profile": {"evaluation"}}
        trained = recipe.model_dump_json(exclude=measured, exclude_defaults=True)
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
        """Trains network number `index`, which `new` builds, from where `state` stopped; torch's seed is set."""

    @abstractmethod
    def meta(self, network: BaseNetwork) -> dict[str, Any]:
        """What a checkpoint says of its network: enough for `Trained.build` or `Trained.tune` to build it."""

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
        if self.launcher.is_global_zero:
            save_checkpoint(path, self.tensors(network, module), self.meta(network))
            entry = self._entry(network, report) | self.facts(network, module)
            record(self.folders.checkpoints, path, entry)
        self.launcher.barrier()
        _log.info("%s: %d steps, %.1f minutes, %s", network.name, report.steps, report.seconds / 60, path)
        return path

    def new(self, network: BaseNetwork) -> nn.Module:
        """What a network's training starts from: new weights, those of a warm start, or blocks on a trained network.

        Raises:
            DynnetError: what it starts from or stands on is not trained yet, or its file is altered.
        """
        if network.on is not None:
            return self.kinds.tune(self.trained(network.on), self.meta(network))
        if network.start and getattr(self.recipe.profile, "warm", None):
            return self.trained(network.start).requires_grad_(True)
        return self.kinds.build(self.meta(network))

    def trained(self, name: str) -> nn.Module:
        """A trained or given network in eval mode, from its checkpoint, anew at every call.

        What is built on it then fits the weights that ship, rounded as they are.

        Raises:
            DynnetError: the network is not trained yet, or its file is altered.
        """
        network = self.recipe.network(name)
        if network.kind == "given":
            return self.kinds.give(network).eval()
        if network.on is not None:
            return self.kinds.restored_blocks(self.checkpoint(name), self.trained(network.on))
        return self.kinds.restored(self.checkpoint(name))

    def checkpoint(self, name: str) -> Checkpoint:
        """The file of a trained network; raises what `trained` does."""
        return load_checkpoint(self.recipe.checkpoint_path(self.folders.checkpoints, name))

    def seed(self, index: int) -> int:
        """Of the batches of network number `index`."""
        return 1000 * self.recipe.seed + index

    def run(self, network: BaseNetwork, state: Path) -> Run:
        """How the training of a network runs; a bar shows it where there is a terminal."""
        name = f"{self.recipe.figure} {network.name}"
        return Run(self.launcher, state, name=name, progress=terminal_bar(name))

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
