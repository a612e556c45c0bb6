"""A recipe's networks, from their checkpoints: what a notebook measures."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from dynnet.checkpoints import Checkpoint, load_checkpoint, restore, restored
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError, first_line
from dynnet.joining import join
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe


@dataclass
class BaseTrained(ABC):
    """A recipe's trained networks, in eval mode; an application's `Trained` builds them, and adds what measures them.

    Attributes:
        networks: every network with weights of its own, by name: main and fixed networks, and whatever judges them.
        dynamic: every Dynamic-Net, by the name of its blocks or of the sets of blocks that it joins.
        hashes: {network name: sha256 of its checkpoint}, of those that have one.
    """

    recipe: BaseRecipe
    networks: dict[str, nn.Module]
    dynamic: dict[str, DynamicNet]
    hashes: dict[str, str]

    @staticmethod
    @abstractmethod
    def build(meta: Mapping[str, Any]) -> nn.Module:
        """An untrained network as a checkpoint's metadata describe it: of their `kind` and their size.

        Raises:
            DynnetError: they describe none of this application's.
        """

    @staticmethod
    def tune(main: nn.Module, meta: Mapping[str, Any]) -> DynamicNet:
        """A main network with untrained tuning-blocks, as the metadata of a checkpoint of blocks describe them."""
        return new_dynamic(main, meta.get("blocks_at", ()), meta.get("rank"))

    @staticmethod
    def give(network: BaseNetwork) -> nn.Module:
        """The network of a recipe's `given` one, with its weights, for applications that have such.

        Raises:
            DynnetError: this application has none.
        """
        raise DynnetError(f'{network.name}: this application has no networks of kind = "given"')

    @classmethod
    def load(cls, recipe: BaseRecipe, folder: Path) -> Self:
        """The networks of a recipe, from the checkpoints that its profile's evaluation names.

        All of them, but for those that do not ship and are not there.

        Raises:
            DynnetError: a checkpoint is missing, altered, or of another network.
        """
        source = recipe.with_checkpoints()
        paths = {network.name: source.checkpoint_path(folder, network.name) for network in recipe.networks}
        there = tuple(network for network in recipe.networks if network.ships or paths[network.name].is_file())
        kept = [network.name for network in there if network.kind != "given"]
        recipe = recipe.model_copy(update={"networks": there})
        return cls.of(recipe, {name: load_checkpoint(paths[name]) for name in kept})

    @classmethod
    def of(cls, recipe: BaseRecipe, found: Mapping[str, Checkpoint]) -> Self:
        """The same from checkpoints by name; an application that needs more of them than networks adds it here."""
        networks: dict[str, nn.Module] = {}
        dynamic: dict[str, DynamicNet] = {}
        for network in recipe.networks:
            if network.kind == "given":
                networks[network.name] = cls.give(network).eval()
            elif network.on is None:
                networks[network.name] = cls.restored(found[network.name])
            else:
                dynamic[network.name] = cls.restored_blocks(found[network.name], networks[network.on])
        joined = {name: join({part: dynamic[part] for part in sets}) for name, sets in recipe.together.items()}
        return cls(recipe, networks, dynamic | joined, {name: one.sha256 for name, one in found.items()})

    @classmethod
    def restored(cls, checkpoint: Checkpoint) -> nn.Module:
        """The network of a checkpoint, in eval mode.

        Raises:
            DynnetError: the checkpoint is of another network.
        """
        return restored(lambda: cls.build(checkpoint.meta), checkpoint.part("weights"), checkpoint.path).eval()

    @classmethod
    def restored_blocks(cls, checkpoint: Checkpoint, main: nn.Module) -> DynamicNet:
        """The Dynamic-Net of a checkpoint of blocks, on its main network, in eval mode.

        Raises:
            DynnetError: the checkpoint is of other blocks.
        """
        try:
            net = cls.tune(main, checkpoint.meta)
        except DynnetError:
            raise
        except Exception as error:  # whatever odd metadata lead to
            raise DynnetError(
                f"{checkpoint.path}: its metadata describe no tuning-blocks of this network ({first_line(error)}): "
                "train it again"
            ) from error
        restore(net.blocks, checkpoint.part("weights"), checkpoint.path)
        return net.eval()

    def of_kind(self, kind: str) -> dict[str, nn.Module]:
        """{name: network} of one kind, in the recipe's order."""
        return {n.name: self.networks[n.name] for n in self.recipe.networks if n.kind == kind}

    def modules(self) -> Iterable[nn.Module]:
        """All there are, those that measure too."""
        return *self.networks.values(), *self.dynamic.values()

    def to(self, device: str | torch.device) -> Self:
        """Moves every module to a device."""
        for module in self.modules():
            module.to(device)
        return self
