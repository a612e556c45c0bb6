"""Headless notebooks, run by papermill with the interpreter that runs this."""

import os
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from dynnet.errors import DynnetError
from dynnet.paper.locations import PROJECT
from dynnet.paper.show import flip_book

NOTEBOOKS = PROJECT / "notebooks"
EXECUTED = PROJECT / "build"


class OwnKernel(AsyncKernelManager):
    """Starts the kernel of this interpreter, whatever other kernels of that name are installed."""

    frames = flip_book.FRAMES

    @default("kernel_spec_manager")
    def _own_kernel_only(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])  # looked for nowhere, the native kernel is this interpreter's

    async def start_kernel(self, **options: Any) -> None:
        """Tells the notebook that nobody will move its sliders: their walks become pictures."""
        environment = options.pop("env", os.environ)
        await super().start_kernel(env={**environment, flip_book.VARIABLE: str(self.frames)}, **options)


class SmokeKernel(OwnKernel):
    """The same for a run that only shows that everything runs."""

    frames = 2


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
            kernel_manager_class=SmokeKernel if parameters.get("profile") == "smoke" else OwnKernel,
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
