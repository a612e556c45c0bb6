"""What a process of the reproduction is set to before it works: how it keeps memory, and how many threads it takes.

Both are set inside the process, so that they hold for every way in: `make`, `dynnet ...`, JupyterLab, a kernel started
by hand. Whoever sets MALLOC_ variables or OMP_NUM_THREADS has the say.
"""

import ctypes
import logging
import os
import time
from pathlib import Path

import torch

_log = logging.getLogger(__name__)

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # malloc.h's M_...
_PAD = 256 * 2**20  # bytes
_LOOK = 0.1  # seconds
THREADS = "OMP_NUM_THREADS"


def settle() -> None:
    """Sets this process to keep its memory, and to fewer threads than it would take where cores are busy already."""
    keep_memory()
    threads, wanted = threads_for_now(), torch.get_num_threads()
    if threads < wanted:  # never more than somebody chose
        torch.set_num_threads(threads)
        _log.info(
            "%d of %d threads, because the other cores are busy; %s=%d overrules", threads, wanted, THREADS, wanted
        )


def keep_memory() -> bool:
    """Has glibc keep freed memory for the next large tensor; False where it is not glibc that allocates.

    By default it gives every large tensor back to the system and gets it again page by page: a pass of the loss network
    then takes up to three times as long.
    """
    if any(name.startswith("MALLOC_") for name in os.environ):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library; TypeError is Windows's
        return False
    # no mapping of its own for a large piece, no giving back, and much at once: -1 is "never" (mallopt(3))
    return all([mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, -1), mallopt(_TOP_PAD, _PAD)])


def threads_for_now() -> int:
    """How many threads to compute with: one for each core that is idle now, or what OMP_NUM_THREADS says.

    With a thread on a core that is busy with something else, the others wait for it in every layer: beside one busy
    process on two cores, two threads take a third longer than one. It takes a tenth of a second to look.
    """
    if asked := os.environ.get(THREADS, ""):
        return max(1, int(asked)) if asked.isdigit() else cores()
    return max(1, min(cores(), round(idle_cores())))


def share_threads(processes: int, at_a_time: int) -> int:
    """How many of several processes start at a time, and, in the environment that they get, with how many threads each.

    One by itself looks for itself.

    Args:
        processes: all there are.
        at_a_time: how many of them at most at a time.
    """
    together = min(processes, at_a_time)
    if together > 1:
        os.environ.setdefault(THREADS, str(max(1, cores() // together)))
    return together


def cores() -> int:
    """How many cores this process may use: those it is bound to, or its container's share where that is less."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(bound, int(quota) // int(period)))
    except (OSError, ValueError):  # no such file, or "max": no limit
        return bound


def idle_cores(seconds: float = _LOOK, stat: Path = Path("/proc/stat")) -> float:
    """How many of this process's cores have nothing to do, while it looks on; all of them where nobody tells."""
    try:
        before, _, after = _idle_times(stat), time.sleep(seconds), _idle_times(stat)
        ticks = seconds * os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return float(cores())
    return sum(min(1.0, (after[core] - before[core]) / ticks) for core in after if core in before)


def _idle_times(stat: Path) -> dict[int, int]:
    """{core: ticks that it was idle or waited for a disk, ever}."""
    mine = os.sched_getaffinity(0)
    lines = [line.split() for line in stat.read_text().splitlines() if line.startswith("cpu") and line[3].isdigit()]
    return {core: int(line[4]) + int(line[5]) for line in lines if (core := int(line[0][3:])) in mine}
