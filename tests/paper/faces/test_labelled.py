"""Labelled batches: labels stay with their faces, alterations are slight, and all depends on the step alone."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.labelled import BRIGHTNESS, CONTRAST, NOISE, SHIFT, LabelledFaces, altered, labels_of


def made(count: int = 12, size: int = 16) -> Faces:
    """Flat faces whose grey rises with their place; the labels are the binary digits of the place."""
    grey = 60 + 10 * np.arange(count)
    squares = np.broadcast_to(grey[:, None, None, None], (count, size, size, 3)).astype(np.uint8)
    table = pd.DataFrame({f"bit{k}": np.arange(count) >> k & 1 == 1 for k in range(4)})
    return Faces(squares, table, np.arange(count) + 1, "made")


def noise(count: int = 4, size: int = 16, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Switches all alterations off but one."""

    def leave(name: str) -> None:
        for other in {"SHIFT", "BLUR", "CONTRAST", "BRIGHTNESS", "NOISE"} - {name}:
            monkeypatch.setattr(f"dynnet.paper.faces.labelled.{other}", 0)

    return leave


def test_labels_belong_to_the_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynnet.paper.faces.labelled.altered", lambda x, draws: x)
    batches = LabelledFaces(made(), ["bit3", "bit0"], batch=5)
    for step in range(8):
        shown, labels = batches.batch_at(step)
        place = (shown[:, 0, 0, 0] * 255 - 60).div(10).round().int()
        assert labels.dtype == torch.float32 and labels.shape == (5, 2)
        assert torch.equal(labels.int(), torch.stack([place >> 3 & 1, place & 1], 1))


def test_an_epoch_shows_every_face_once() -> None:
    batches = LabelledFaces(made(), ["bit0", "bit1", "bit2", "bit3"], batch=4)
    worth = torch.tensor([1.0, 2.0, 4.0, 8.0])
    for epoch in range(3):
        shown = torch.cat([batches.batch_at(3 * epoch + k)[1] @ worth for k in range(3)])
        assert sorted(shown.tolist()) == list(range(12))


def test_batches_are_a_function_of_the_step_and_the_seed_alone() -> None:
    def batches(seed: int) -> LabelledFaces:
        return LabelledFaces(made(), ["bit0"], batch=4, seed=seed)

    forward = [batches(1).batch_at(step) for step in range(6)]
    one = batches(1)
    torch.manual_seed(7)
    state = torch.get_rng_state()
    for step in (5, 0, 3, 3):
        assert all(map(torch.equal, one.batch_at(step), forward[step]))
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(batches(2).batch_at(0)[0], forward[0][0])


def test_every_step_alters_a_face_differently() -> None:
    single = LabelledFaces(made(1), ["bit0"], batch=1)
    shown = [single.batch_at(step)[0] for step in range(4)]
    assert all((one - other).std() > 1e-3 for k, one in enumerate(shown) for other in shown[:k])


def test_half_of_the_faces_are_mirrored() -> None:
    slope = np.broadcast_to(np.arange(16, dtype=np.uint8)[None, None, :, None] * 10, (1, 16, 16, 3))
    faces = Faces(slope.repeat(64, 0), pd.DataFrame({"x": [True] * 64}), np.arange(64), "slopes")
    slopes = LabelledFaces(faces, ["x"], batch=64).batch_at(0)[0].mean((1, 2)).diff().mean(1)
    assert 20 <= (slopes < 0).sum() <= 44


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_alterations_are_slight_and_stay_in_range(seed: int) -> None:
    x = noise(seed=seed)
    y = altered(x, draws(seed))
    assert y.shape == x.shape and y.min() >= 0 and y.max() <= 1
    flat = torch.full((8, 3, 16, 16), 0.5)
    change = altered(flat, draws(seed)) - flat
    assert change.mean((1, 2, 3)).abs().max() <= BRIGHTNESS + 0.01
    assert change.std((1, 2, 3)).max() <= 1.1 * NOISE


def test_a_shift_moves_the_whole_picture_and_reflects_it(only: Callable[[str], None]) -> None:
    only("SHIFT")
    x = noise(200)
    y, moved = altered(x, draws()), set()
    mirrored = np.pad(x.numpy(), ((0, 0), (0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)), mode="reflect")
    places = [(top, left) for top in range(2 * SHIFT + 1) for left in range(2 * SHIFT + 1)]
    for wide, face in zip(mirrored, y.numpy(), strict=True):
        (place,) = [(t, q) for t, q in places if np.allclose(wide[:, t : t + 16, q : q + 16], face, atol=1e-6)]
        moved.add(place)
    assert len(moved) > 60  # of 81 places


def test_a_blur_takes_away_details_and_no_brightness(only: Callable[[str], None]) -> None:
    only("BLUR")
    x = noise(64, 32)
    y = altered(x, draws())
    left = (y.std((1, 2, 3)) / x.std((1, 2, 3))).sort().values
    assert 0.3 < left[0] < 0.4 and left[-1] > 0.9  # from the average of nine pixels, a third, to nothing
    torch.testing.assert_close(y.mean((2, 3)), x.mean((2, 3)), atol=0.02, rtol=0)


def test_contrast_stretches_all_colours_around_one_mean(only: Callable[[str], None]) -> None:
    only("CONTRAST")
    x = 0.3 + 0.4 * noise(64)
    y, mean = altered(x, draws()), x.mean((1, 2, 3), keepdim=True)
    factor = y.std((1, 2, 3), keepdim=True) / x.std((1, 2, 3), keepdim=True)
    assert 1 - CONTRAST <= factor.min() < 0.9 and 1.1 < factor.max() <= 1 + CONTRAST
    torch.testing.assert_close(y, mean + factor * (x - mean))


def test_brightness_adds_the_same_everywhere(only: Callable[[str], None]) -> None:
    only("BRIGHTNESS")
    x = 0.3 + 0.4 * noise(64)
    added = altered(x, draws()) - x
    assert added.std((1, 2, 3)).max() < 1e-6
    assert -BRIGHTNESS <= added.min() < -0.06 and 0.06 < added.max() <= BRIGHTNESS


def test_noise_is_of_many_strengths(only: Callable[[str], None]) -> None:
    only("NOISE")
    x = 0.5 + torch.zeros(64, 3, 16, 16)
    strength = (altered(x, draws()) - x).std((1, 2, 3))
    assert strength.min() < 0.1 * NOISE and 0.9 * NOISE < strength.max() < 1.1 * NOISE


def test_labels_of_all_faces() -> None:
    labels = labels_of(made(4), ["bit1", "bit0"])
    assert labels.dtype == torch.float32 and labels.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    with pytest.raises(DynnetError, match="expected faces with the attribute 'Hat', got bit0, bit1, bit2, bit3;"):
        labels_of(made(), ["bit0", "Hat"])


def test_what_batches_refuse() -> None:
    with pytest.raises(DynnetError, match="made: expected at least 13 faces for a batch of 13, got 12"):
        LabelledFaces(made(), ["bit0"], batch=13)
    with pytest.raises(DynnetError, match="'Hat'"):
        LabelledFaces(made(), ["Hat"], batch=2)
    with pytest.raises(DynnetError, match="batch >= 1 and seed >= 0"):
        LabelledFaces(made(), ["bit0"], batch=0)
    with pytest.raises(DynnetError, match="step >= 0"):
        LabelledFaces(made(), ["bit0"], batch=2).batch_at(-1)
