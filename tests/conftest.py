"""What all tests share. Two variables let the same suite run as on other machines and by other luck.

DYNNET_TEST_THREADS: how many threads compute (default 1), in kernels of notebooks too.
DYNNET_TEST_SEED: what the random numbers of every test start from (default 0).
"""

import gc
import os
import sys
from collections.abc import Callable, Generator

import pytest

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib
os.environ["OMP_NUM_THREADS"] = os.environ.get("DYNNET_TEST_THREADS", "1")  # for processes that tests start, too
# jsonschema imports it where it is, for a format that notebooks do not have, and that takes longer than all of nbformat
sys.modules["rfc3987_syntax"] = None

# torch is imported by those who need it: the process that hands out tests to others does not


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notebooks first: they take longest, and so they are one worker's, whose server of kernels is one for all."""
    items.sort(key=lambda item: item.path.name != "test_notebooks.py")


def pytest_collection_finish() -> None:
    """What collection leaves behind lives as long as the tests: the garbage collector need not go over it each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # and less often over the rest


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNNET_DATA", raising=False)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    import torch

    torch.manual_seed(int(os.environ.get("DYNNET_TEST_SEED", "0")))


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Incremental evaluation is not left off for being slow: tiny networks on a busy machine seem so at times.

    Returns what would have judged.
    """
    from dynnet.incremental import IncrementalForward

    original = IncrementalForward._judge
    monkeypatch.setattr(IncrementalForward, "_judge", lambda *_: None)
    return original


@pytest.fixture
def operators_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernels of its own for incremental evaluation: they rearrange weights, by which convolutions are counted."""
    monkeypatch.setattr("dynnet.replay.faster", lambda function: function)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test printed may hold file names that are no UTF-8; workers of pytest-xdist can't send these."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections]
    return report
