"""Small photographs, a small network and a command line for it."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dynnet.dynamic import DynamicNet
from dynnet.paper.cli import main
from tests.tiny import dynamic_transformer


def photo(height: int = 32, width: int = 48, seed: int = 0) -> np.ndarray:
    """Smooth colours with a bright square, uint8 (height, width, 3)."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    picture = np.array(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    picture[height // 4 : height // 2, width // 4 : width // 2] = 230
    return picture


def save(path: Path, picture: np.ndarray | None = None, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo() if picture is None else picture).save(path, **options)
    return path


class RenderShell:
    """Runs `dynnet render` in a folder of its own, with a tiny network as every `--net`."""

    def __init__(self, folder: Path, net: DynamicNet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
        self.folder, self.net = folder, net
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setattr("dynnet.paper.render.batch.network", lambda what: net)
        monkeypatch.chdir(folder)

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)"""
        self._monkeypatch.setattr(sys, "argv", ["dynnet", "render", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        return exit_.value.code or 0, *self._capsys.readouterr()

    def refused(self, *arguments: object) -> str:
        """What is said, in one line, of a call that writes nothing."""
        before = self.files()
        code, out, err = self(*arguments)
        assert code == 2 and err.startswith("dynnet: ") and err.count("\n") == 1 and "Traceback" not in out
        assert self.files() == before
        return err

    def files(self) -> dict[str, bytes]:
        """{name: content} of everything in the folder."""
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


def tiny_net() -> DynamicNet:
    return dynamic_transformer(width=2).eval()
