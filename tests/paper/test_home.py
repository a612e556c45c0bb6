"""Whoever has no HOME can run everything all the same, and nobody else notices."""

import os
from pathlib import Path

import pytest

from dynnet.paper.home import writable_home

KEPT = ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEPT, "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def nobody_knows() -> Path:
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("home", ["nobody knows", "/nonexistent/home", "/proc", "a file", "not writable"])
def test_without_a_home_there_is_another_place(home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a file").touch()
    place = tmp_path / home if home in ("a file", "not writable") else Path(home)
    monkeypatch.setattr(Path, "home", nobody_knows if home == "nobody knows" else lambda: place)
    if home in ("/proc", "not writable"):
        place.mkdir(exist_ok=True)
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != place)  # root may write everywhere
    with writable_home():
        places = [Path(os.environ[name]) for name in KEPT]
        for folder in places:
            (folder / "file").touch()
    assert not any(name in os.environ for name in KEPT) and not any(folder.exists() for folder in places)


def test_a_place_that_was_named_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", nobody_knows)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    with writable_home():
        assert os.environ["MPLCONFIGDIR"] == str(tmp_path) and "IPYTHONDIR" in os.environ
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path)


def test_with_a_home_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    before = dict(os.environ)
    with writable_home():
        assert dict(os.environ) == before
