"""How much memory something takes at most."""

import ctypes
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """What runs inside takes no more memory than that, beside what is taken already.

    A process's peak is of its whole life, and nothing below it would be seen: on Linux it starts anew, once glibc has
    given back what it had kept.
    """
    if _RESET.is_file():
        getattr(ctypes.CDLL(None), "malloc_trim", id)(0)
        _RESET.write_text("5")  # proc(5): the peak is what is resident now
    before = _peak()
    yield
    assert _peak() - before < megabytes


def _peak() -> float:
    if _STATUS.is_file():
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
