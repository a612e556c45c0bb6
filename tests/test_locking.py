"""One at a time, also where others were killed or hang."""

import multiprocessing
import os
import socket
import time
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.locking import STALE, locked

HERE, DEAD = socket.gethostname() or "here", 2**22 + 1  # no process has a number so high


def held_by(path: Path, machine: str, process: int, age: float = 0.0) -> Path:
    """What a process leaves that takes the lock and is killed."""
    lock = path.with_name(f".{path.name}.lock")
    lock.mkdir()
    holder = lock / f"{machine}.{process}.0123"
    holder.touch()
    os.utime(holder, (time.time() - age,) * 2)
    return lock


def add_ones(path: Path, count: int) -> None:
    for _ in range(count):
        with locked(path):
            path.write_text(str(int(path.read_text()) + 1))


def test_no_two_are_inside_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sum"
    path.write_text("0")
    spawn = multiprocessing.get_context("fork")
    others = [spawn.Process(target=add_ones, args=(path, 25)) for _ in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert path.read_text() == "100" and list(tmp_path.iterdir()) == [path]


def test_an_error_inside_opens_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path / "a"):
        raise KeyError
    with locked(tmp_path / "a", patience=0):
        assert [p.name for p in tmp_path.iterdir()] == [".a.lock"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("machine", "process", "age"),
    [(HERE, DEAD, 0.0), ("elsewhere", 1, 2 * STALE), (HERE, os.getpid(), 2 * STALE)],
    ids=["dead", "of another machine and old", "a process of a dead one's number"],
)
def test_a_holder_that_is_gone_is_put_out(tmp_path: Path, machine: str, process: int, age: float) -> None:
    held_by(tmp_path / "a", machine, process, age)
    with locked(tmp_path / "a", patience=5):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("machine", "process"), [(HERE, os.getpid()), ("elsewhere", DEAD)], ids=["here", "elsewhere"])
def test_a_holder_that_may_live_is_waited_for(tmp_path: Path, machine: str, process: int) -> None:
    lock = held_by(tmp_path / "a", machine, process)
    with (
        pytest.raises(DynnetError, match=r"\.a\.lock is held by another process .*: wait for it"),
        locked(tmp_path / "a", patience=0.05),
    ):
        pass
    assert list(tmp_path.iterdir()) == [lock] and len(list(lock.iterdir())) == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"cannot write .*nowhere"), locked(tmp_path / "nowhere" / "a"):
        pass
