"""The engine comes from npm, pinned; what goes wrong there is one line."""

import shutil
import subprocess
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.page import runtime as module
from dynnet.paper.page.runtime import runtime


def _npm(monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    def run(command: list[str], cwd: str, **_: object) -> subprocess.CompletedProcess:
        if content is not None:
            Path(cwd, "package.tgz").write_bytes(content)
        return subprocess.CompletedProcess(command, int(content is None), "", "npm ERR! no network\nmore")

    monkeypatch.setattr(shutil, "which", lambda _: "npm")
    monkeypatch.setattr(module.subprocess, "run", run)


def test_without_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(DynnetError, match=r"needs npm once.*install Node.js"):
        runtime(tmp_path)


def test_npm_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _npm(monkeypatch, None)
    with pytest.raises(DynnetError, match=r"no network; check the network$"):
        runtime(tmp_path)


def test_another_package_than_the_pinned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _npm(monkeypatch, b"something else")
    with pytest.raises(DynnetError, match="another onnxruntime-web"):
        runtime(tmp_path)
    assert not list(tmp_path.iterdir())
