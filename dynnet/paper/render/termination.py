"""Being told to end, by `kill`, by `timeout`, by a container that stops or a terminal that closes."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def ends_in_order() -> Iterator[None]:
    """While it lasts, being told to end raises `SystemExit` where the work is, so that what is open is closed.

    A film that is half made plays, and no temporary file stays behind. Whoever says it twice ends the process at once.
    What was set by others, as by `nohup`, stays.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone may ask for signals
        yield
        return
    ours = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(128 + number)  # as a shell reports it
