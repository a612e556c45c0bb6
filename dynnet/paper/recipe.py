"""Recipes: one TOML file per figure, with the profiles smoke, cpu and paper; and the application each is for.

An application is a folder beside this file, and is found by the folder's name. Nothing else names it. It holds

- `*.toml`, its recipes. A recipe is called by its file's name, which is also the `figure` that it names.
- `recipe.py` with `Recipe`, a `BaseRecipe`: what these files may say.
- `trained.py` with `Trained`, a `BaseTrained`: how to build a network that a checkpoint describes (`Trained.build`),
  and what else a notebook needs of the trained networks. `paper.load` answers with one.
- `trainer.py` with `Trainer`, a `BaseTrainer`: how each kind of network is trained, and on what.

Everything else is the application's own: its network, losses, measures, explorer. A notebook makes its figure.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError

from dynnet.errors import DynnetError
from dynnet.paper.recipe_base import BaseRecipe
from dynnet.paper.toml_file import read_toml, table_of

OUTSIDE = "style"  # the application of a recipe that lies in none's folder and names none
PROFILES = ("smoke", "cpu", "paper")
_ROOM = Path(__file__).parent


def recipe_names() -> list[str]:
    """The recipes that ship with the project."""
    return sorted(path.stem for path in _ROOM.glob("*/*.toml"))


def application_names() -> list[str]:
    """The applications there are, each a folder."""
    return sorted(path.parent.name for path in _ROOM.glob("*/recipe.py"))


def application_part(recipe: BaseRecipe, part: str) -> ModuleType:
    """A module of a recipe's application: `trained` or `trainer`."""
    return import_module(f"{type(recipe).__module__.rpartition('.')[0]}.{part}")


def outsiders_part(part: str) -> ModuleType:
    """The same of the application that a recipe outside of all folders is for, unless it names one."""
    return import_module(f"{__package__}.{OUTSIDE}.{part}")


def load_recipe(
    name: str | Path,
    profile: str = "cpu",
    style: Path | None = None,
    precision: str | None = None,
    steps: int | None = None,
    stable: float | None = None,
    seed: int | None = None,
) -> BaseRecipe:
    """A recipe, checked by its application.

    Args:
        name: of a shipped recipe (`fig3`), or a path of a TOML file. A file outside of the applications' folders names
            its application (`application = "faces"`); default `OUTSIDE`.
        profile: `smoke`, `cpu` or `paper`.
        style: a picture file that takes the place of the recipe's own style, where it has one.
        precision: takes the place of the profile's, e.g. `bf16-mixed`: on a CPU that computes with bfloat16
            (avx512_bf16, amx) a training takes about two thirds of the time.
        steps: of every network, in place of the profile's own: a trial of all that a training needs.
        stable: weight of the change between noisy copies of a photo, against flicker, where the application has that.
        seed: takes the place of the recipe's.

    Raises:
        DynnetError: there is no such recipe or profile, or the recipe has an unknown key or a bad value.
    """
    path = _path(name)
    source = read_toml(path)
    profiles = table_of(name, "profiles", source.pop("profiles", {}))
    application = str(source.pop("application", path.parent.name if path.parent.parent == _ROOM else OUTSIDE))
    if application not in application_names():
        raise DynnetError(
            f"recipe {name} has application = {application!r}; there are {', '.join(application_names())}"
        )
    if profile not in profiles:
        raise DynnetError(f"recipe {name} has no profile {profile!r}; it has {', '.join(profiles) or 'none'}")
    kind = import_module(f"{__package__}.{application}.recipe").Recipe
    if style is not None:
        source = kind.with_style(name, source, Path(style).resolve())
    if precision:
        table_of(name, f"profiles.{profile}", profiles[profile])["precision"] = precision
    if steps is not None:
        table_of(name, f"profiles.{profile}", profiles[profile])["steps"] = steps
    if stable is not None:
        table_of(name, f"profiles.{profile}", profiles[profile])["stability"] = {"weight": stable}
    if seed is not None:
        source["seed"] = seed
    try:
        return kind(**source, profile_name=profile, profile=profiles[profile])
    except (ValidationError, TypeError) as error:
        raise DynnetError(f"recipe {name}, profile {profile}: {' '.join(_explain(error).split())}") from error


def _path(name: str | Path) -> Path:
    path, there = Path(name), ", ".join(recipe_names())
    if path.suffix == ".toml":
        if not path.is_file():
            raise DynnetError(f"no recipe file {path}: give a path of a TOML file or one of {there}")
        return path.absolute()
    if str(name) not in recipe_names():
        raise DynnetError(f"no recipe {str(name)!r}; there are {there}, or give a path of a TOML file")
    return next(_ROOM.glob(f"*/{name}.toml"))


def _explain(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "recipe"
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"unknown key {where!r}; remove it or correct its spelling"
    if first["type"] == "value_error":  # ours: it says what it got
        return f"{where}: {first['ctx']['error']}"
    return f"{where}: {first['msg']}, got {str(first['input'])[:60]!r}"
