"""Headless notebooks: one figure, one notebook, run by papermill."""

import os
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from dynnet.errors import DynnetError
from dynnet.paper.locations import PROJECT

NOTEBOOKS = PROJECT / "notebooks"
EXECUTED = PROJECT / "build"
_SHARED = {"fig1": ["00_quickstart.ipynb"], "fig2": ["00_quickstart.ipynb"]}  # figures that one notebook makes


def notebook_of(figure: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook whose name starts with the figure's (`fig3` -> fig3_objective_space.ipynb), or that it shares.

    Raises:
        DynnetError: there is none.
    """
    names = [f"{figure}_*.ipynb", *_SHARED.get(figure, ())]
    found = [path for name in names for path in sorted(Path(folder).glob(name))]
    if not found:
        there = ", ".join(sorted(p.stem.split("_")[0] for p in Path(folder).glob("*.ipynb"))) or "none"
        raise DynnetError(f"no notebook for {figure!r} in {folder.name}/; there are notebooks for {there}")
    return found[0]


def run_notebook(notebook: Path, parameters: dict[str, Any], executed: Path = EXECUTED) -> Path:
    """Executes a notebook with parameters and returns the executed copy.

    Raises:
        DynnetError: a cell failed, or its kernel died; the copy up to there is kept.
    """
    executed = Path(executed)
    executed.mkdir(parents=True, exist_ok=True)
    target = executed / notebook.name
    # The kernel's own stderr says nothing a reader needs, and its frozen-modules warning looks like a fault.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        papermill.execute_notebook(
            notebook,
            target,
            parameters,
            cwd=notebook.parent,
            progress_bar=False,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=50"],  # else it warns of its own unencrypted sockets
        )
    except PapermillExecutionError as error:
        raise DynnetError(
            f"{notebook.name}: {error.ename}: {error.evalue} (cell {error.exec_count}, see {target})"
        ) from error
    except DeadKernelError as error:
        raise DynnetError(
            f"{notebook.name}: the kernel died in a cell, for want of memory perhaps; see {target}"
        ) from error
    return target
