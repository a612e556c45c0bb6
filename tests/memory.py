"""How much memory something takes at most."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dynnet.paper.memory import peak_megabytes

_RESET = Path("/proc/self/clear_refs")


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """What runs inside takes no more memory than that, beside what is taken already.

    A process's peak is of its whole life, and nothing below it would be seen: on Linux it starts anew, once glibc has
    given back what it had kept.
    """
    if _RESET.is_file():
        getattr(ctypes.CDLL(None), "malloc_trim", id)(0)
        _RESET.write_text("5")  # proc(5): the peak is what is resident now
    before = peak_megabytes()
    yield
    assert peak_megabytes() - before < megabytes
