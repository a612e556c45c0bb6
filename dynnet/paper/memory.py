"""The most memory that this process has had."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_megabytes() -> float:
    """The largest resident memory of this process so far, in MB.

    Linux tells it for what the process runs now. What `getrusage` tells there starts at the memory of the process that
    started this one, however small this one is.
    """
    if _STATUS.is_file():
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
