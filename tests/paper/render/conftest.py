from pathlib import Path

import pytest

from tests.paper.render.pictures_for_tests import RenderShell, tiny_net


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> RenderShell:
    folder = tmp_path / "work"
    folder.mkdir()
    return RenderShell(folder, tiny_net(), monkeypatch, capsys)
