import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paper.render.pictures_for_tests import RenderShell, tiny_net


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> RenderShell:
    folder = tmp_path / "work"
    folder.mkdir()
    return RenderShell(folder, tiny_net(), monkeypatch, capsys)


@pytest.fixture
def as_in_a_terminal() -> Iterator[None]:
    """Signals do what they do by default: `nohup` and shells that start jobs in the background have some ignored."""
    defaults = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, handler) for number, handler in defaults.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
