"""The peak of a process is its own, whoever started it."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dynnet.paper import memory
from dynnet.paper.memory import peak_megabytes
from tests.memory import at_most

SMALL = "import sys; sys.path.insert(0, {!r}); from memory import peak_megabytes; print(peak_megabytes())"


def test_what_a_process_takes_is_in_its_peak() -> None:
    before = peak_megabytes()
    held = torch.ones(int(before) + 64, 2**18)  # MB of float32 each
    assert peak_megabytes() > before + 50
    del held


def test_a_small_process_of_a_large_one_has_a_small_peak() -> None:
    held = torch.ones(300, 2**18)
    folder = str(Path(memory.__file__).parent)
    said = subprocess.run([sys.executable, "-c", SMALL.format(folder)], capture_output=True, text=True, check=True)
    assert 1 < float(said.stdout) < 150 < held.numel() * 4 / 2**20


def test_what_takes_too_much_is_seen_below_an_earlier_peak() -> None:
    earlier = torch.ones(400, 2**18)
    del earlier
    with pytest.raises(AssertionError), at_most(50):
        torch.ones(100, 2**18)
