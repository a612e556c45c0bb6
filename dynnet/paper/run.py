"""A recipe's networks: trained, one by one, and loaded. A killed training goes on where it stopped."""

from collections.abc import Collection
from pathlib import Path

from dynnet.launching import Launcher, OneProcess
from dynnet.paper.locations import CHECKPOINTS, Folders
from dynnet.paper.recipe import application_part, load_recipe
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe
from dynnet.paper.trained import BaseTrained


def load(recipe: str | Path | BaseRecipe, profile: str = "cpu", folder: Path = CHECKPOINTS) -> BaseTrained:
    """A recipe's trained networks, in eval mode: `paper.load("fig3").dynamic["blocks"]`.

    Args:
        recipe: its name or file, as `load_recipe` takes them, or the recipe itself.
        profile: `smoke`, `cpu` or `paper`; of a recipe by name.
        folder: where its checkpoints are.

    Raises:
        DynnetError: there is no such recipe; a checkpoint is missing, altered, or of another recipe.
    """
    recipe = recipe if isinstance(recipe, BaseRecipe) else load_recipe(recipe, profile)
    return application_part(recipe, "trained").Trained.load(recipe, folder)


def train_recipe(
    recipe: BaseRecipe,
    folders: Folders,
    launcher: Launcher | None = None,
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
        DynnetError: bad data, an unknown name in `only`, a schedule that cannot be so short, a loss that is not finite.
    """
    launcher = launcher or OneProcess()
    wanted = [recipe.network(name) for name in only]  # an unknown name is found before anything is done
    wanted = [n for n in recipe.networks if n.kind != "given" and (n in wanted or not only)]
    for network in wanted:
        if not network.of:
            recipe.phase(network)  # before hours of work on the others
    trainer = application_part(recipe, "trainer").Trainer(recipe, folders, launcher, command)
    return [_borrowed(recipe, n, folders, launcher, command) if n.of else trainer.train(n) for n in wanted]


def _borrowed(recipe: BaseRecipe, network: BaseNetwork, folders: Folders, launcher: Launcher, command: str) -> Path:
    """The checkpoint of another recipe's network, which is trained if it is not there yet."""
    path = recipe.checkpoint_path(folders.checkpoints, network.name)
    if not path.is_file():
        figure, name = network.of.split("/")
        theirs = load_recipe(figure, recipe.profile_name, steps=recipe.profile.steps, seed=recipe.seed)
        train_recipe(theirs, folders, launcher, [name], command)
    return path
