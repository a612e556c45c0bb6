"""Training of a recipe's networks, one by one: what all applications have in common."""

import hashlib
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.checkpoints import Checkpoint, halved, load_checkpoint, record, save_checkpoint
from dynnet.launching import Launcher, Run
from dynnet.paper.data.photos import Photos
from dynnet.paper.locations import Folders
from dynnet.paper.progress import terminal_bar
from dynnet.paper.recipe import application_part
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe
from dynnet.schedule import Schedule
from dynnet.states import FitReport

CURVE = 20  # points of a loss's curve that the manifest keeps

_log = logging.getLogger(__name__)


class BaseTrainer(ABC):
    """Trains, saves and records the networks of one recipe.

    An application's `Trainer` says what is trained on (`load`), what else goes into a network (`seen`, `stands_on`,
    `identity`), how a network is fitted (`fit`), and what to know about it afterwards (`meta`).

    A training goes on from its state, or is taken from it, only if all that goes into it is as it was: by content, not
    by name. Whatever changed for one network trains that one anew, and those that stand on it.
    """

    def __init__(self, recipe: BaseRecipe, folders: Folders, launcher: Launcher, command: str):
        self.recipe, self.folders, self.launcher, self.command = recipe, folders, launcher, command
        self.kinds = application_part(recipe, "trained").Trained
        self.pictures = self.load()

    @abstractmethod
    def load(self) -> Photos:
        """All pictures that are trained on."""

    def seen(self, network: BaseNetwork) -> str:
        """The fingerprint of the pictures, and of what is told about them, that a network is trained on."""
        return self.pictures.fingerprint

    def stands_on(self, network: BaseNetwork) -> Collection[str]:
        """The networks whose checkpoints a network's training reads."""
        start = network.start if getattr(self.recipe.profile, "warm", None) else None
        return [name for name in (network.on, start) if name]

    def identity(self, network: BaseNetwork) -> dict[str, Any]:
        """What of the world besides makes it another training, as JSON: the content of style pictures and the like."""
        return {}

    @abstractmethod
    def fit(self, network: BaseNetwork, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        """Trains network number `index`, which `new` builds, from where `state` stopped; torch's seed is set."""

    @abstractmethod
    def meta(self, network: BaseNetwork) -> dict[str, Any]:
        """What a checkpoint says of its network: enough for `Trained.build` or `Trained.tune` to build it."""

    def tensors(self, network: BaseNetwork, module: nn.Module) -> dict[str, Tensor]:
        """What to save: the weights; of what tunes a network its own only, for the main network has its own file."""
        return halved("weights", module.blocks if network.on else module)

    def facts(self, network: BaseNetwork, module: nn.Module) -> dict[str, Any]:
        """What the manifest says besides; measured once, after the training."""
        return {}

    def train(self, network: BaseNetwork) -> Path:
        """One network: build, fit, save, record. A finished one is taken from its state."""
        path = self.recipe.checkpoint_path(self.folders.checkpoints, network.name)
        index, digest = self.recipe.networks.index(network), self._digest(network)
        folder = self.folders.runs / f"{self.recipe.figure}-{self.recipe.profile_name}"
        torch.manual_seed(self.recipe.seed + index)
        module, report = self.fit(network, index, folder / f"{network.name}-{digest}.state")
        if self.launcher.is_global_zero:
            save_checkpoint(path, self.tensors(network, module), self.meta(network))
            entry = self._entry(network, report) | {"identity": digest} | self.facts(network, module)
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

    def _digest(self, network: BaseNetwork) -> str:
        """A hash of all that goes into a network; torch's version is noted elsewhere, and not compared."""
        recipe, below = self.recipe, [self.recipe.network(name) for name in self.stands_on(network)]
        told = {
            "network": network.model_dump(mode="json", exclude={"of", "ships"}, exclude_defaults=True),
            "index": recipe.networks.index(network),
            "phase": asdict(recipe.phase(network)),
            "numbers": self._numbers(network),
            "pictures": self.seen(network),
            "below": {one.name: self.checkpoint(one.name).sha256 for one in below if one.kind != "given"},
            "besides": self.identity(network),
            "processes": self.launcher.world_size,  # as many batches a step
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def _numbers(self, network: BaseNetwork) -> dict[str, Any]:
        """What a recipe says of all networks: not of others, nor of what is measured afterwards."""
        profile = self.recipe.profile
        phases = {key for key in type(profile).model_fields if isinstance(getattr(profile, key), Schedule)}
        apart = {key: True for key in ("title", "where", "claims", "networks", "together", "styles")}
        apart |= {} if network.on else {"blocks_at": True}
        apart["profile"] = {"evaluation", "schedules", *phases}
        return self.recipe.model_dump(mode="json", exclude=apart, exclude_defaults=True)

    def _entry(self, network: BaseNetwork, report: FitReport) -> dict[str, Any]:
        losses = {name: round(value, 5) for name, value in report.history[-1].items() if name != "step"}
        return {
            "command": self.command,
            "seed": self.recipe.seed,
            "steps": report.steps,
            "minutes": round(report.seconds / 60, 2),
            "data": describe(self.pictures),
            "torch": str(torch.__version__),
            "last_losses": losses,
            "curve": curve(report.history),
            "network": self.meta(network),
        }


def curve(history: Sequence[Mapping[str, float]]) -> list[tuple[int, float]]:
    """How a training's loss fell: (step, mean total loss since the one before), evenly apart, `CURVE` of them or fewer.

    Empty for adversarial trainings, which minimise no total.
    """
    known = [entry for entry in history if "total" in entry]
    size = -(-len(known) // CURVE) or 1
    parts = [known[start : start + size] for start in range(0, len(known), size)]
    return [(int(part[-1]["step"]), round(fmean(entry["total"] for entry in part), 4)) for part in parts]


def describe(photos: Photos) -> str:
    """`2715 photos, 256 px`, and the like."""
    return f"{len(photos)} x {photos.name}, {photos.size} px"
