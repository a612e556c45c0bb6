"""Processes to kill: forks of this one, so that none of them spends a second importing torch."""

import os
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

Work = Callable[[Path], object]


def start(work: Work, folder: Path) -> int:
    """Starts `work(folder)` in a process of its own, and answers with its number."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work(folder)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def finish(work: Work, folder: Path) -> float:
    """Lets it work to its end; the seconds that it took."""
    begun = time.perf_counter()
    _, status = os.waitpid(start(work, folder), 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"{work} failed in {folder}"
    return time.perf_counter() - begun


def killed(work: Work, folder: Path, after: float) -> bool:
    """Starts it and kills it after so many seconds; whether that was before its end."""
    process = start(work, folder)
    time.sleep(after)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"{work} failed in {folder}"
    return code != 0


def kill_somewhere(work: Work, folder: Path, seconds: float, moments: Random) -> None:
    """Kills it once, at a random moment of the `seconds` that it takes, without a handler or any other warning."""
    for _ in range(100):
        if killed(work, folder, moments.uniform(0, seconds)):
            return
    raise AssertionError(f"{work} was never met alive")
