"""What pictures can be rendered with: networks that ship, those of one's own trainings, files of tuning-blocks."""

import json
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import nn

from dynnet.block_files import main_of
from dynnet.checkpoints import load_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.fingerprint import fingerprint
from dynnet.joining import join
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import application_part, load_recipe, outsiders_part, recipe_names
from dynnet.paper.recipe_base import BaseRecipe

_SUFFIX = ".safetensors"
_KINDS = ("blocks", "together")  # of checkpoints that hold tuning-blocks


def shipped(folder: Path = CHECKPOINTS) -> dict[str, tuple[BaseRecipe, str]]:
    """{what `--net` calls it: (its recipe, the Dynamic-Net's name there)}, of those whose checkpoints are there.

    One that its recipe calls `blocks`, or a recipe's only one, is called by the recipe's name, the others RECIPE/NAME.
    """
    found: dict[str, tuple[BaseRecipe, str]] = {}
    for figure in recipe_names():
        recipe = load_recipe(figure).with_checkpoints()
        there = [name for name in recipe.of_pictures() if _is_there(recipe, name, folder)]
        found |= {
            figure if len(there) == 1 or name == "blocks" else f"{figure}/{name}": (recipe, name) for name in there
        }
    return found


def network(what: str, folder: Path = CHECKPOINTS) -> DynamicNet:
    """The Dynamic-Net that a text names, in eval mode.

    Args:
        what: a name of `shipped`; a folder that a training wrote, or a checkpoint of blocks in it; a file of
            `DynamicNet.save_blocks`, for a main network that ships or lies in a folder beside it.
        folder: where the shipped checkpoints are.

    Raises:
        DynnetError: there is no such thing, it is several, or a file is damaged or of another network.
    """
    known, path = shipped(folder), Path(what)
    if what in known:
        return assembled(*known[what], folder)
    if path.is_dir():
        return _of_training(path)
    if path.is_file():
        return _of_file(path, folder)
    inside = [name for name in known if name.startswith(f"{what}/")]
    if inside:
        raise DynnetError(f"--net {what}: expected one network, it has {', '.join(inside)}; name one of them")
    raise DynnetError(
        f"--net {what}: expected {', '.join(known) or 'a network'}, a folder of a training of yours or a file of "
        "tuning-blocks, got none of these; `dynnet nets` lists what ships"
    )


def assembled(recipe: BaseRecipe, name: str, folder: Path) -> DynamicNet:
    """One Dynamic-Net of a recipe and nothing else of it, from its checkpoints in a folder.

    Raises:
        DynnetError: a checkpoint is missing, altered or of another network.
    """
    kinds = application_part(recipe, "trained").Trained
    parts = recipe.together.get(name, (name,))
    on = recipe.network(recipe.network(parts[0]).on)
    main = kinds.give(on).eval() if on.kind == "given" else _restored(kinds, recipe.checkpoint_path(folder, on.name))
    nets = {p: kinds.restored_blocks(load_checkpoint(recipe.checkpoint_path(folder, p)), main) for p in parts}
    return join(nets) if name in recipe.together else nets[name]


def _restored(kinds: type, path: Path) -> nn.Module:
    return kinds.restored(load_checkpoint(path))


def _is_there(recipe: BaseRecipe, name: str, folder: Path) -> bool:
    parts = recipe.together.get(name, (name,))
    needed = [network for part in parts for network in (part, recipe.network(part).on)]
    given = {network.name for network in recipe.networks if network.kind == "given"}
    return all(recipe.checkpoint_path(folder, one).is_file() for one in needed if one not in given)


def _of_training(folder: Path) -> DynamicNet:
    found = [path for path in sorted(folder.rglob(f"*{_SUFFIX}")) if _meta(path).get("kind") in _KINDS]
    if len(found) == 1:
        return _of_checkpoint(found[0])
    if not found:
        raise DynnetError(f"--net {folder}: expected the checkpoint of tuning-blocks in it, got none; train them first")
    listed = ", ".join(str(path) for path in found[:8])
    raise DynnetError(f"--net {folder}: expected one checkpoint of tuning-blocks, got {len(found)}: name one: {listed}")


def _of_file(path: Path, folder: Path) -> DynamicNet:
    meta = _meta(path)
    if meta.get("kind") in _KINDS:
        return _of_checkpoint(path)
    if meta:
        raise DynnetError(
            f"--net {path}: expected tuning-blocks, got a checkpoint of kind {meta.get('kind')!r}; name the blocks"
        )
    wanted = main_of(path)["sha256"]
    for main in _mains(path.parent, folder):
        if fingerprint(main) == wanted:
            return DynamicNet.load(main, path)
    raise DynnetError(
        f"--net {path}: expected blocks on a main network that ships or lies in a folder beside it, got others; "
        "put the checkpoint of their main network there"
    )


def _of_checkpoint(path: Path) -> DynamicNet:
    """From FOLDER/PROFILE/FIGURE/NAME.safetensors, which a training wrote."""
    blocks = load_checkpoint(path)
    figure, name = (str(blocks.meta.get(key, "")) for key in ("figure", "name"))
    profile = str(blocks.meta.get("profile", "cpu"))
    if figure in recipe_names() and name in (recipe := load_recipe(figure, profile)).of_pictures():
        return assembled(recipe, name, path.parents[2])
    kinds = outsiders_part("trained").Trained
    main = path.with_name(f"{blocks.meta.get('on', 'main')}{_SUFFIX}")
    return kinds.restored_blocks(blocks, _restored(kinds, main))


def _mains(beside: Path, folder: Path) -> Iterator[nn.Module]:
    """Main networks that a file of blocks may be for: the shipped ones, and those under its own folder."""
    seen: set[Path] = set()
    for recipe, name in shipped(folder).values():
        main = recipe.network(recipe.together.get(name, (name,))[0]).on
        path = recipe.checkpoint_path(folder, main)
        if path not in seen and path.is_file():
            seen.add(path)
            yield _restored(application_part(recipe, "trained").Trained, path)
    kinds = outsiders_part("trained").Trained
    for path in sorted(beside.rglob(f"*{_SUFFIX}")):
        if path not in seen and _meta(path).get("kind") == "main":
            yield _restored(kinds, path)


def _meta(path: Path) -> dict:
    """What a checkpoint says that it is; empty for any other file."""
    try:
        with safe_open(path, framework="pt") as content:
            meta = json.loads((content.metadata() or {}).get("dynnet", "{}"))
    except (SafetensorError, OSError, ValueError):
        return {}
    return meta if isinstance(meta, dict) else {}
