"""Only what follows a change of alpha is computed again."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from dynnet.onnx import OnnxRenderer, runtime
from dynnet.onnx.manifest import read_manifest

LAST = {"coarse/out": 0.4, "fine/out": 0.0}


class Counted:
    """A session that counts its runs."""

    def __init__(self, session: Any, runs: Counter, name: int):
        self._session, self._runs, self._name = session, runs, name

    def run_with_ort_values(self, *args: Any) -> Any:
        self._runs[self._name] += 1
        return self._session.run_with_ort_values(*args)


@pytest.fixture
def counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[OnnxRenderer, Counter]:
    """A renderer with an input, and how often each of its stages has run."""
    made, runs, plain = [], Counter(), runtime.session
    stages = read_manifest(folder)["stages"]

    def session(model: bytes, threads: int) -> Counted:
        made.append(Counted(plain(model, threads), runs, stages[len(made)]["file"]))
        return made[-1]

    monkeypatch.setattr(runtime, "session", session)
    render = OnnxRenderer(folder)
    render.set_input(torch.rand(1, 3, 16, 16))
    return render, runs


def kinds(runs: Counter) -> set[str]:
    return {name.split("-")[1].removesuffix(".onnx") for name in runs}


def test_at_zero_no_block_runs(counted: tuple[OnnxRenderer, Counter]) -> None:
    render, runs = counted
    render(0.0)
    assert "psi" not in kinds(runs)
    assert max(runs.values()) == 1


def test_the_same_alpha_again_costs_nothing(counted: tuple[OnnxRenderer, Counter]) -> None:
    render, runs = counted
    render(0.5)
    runs.clear()
    render(0.5)
    assert not runs


def test_the_last_block_costs_its_mix(counted: tuple[OnnxRenderer, Counter], folder: Path) -> None:
    render, runs = counted
    render(LAST)
    render(LAST | {"coarse/out": 0.5})  # draws the line
    runs.clear()
    for alpha in (0.6, -0.7, 0.0):
        render(LAST | {"coarse/out": alpha})
    assert runs == {read_manifest(folder)["stages"][-1]["file"]: 3}


def test_what_comes_before_a_changed_block_is_kept(counted: tuple[OnnxRenderer, Counter], folder: Path) -> None:
    render, runs = counted
    files = {stage["file"]: index for index, stage in enumerate(read_manifest(folder)["stages"])}
    first = min(
        files[stage["file"]] for stage in read_manifest(folder)["stages"] if "alpha.coarse/up" in stage["inputs"]
    )
    render(0.5)
    runs.clear()
    render({"coarse": 0.5, "fine": 0.5, "coarse/up": 0.9})
    assert min(files[name] for name in runs) == first
    assert max(runs.values()) <= 2  # both halves of a line


def test_an_interrupted_render_leaves_nothing_stale(
    counted: tuple[OnnxRenderer, Counter], monkeypatch: pytest.MonkeyPatch
) -> None:
    render, _ = counted
    true, plain, left = {alpha: render(alpha) for alpha in (0.8, 0.5)}, Counted.run_with_ort_values, 0

    def interrupted(self: Counted, *args: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return plain(self, *args)

    monkeypatch.setattr(Counted, "run_with_ort_values", interrupted)
    for after in range(1, 9):  # a shared alpha runs more stages than that
        left = after
        with pytest.raises(KeyboardInterrupt):
            render(0.8)
        torch.testing.assert_close(render(0.5), true[0.5])
        torch.testing.assert_close(render(0.8), true[0.8])
        render(0.5)
