"""The peak of a process is its own, whoever started it."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dynnet.paper import memory
from dynnet.paper.memory import peak_megabytes
from tests.memory import at_most

FOLDER = str(Path(memory.__file__).parent)
SMALL = f"import sys; sys.path.insert(0, {FOLDER!r}); from memory import peak_megabytes; print(peak_megabytes())"


def told(program: str) -> float:
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def test_what_a_process_takes_is_in_its_peak() -> None:
    assert told(SMALL) + 90 < told("held = bytearray(100 * 2**20); " + SMALL)


def test_a_small_process_of_a_large_one_has_a_small_peak() -> None:
    held = torch.ones(300, 2**18)
    assert 1 < told(SMALL) < 150 < held.numel() * 4 / 2**20 < peak_megabytes()


def test_what_takes_too_much_is_seen_below_an_earlier_peak() -> None:
    earlier = torch.ones(400, 2**18)
    del earlier
    with pytest.raises(AssertionError), at_most(50):
        torch.ones(100, 2**18)
