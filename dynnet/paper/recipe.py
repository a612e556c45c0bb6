"""Recipes: one TOML file per figure, with the profiles smoke, cpu and paper."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dynnet.errors import DynnetError
from dynnet.paper.completion.recipe import CompletionRecipe
from dynnet.paper.faces.recipe import GenerationRecipe
from dynnet.paper.recipe_base import BaseRecipe
from dynnet.paper.style.recipe import StyleRecipe
from dynnet.paper.toml_file import read_toml

APPLICATIONS = {"style": StyleRecipe, "generation": GenerationRecipe, "completion": CompletionRecipe}
PROFILES = ("smoke", "cpu", "paper")
_ROOM = Path(__file__).parent  # a recipe lies in the folder of its application


def recipe_names() -> list[str]:
    """The recipes that ship with the package."""
    return sorted(path.stem for path in _ROOM.glob("*/*.toml"))


def load_recipe(
    name: str | Path, profile: str = "cpu", style: Path | None = None, precision: str | None = None
) -> BaseRecipe:
    """A recipe, checked; of the class that its key `application` names (default "style").

    Args:
        name: of a shipped recipe (`fig3`), or a path of a TOML file.
        profile: `smoke`, `cpu` or `paper`.
        style: a picture file that takes the place of the default style's, at its size and with its lambda.
        precision: takes the place of the profile's, e.g. `bf16-mixed`: on a CPU that computes with bfloat16
            (avx512_bf16, amx) a training takes about two thirds of the time.

    Raises:
        DynnetError: there is no such recipe or profile, or the recipe has an unknown key or a bad value.
    """
    source = _read(name)
    profiles, styles = _table(name, "profiles", source.pop("profiles", {})), source.get("styles", {})
    application = str(source.pop("application", "style"))
    if application not in APPLICATIONS:
        raise DynnetError(f"recipe {name} has application = {application!r}; there are {', '.join(APPLICATIONS)}")
    if profile not in profiles:
        raise DynnetError(f"recipe {name} has no profile {profile!r}; it has {', '.join(profiles) or 'none'}")
    if style is not None:
        if "default" not in _table(name, "styles", styles):
            raise DynnetError(f"recipe {name} has several styles ({', '.join(styles)}), and none to replace by {style}")
        default = _table(name, "styles.default", styles["default"])
        kept = {key: default[key] for key in ("size", "lambda_style") if key in default}
        styles["default"] = kept | {"picture": str(Path(style).resolve())}
    if precision:
        _table(name, f"profiles.{profile}", profiles[profile])["precision"] = precision
    try:
        return APPLICATIONS[application](**source, profile_name=profile, profile=profiles[profile])
    except (ValidationError, TypeError) as error:
        raise DynnetError(f"recipe {name}, profile {profile}: {' '.join(_explain(error).split())}") from error


def _read(name: str | Path) -> dict[str, Any]:
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise DynnetError(
                f"no recipe file {path}: give a path of a TOML file or one of {', '.join(recipe_names())}"
            )
        return read_toml(path)
    if str(name) not in recipe_names():
        raise DynnetError(
            f"no recipe {str(name)!r}; there are {', '.join(recipe_names())}, or give a path of a TOML file"
        )
    return read_toml(next(_ROOM.glob(f"*/{name}.toml")))


def _table(name: str | Path, key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DynnetError(f"recipe {name}: expected a table {key}, got {str(value)[:60]!r}; write [{key}]")
    return value


def _explain(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "recipe"
    if first["type"] == "extra_forbidden":
        return f"unknown key {where!r}; remove it or correct its spelling"
    return f"{where}: {first['msg']}, got {str(first['input'])[:60]!r}"


__all__ = ["PROFILES", "load_recipe", "recipe_names"]
