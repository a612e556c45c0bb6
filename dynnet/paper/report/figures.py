"""Figure, notebook and files, as the notebooks themselves say it in their metadata.

    "dynnet": {"figures": {"fig3": {"title": ..., "alt": ..., "files": ["fig3.png", "fig3.csv", "fig3.json"]}}}

A notebook that says nothing leaves no figure. Packages that a notebook needs besides those of the reproduction are said
beside the figures, `"needs": ["onnx2torch"]`: where one is not installed, it shows the figures as they ship.
"""

import json
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynnet.errors import DynnetError, one_line


class MadeFigure(BaseModel):
    """A figure and the notebook that makes it.

    Attributes:
        name: `fig3`; what its files begin with.
        title: its heading.
        alt: what its picture shows, for those who do not see it.
        files: all that the notebook leaves of it, by file name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    notebook: Path
    name: str = Field(pattern=r"^[\w-]+$")
    title: str = Field(min_length=1)
    alt: str = Field(min_length=1)
    files: tuple[str, ...] = Field(min_length=1)

    @property
    def picture(self) -> str:
        return next((name for name in self.files if name.endswith(".png")), "")


def figures_of(notebook: Path) -> list[MadeFigure]:
    """The figures that a notebook says it makes, in its order.

    Raises:
        DynnetError: the file is no notebook, or what it says is no figure.
    """
    try:
        said = _said_by(notebook).get("figures", {})
        return [MadeFigure(notebook=notebook, name=name, **entry) for name, entry in said.items()]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DynnetError(f"{notebook}: metadata.dynnet.figures: {where}: {first['msg']}; correct it") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_notebook(notebook, error) from error


def missing_packages(notebook: Path) -> list[str]:
    """Which of the packages that a notebook needs besides the reproduction's are not installed.

    Raises:
        DynnetError: the file is no notebook.
    """
    try:
        return [name for name in _said_by(notebook).get("needs", ()) if find_spec(name) is None]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_notebook(notebook, error) from error


def all_notebooks(folder: Path) -> list[Path]:
    """The notebooks of a folder, in their order.

    Raises:
        DynnetError: there are none.
    """
    found = sorted(Path(folder).glob("*.ipynb"), key=lambda path: natural(path.stem))
    if not found:
        raise DynnetError(f"expected notebooks in {folder}/, got none; run this in a checkout of the project")
    return found


def all_figures(notebooks: Iterable[Path]) -> list[MadeFigure]:
    """The figures of all notebooks, in their order.

    Raises:
        DynnetError: two notebooks make one figure; what `figures_of` raises.
    """
    found: dict[str, MadeFigure] = {}
    for figure in (figure for notebook in notebooks for figure in figures_of(notebook)):
        if other := found.get(figure.name):
            raise DynnetError(
                f"{other.notebook.name} and {figure.notebook.name} both make {figure.name}, and one would overwrite "
                "the other's files; take it out of the metadata of one"
            )
        found[figure.name] = figure
    return sorted(found.values(), key=lambda figure: natural(figure.name))


def notebook_of(name: str, folder: Path) -> Path:
    """The notebook that makes a figure (`fig3`), or that is called by the name or begins with it (`09`).

    Raises:
        DynnetError: there is none; what `all_notebooks` and `all_figures` raise.
    """
    notebooks = all_notebooks(folder)
    figures = all_figures(notebooks)
    makes = [figure.notebook for figure in figures if figure.name == name]
    called = [path for path in notebooks if name and f"{path.stem}_".startswith(f"{name}_")]
    if not (found := makes + called):
        there = ", ".join([*(figure.name for figure in figures), *(path.stem for path in notebooks)])
        raise DynnetError(f"no notebook for {name!r} in {Path(folder).name}/; there are {there}")
    return found[0]


def alt_text(name: str, folder: Path = Path()) -> str:
    """What a figure shows, as the notebook in `folder` that makes it says; a notebook runs in its own folder.

    Raises:
        DynnetError: no notebook there makes the figure.
    """
    for notebook in sorted(Path(folder).glob("*.ipynb")):
        for figure in figures_of(notebook):
            if figure.name == name:
                return figure.alt
    raise DynnetError(
        f"no notebook in {Path(folder).resolve()}/ says in its metadata what {name} shows; run it in the folder in "
        "which it lies"
    )


def natural(name: str) -> list[Any]:
    """A key that sorts fig2 before fig10 before other names."""
    parts = re.split(r"(\d+)", name)
    return [not re.fullmatch(r"fig\d+", name), *(int(part) if part.isdigit() else part for part in parts)]


def _said_by(notebook: Path) -> dict[str, Any]:
    return json.loads(Path(notebook).read_text("utf-8"))["metadata"].get("dynnet", {})


def _no_notebook(notebook: Path, error: Exception) -> DynnetError:
    return DynnetError(f"{notebook}: expected a notebook, got: {one_line(error)}; restore it")
