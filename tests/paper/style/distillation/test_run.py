"""A distillation goes on from the state of the same one: by the content of all that goes into it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dynnet.paper.style.distillation import run
from dynnet.paper.style.distillation.run import distill_to
from tests.tiny import TinyFeatures


class Stopped(Exception):
    pass


def draw(path: Path, seed: int) -> None:
    """Noise without compression: pictures of any seed are files of one size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(path, compress_level=0)


@pytest.fixture
def state_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """The file that a distillation would go on from; the teacher's weights are those of a seed."""
    for seed in range(6):
        draw(tmp_path / "data" / "photos" / f"{seed}.png", seed)
    draw(tmp_path / "data" / "styles" / "a.png", 100)

    def stops(*given: object) -> None:
        raise Stopped(given[-1])

    monkeypatch.setattr(run, "distill", stops)
    monkeypatch.setattr(run, "PHOTO_SIZE", 32)

    def state(teacher: int = 0, steps: int = 10) -> Path:
        torch.manual_seed(teacher)
        monkeypatch.setattr(run, "vgg19", lambda source: TinyFeatures())
        with pytest.raises(Stopped) as stopped:
            distill_to(tmp_path, tmp_path / "data", "t.npz", steps, tmp_path / "runs", tmp_path / "cache", "dynnet")
        return stopped.value.args[0]

    return state


def test_the_same_goes_on(state_of: Callable[..., Path], tmp_path: Path) -> None:
    first = state_of()
    assert first.is_relative_to(tmp_path / "runs") and state_of() == first


def test_another_teacher_or_more_steps_begin_anew(state_of: Callable[..., Path]) -> None:
    assert len({state_of(), state_of(teacher=1), state_of(steps=20)}) == 3


@pytest.mark.parametrize("folder", ["photos", "styles"])
def test_other_pictures_under_the_same_names_begin_anew(
    state_of: Callable[..., Path], tmp_path: Path, folder: str
) -> None:
    first = state_of()
    for seed, path in enumerate(sorted((tmp_path / "data" / folder).iterdir())):
        draw(path, 200 + seed)
    assert state_of() != first
