"""What all tests share. Two variables let the same suite run as on other machines and by other luck.

DYNNET_TEST_THREADS: how many threads compute (default 1), in kernels of notebooks too.
DYNNET_TEST_SEED: what the random numbers of every test start from (default 0).
"""

import os

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib
os.environ["OMP_NUM_THREADS"] = os.environ.get("DYNNET_TEST_THREADS", "1")  # for processes that tests start, too

import pytest
import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNNET_DATA", raising=False)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(int(os.environ.get("DYNNET_TEST_SEED", "0")))
