"""Killed at any moment and started again: the bits of the run that nobody killed. `make test-kill`."""

import os
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import pytest
import torch

from dynnet.checkpoints import MANIFEST, load_checkpoint, read_manifest, record, save_checkpoint
from tests.kill.forks import finish, kill_somewhere
from tests.kill.trainings import FILE, FITS, state_of, train

pytestmark = [pytest.mark.kill, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")]

KILLS = 20  # of every kind of training, and as many of writes


def left(folder: Path) -> str:
    """How far a killed training got."""
    if (folder / MANIFEST).is_file():
        return "after the manifest's line"
    if (folder / FILE).is_file():
        return "between checkpoint and manifest"
    return "with a state" if state_of(folder).is_file() else "before the first state"


@pytest.mark.parametrize("kind", FITS)
def test_a_killed_training_ends_in_the_same_bits(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    work, moments, tally = partial(train, kind), Random(kind), Counter()
    whole = tmp_path / "whole"
    seconds = finish(work, whole)
    for number in range(KILLS):
        folder = tmp_path / str(number)
        kill_somewhere(work, folder, seconds, moments)
        tally[left(folder)] += 1
        seconds = 0.5 * seconds + 0.5 * finish(work, folder)  # a busy machine is slower at times
        assert (folder / FILE).read_bytes() == (whole / FILE).read_bytes(), left(folder)
        assert read_manifest(folder) == read_manifest(whole)
    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {KILLS} kills, all resumed to the same bits; killed {told(tally)}\n")


def rewrite(folder: Path) -> None:
    """Writes a checkpoint of 300 KB and its line over and over: of ones, of twos, ..."""
    for value in range(1, 100):
        save_checkpoint(folder / FILE, {"a": torch.full((75_000,), float(value))}, {})
        record(folder, folder / FILE, {"value": value})


def test_a_killed_write_leaves_a_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    moments, tally = Random("writes"), Counter()
    kept = tmp_path / "kept.safetensors"
    save_checkpoint(kept, {"a": torch.zeros(1)}, {})
    record(tmp_path, kept, {})
    seconds = finish(rewrite, tmp_path)
    for _ in range(KILLS):
        kill_somewhere(rewrite, tmp_path, seconds, moments)
        manifest, path = read_manifest(tmp_path), tmp_path / FILE
        assert set(manifest) == {"kept.safetensors", FILE}
        (tmp_path / MANIFEST).rename(tmp_path / "aside")  # the two may be one write apart: each by itself is whole
        found = load_checkpoint(path)
        (tmp_path / "aside").rename(tmp_path / MANIFEST)
        values = found.tensors["a"]
        assert values.shape == (75_000,) and len(values.unique()) == 1
        together = found.sha256 == manifest[FILE]["sha256"]
        tally["with both of one write" if together else "between checkpoint and manifest"] += 1
        record(tmp_path, path, {"value": int(values[0])})  # no lock is left shut, and the two agree again
        assert load_checkpoint(path).sha256 == found.sha256 and load_checkpoint(kept)
    with capsys.disabled():
        sys.stdout.write(f"\nwrites: {KILLS} kills, every file whole; killed {told(tally)}\n")


def told(tally: Counter[str]) -> str:
    return ", ".join(f"{count} {where}" for where, count in tally.most_common())
