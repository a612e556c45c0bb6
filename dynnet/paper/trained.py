"""What the experiments of all applications have in common: a recipe's networks, from their checkpoints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import nn

from dynnet.checkpoints import Checkpoint, load_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.paper.blocks import load_dynamic
from dynnet.paper.recipe_base import BaseRecipe


@dataclass
class Trained:
    """A figure's trained networks, in eval mode; each application adds what measures them.

    Attributes:
        mains: every network with all weights trained, by name; `fixed` of the paper are among them.
        dynamic: every Dynamic-Net by the name of its blocks, or of the sets of blocks that it joins.
        hashes: {network name: sha256 of its checkpoint}.
    """

    recipe: BaseRecipe
    mains: dict[str, nn.Module]
    dynamic: dict[str, DynamicNet]
    hashes: dict[str, str]

    def judges(self) -> Iterable[nn.Module]:
        """The modules besides `mains` and `dynamic`."""
        return ()

    def to(self, device: str | torch.device) -> Self:
        """Moves every module to a device."""
        for module in (*self.mains.values(), *self.dynamic.values(), *self.judges()):
            module.to(device)
        return self


def load_all(recipe: BaseRecipe, folder: Path) -> dict[str, Checkpoint]:
    """Every network's checkpoint by its name, of the profile that the recipe's evaluation names.

    Raises:
        DynnetError: a checkpoint is missing or altered.
    """
    source = recipe.with_checkpoints()
    return {network.name: load_checkpoint(source.checkpoint_path(folder, network.name)) for network in recipe.networks}


def load_dynamics(
    recipe: BaseRecipe, found: Mapping[str, Checkpoint], mains: Mapping[str, nn.Module]
) -> dict[str, DynamicNet]:
    """The Dynamic-Nets of a recipe by the name of their blocks, on their main networks.

    Raises:
        DynnetError: a checkpoint is of other blocks.
    """
    return {n.name: load_dynamic(found[n.name], mains[n.on]) for n in recipe.networks if n.kind == "blocks"}


def hashes_of(found: Mapping[str, Checkpoint]) -> dict[str, str]:
    """{network name: sha256 of its checkpoint}."""
    return {name: checkpoint.sha256 for name, checkpoint in found.items()}
