"""What fuzzing is held to: never a traceback, never a hang, never more memory than the cap; and its tally."""

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator

from hypothesis import HealthCheck, settings

from dynnet.errors import DynnetError
from dynnet.paper.memory import peak_megabytes

LARGE = bool(os.environ.get("DYNNET_FUZZ"))  # set by `make test-fuzz`
SECONDS = 30  # of one trial: far above any that works, on any machine
MEGABYTES = 1200  # more than at the start: the largest picture that is read takes 700
LONGEST = 3000  # characters of a message

TALLIES: "list[Tally]" = []


class Hang(BaseException):
    """A trial took longer than `SECONDS`."""


class Tally:
    """How the trials of one kind of input ended."""

    def __init__(self, name: str) -> None:
        self.name, self.ends, self.slowest, self.peak = name, Counter(), 0.0, 0.0
        self._start: float | None = None
        TALLIES.append(self)

    def tried(self, action: Callable[[], object]) -> object | None:
        """What an action answers, or None where it refuses in a line; anything else is a failure."""
        if self._start is None:
            self._start = peak_megabytes()
        started = time.perf_counter()
        try:
            with _no_hang():
                answer = action()
            self.ends["taken"] += 1
            return answer
        except DynnetError as error:
            message = str(error)
            assert message and "\n" not in message and len(message) < LONGEST, message
            self.ends["refused in a line"] += 1
            return None
        finally:
            self.slowest = max(self.slowest, time.perf_counter() - started)
            self.peak = max(self.peak, peak_megabytes() - self._start)
            assert self.peak < MEGABYTES, f"{self.peak:.0f} MB more than at the start"

    def __str__(self) -> str:
        """`pictures: 1000 tried, 412 taken, 588 refused in a line; slowest 0.21 s, 160 MB`"""
        ends = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items(), reverse=True))
        return f"{self.name}: {self.ends.total()} tried, {ends}; slowest {self.slowest:.2f} s, {self.peak:.0f} MB"


def budget(small: int, large: int) -> settings:
    """So many trials in the default suite, always the same ones, and so many in `make test-fuzz`."""
    return settings(
        max_examples=large if LARGE else small,
        derandomize=not LARGE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@contextlib.contextmanager
def _no_hang() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Hang(f"more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
