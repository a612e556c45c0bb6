"""Kernels that are forked from a process which has imported the large packages: a dozen notebooks import them once.

The notebooks' own start, in a process of its own, is `tests/paper/report/test_notebooks.py`'s to test.
"""

import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from matplotlib.figure import Figure

# Not `dynnet` itself: each notebook imports it as a reader's would.
PRELOADED = [
    "IPython.display",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipywidgets",
    "matplotlib.backends.backend_agg",
    "pandas",
    "scipy.ndimage",
    "scipy.stats",
    "torch._dynamo",
    "torchmetrics.image.kid",
]


class ForkedKernel:
    """A forked kernel, with what jupyter_client asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess):
        self.process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self.process.join(timeout)
        return self.process.exitcode

    def send_signal(self, signal: int) -> None:
        os.kill(self.pid, signal)

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.terminate()


def launch_kernel(command: Sequence[str], env: Mapping[str, str], cwd: str | None = None, **_: object) -> ForkedKernel:
    """In the place of jupyter_client's: `command` is what would be executed, `python -m ipykernel_launcher ...`."""
    if list(command[:3]) != [sys.executable, "-m", "ipykernel_launcher"]:
        raise ValueError(f"a kernel of this interpreter can be forked, no other: {command}")
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    told = (list(command[3:]), dict(env), cwd or os.getcwd(), sender)
    process = context.Process(target=_become_kernel, args=told)
    process.start()
    receiver.recv()  # until then its process group is not its own, and signals to that group would meet others
    return ForkedKernel(process)


def _coarsely(savefig: Callable[..., None]) -> Callable[..., None]:
    """Figures are drawn whole, but nobody looks at them: a quarter of their pixels will do."""
    return lambda figure, *args, **options: savefig(figure, *args, **options | {"dpi": 45})


def _become_kernel(arguments: list[str], environment: dict[str, str], folder: str, ready: Connection) -> None:
    os.setsid()
    ready.send(True)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    Figure.savefig = _coarsely(Figure.savefig)
    sys.path.insert(0, "")  # as `python -m` does
    sys.argv = ["ipykernel_launcher", *arguments]
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
