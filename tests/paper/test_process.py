"""How a process of the reproduction is set: memory is kept, and a busy core gets no thread."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dynnet.paper import process

FAULTS = """
import resource
import torch
torch.set_num_threads(1)
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(2**23)  # 32 MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
import dynnet
faults()
print(faults())
from dynnet.paper.data import pictures  # by any module of the reproduction: its package is imported first
faults()
print(faults())
"""
PAGES = 2**25 // os.sysconf("SC_PAGE_SIZE")


def child(code: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean)
    return answer.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux" or not process.keep_memory(), reason="needs glibc")
def test_the_reproduction_keeps_freed_tensors_and_the_method_alone_leaves_the_allocator_as_it_is() -> None:
    """Giving back to the system costs a page fault for every page of every new tensor; keeping costs none."""
    method, reproduction = map(int, child(FAULTS).split())
    assert method > 10 * PAGES and reproduction < PAGES


def test_whoever_sets_the_allocator_has_the_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1")
    assert process.keep_memory() is False


@pytest.mark.parametrize("missing", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch, missing: type[Exception]) -> None:
    def absent(_: object) -> object:
        raise missing

    monkeypatch.setattr(process.ctypes, "CDLL", absent)
    assert process.keep_memory() is False


@pytest.mark.parametrize(("idle", "threads"), [(4.0, 4), (3.7, 4), (3.0, 3), (1.1, 1), (0.2, 1), (0.0, 1), (9.0, 4)])
def test_a_thread_for_every_idle_core_and_one_at_least(
    monkeypatch: pytest.MonkeyPatch, idle: float, threads: int
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(process, "cores", lambda: 4)
    monkeypatch.setattr(process, "idle_cores", lambda: idle)
    assert process.threads_for_now() == threads


@pytest.mark.parametrize(
    ("asked", "processes", "at_a_time", "together", "each"),
    [
        (None, 9, 3, 3, "1"),
        (None, 9, 2, 2, "2"),
        (None, 9, 8, 8, "1"),
        (None, 1, 2, 1, None),  # by itself it looks for itself
        (None, 9, 1, 1, None),
        ("8", 9, 3, 3, "8"),
    ],
)
def test_processes_side_by_side_share_the_cores(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, processes: int, at_a_time: int, together: int, each: str | None
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked or "")  # so that it is put back
    if asked is None:
        monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(process, "cores", lambda: 4)
    assert process.share_threads(processes, at_a_time) == together
    assert os.environ.get("OMP_NUM_THREADS") == each


@pytest.mark.parametrize(("asked", "threads"), [("3", 3), ("0", 1), ("2,1", 4)])
def test_whoever_asks_for_threads_gets_them(monkeypatch: pytest.MonkeyPatch, asked: str, threads: int) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    monkeypatch.setattr(process, "cores", lambda: 4)
    assert process.threads_for_now() == threads


@pytest.fixture
def proc_stat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[int, float], float], float]:
    """Idle cores by a /proc/stat in which cores are idle for these shares of the time."""
    monkeypatch.setattr(process.os, "sched_getaffinity", lambda _: {0, 1, 4}, raising=False)
    monkeypatch.setattr(process.os, "sysconf", lambda _: 100)
    path = tmp_path / "stat"

    def write(ticks: dict[int, int]) -> None:
        lines = [f"cpu{core} 7 0 7 {idle} 0 0 0 0 0 0" for core, idle in ticks.items()]
        path.write_text("\n".join(["cpu  1 2 3 4 5 6 7 8 9 10", *lines, "intr 12345"]))

    def look(shares: dict[int, float], seconds: float = 0.5) -> float:
        write(dict.fromkeys(shares, 1000))
        monkeypatch.setattr(
            process.time, "sleep", lambda s: write({c: 1000 + round(100 * s * v) for c, v in shares.items()})
        )
        return process.idle_cores(seconds, path)

    return look


def test_idle_cores_are_counted_among_those_that_this_process_may_use(proc_stat: Callable) -> None:
    assert proc_stat({0: 1.0, 1: 0.5, 2: 1.0, 3: 1.0, 4: 0.0}) == pytest.approx(1.5)
    assert proc_stat({0: 1.0, 1: 1.0, 4: 1.2}) == pytest.approx(3.0)  # a tick too many is no fourth core


def test_where_nobody_tells_all_cores_count_as_idle(tmp_path: Path) -> None:
    assert process.idle_cores(0.0, tmp_path / "nothing") == process.cores()


def test_a_process_beside_a_busy_one_takes_fewer_threads_and_never_more(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        monkeypatch.setattr(process, "threads_for_now", lambda: 2)
        process.settle()
        assert torch.get_num_threads() == 2
        monkeypatch.setattr(process, "threads_for_now", lambda: 8)
        process.settle()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
