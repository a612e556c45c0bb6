"""The executed notebooks beside the page: what `make reproduce` left, as HTML that is read without a kernel."""

from collections.abc import Sequence
from pathlib import Path

from dynnet.paper.report.notebook_page import export_notebook
from dynnet.paper.report.notebooks import NOTEBOOKS

FOLDER = "notebooks"  # beside the page
_HOME = ("../index.html", "Dynamic-Net in the browser")


def executed_notebooks(folder: Path) -> list[Path]:
    """The executed copies in a folder of notebooks that are stored, in their order."""
    return [copy for stored in sorted(NOTEBOOKS.glob("*.ipynb")) if (copy := Path(folder) / stored.name).is_file()]


def lay_notebooks(executed: Sequence[Path], folder: Path) -> dict[str, str]:
    """Writes each executed notebook as a page into folder/notebooks, in the place of what lay there.

    Returns:
        {address, as seen from `folder`: title}

    Raises:
        DynnetError: what `export_notebook` raises.
    """
    place = Path(folder) / FOLDER
    for old in place.glob("*.html"):
        old.unlink()
    stems = [notebook.stem for notebook in executed]
    titles = [export_notebook(notebook, place / f"{notebook.stem}.html", stems, _HOME) for notebook in executed]
    return {f"{FOLDER}/{stem}.html": title for stem, title in zip(stems, titles, strict=True)}
