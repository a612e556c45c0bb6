"""Training of a recipe, network by network; a killed run goes on where it stopped."""

from collections.abc import Collection
from pathlib import Path

from lightning_fabric import Fabric

from dynnet.paper.completion.recipe import CompletionRecipe
from dynnet.paper.completion.trainer import CompletionTrainer
from dynnet.paper.faces.recipe import GenerationRecipe
from dynnet.paper.faces.trainer import GenerationTrainer
from dynnet.paper.recipe import load_recipe
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe
from dynnet.paper.style.recipe import StyleRecipe
from dynnet.paper.style.trainer import StyleTrainer
from dynnet.paper.trainer import Folders

_TRAINERS = {StyleRecipe: StyleTrainer, GenerationRecipe: GenerationTrainer, CompletionRecipe: CompletionTrainer}


def train_recipe(
    recipe: BaseRecipe,
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
    fabric = fabric or Fabric(accelerator="cpu", devices=1)
    wanted = [recipe.network(name) for name in only]  # an unknown name is found before anything is done
    wanted = [network for network in recipe.networks if network in wanted or not only]
    trainer = _TRAINERS[type(recipe)](recipe, folders, fabric, command)
    return [_borrowed(recipe, n, folders, fabric, command) if n.of else trainer.train(n) for n in wanted]


def _borrowed(recipe: BaseRecipe, network: BaseNetwork, folders: Folders, fabric: Fabric, command: str) -> Path:
    """The checkpoint of another recipe's network, which is trained if it is not there yet."""
    path = recipe.checkpoint_path(folders.checkpoints, network.name)
    if not path.is_file():
        figure, name = network.of.split("/")
        train_recipe(load_recipe(figure, recipe.profile_name), folders, fabric, [name], command)
    return path


__all__ = ["Folders", "train_recipe"]
