"""A file is complete or not there."""

import errno
import os
from pathlib import Path

import pytest

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError


def test_writes_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "curve.csv"
    with atomic_path(target) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".csv"
        assert temporary.name.startswith(".")
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_creates_the_folder(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a" / "b" / "fig.png") as temporary:
        temporary.write_bytes(b"x")
    assert (tmp_path / "a" / "b" / "fig.png").read_bytes() == b"x"


@pytest.mark.parametrize("failure", [RuntimeError("halfway"), KeyboardInterrupt(), OSError(errno.EIO, "bad disk")])
def test_a_failure_in_the_middle_keeps_the_old_file(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "weights.safetensors"
    target.write_text("old")
    with pytest.raises(type(failure)) as caught, atomic_path(target) as temporary:
        temporary.write_text("half")
        raise failure
    assert caught.value is failure
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(DynnetError, match=r"cannot write .*a\.npy: No space left.*free some space"),
        atomic_path(tmp_path / "a.npy"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    # A file in the place of the folder stops root as well, whom permissions do not.
    (tmp_path / "figures").write_text("a file")
    expected = pytest.raises(DynnetError, match=r"cannot write .*figures/: .*choose another folder")
    with expected as caught, atomic_path(tmp_path / "figures" / "fig3.png"):
        pytest.fail("the block must not run")
    assert "\n" not in str(caught.value)
    with pytest.raises(DynnetError, match="cannot write"), atomic_path(tmp_path / "figures" / "deeper" / "fig3.png"):
        pytest.fail("the block must not run")


def test_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    expected = pytest.raises(DynnetError, match=r"Permission denied; choose another folder or make it writable")
    with expected, atomic_path(tmp_path / "fig.png"):
        pytest.fail("the block must not run")


def test_a_folder_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "fig.png").mkdir()
    with pytest.raises(DynnetError, match="there is a folder of that name"), atomic_path(tmp_path / "fig.png"):
        pytest.fail("the block must not run")


def test_a_failing_replace_is_cleaned_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", denied)
    with pytest.raises(DynnetError, match="cannot write"), atomic_path(tmp_path / "fig.png") as temporary:
        temporary.write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_long_names_and_the_umask(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 250 + ".png")
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"x")
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_path(target) as first, atomic_path(target) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]
