"""A process that is told to end closes what is open, and ends at once when it is told again."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from dynnet.paper.render.termination import ends_in_order

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of Unix")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_is_open_is_closed(number: signal.Signals, as_in_a_terminal: None) -> None:
    closed = []
    with pytest.raises(SystemExit) as exit_, ends_in_order():
        try:
            os.kill(os.getpid(), number)
        finally:
            closed.append(True)
    assert closed and exit_.value.code == 128 + number
    assert signal.getsignal(number) is signal.SIG_DFL


def test_what_others_set_stays() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        with ends_in_order():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_told_twice_it_ends_at_once() -> None:
    program = """
import os, signal
from dynnet.paper.render.termination import ends_in_order
with ends_in_order():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        print("still there")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")


def test_a_thread_leaves_signals_alone() -> None:
    seen = []

    def work() -> None:
        with ends_in_order():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
