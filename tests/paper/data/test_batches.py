"""A batch depends on the step alone, and an epoch shows every photo once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dynnet.errors import DynnetError
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.photos import Photos


def noise(count: int = 7, size: int = 32) -> Photos:
    return Photos(np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8), "noise")


def plain(count: int, size: int = 16) -> Photos:
    """Photo k is grey of value k, so that a crop tells which photo it is from."""
    values = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return Photos(np.broadcast_to(values, (count, size, size, 3)).copy(), "plain")


def gradient(size: int = 100) -> Photos:
    """One photo: red rises with x, green with y, 2 a pixel."""
    y, x = np.indices((size, size), dtype=np.uint8) * 2
    return Photos(np.stack([x, y, np.zeros_like(x)], axis=-1)[None], "gradient")


def shown(batch: torch.Tensor) -> list[int]:
    return (batch[:, 0, 0, 0] * 255).round().int().tolist()


def test_shape_and_range() -> None:
    batch = PhotoBatches(noise(), 4, 16).batch_at(3)
    assert batch.shape == (4, 3, 16, 16) and batch.dtype == torch.float32 and batch.is_contiguous()
    assert batch.min() >= 0 and 0.5 < batch.max() <= 1


def test_batches_do_not_depend_on_the_order_of_calls() -> None:
    forward = PhotoBatches(noise(), 3, 16, seed=5)
    batches = [forward.batch_at(step) for step in range(12)]
    backward = PhotoBatches(noise(), 3, 16, seed=5)
    for step in [11, 0, 7, 7, 3, 10, 1]:
        assert torch.equal(backward.batch_at(step), batches[step])
    assert torch.equal(PhotoBatches(noise(), 3, 16, seed=5).batch_at(9), batches[9])


def test_nothing_else_draws_from_or_disturbs_the_numbers() -> None:
    batches = PhotoBatches(noise(), 3, 16)
    first = batches.batch_at(1)
    np.random.seed(1)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert torch.equal(batches.batch_at(1), first)
    assert torch.equal(torch.get_rng_state(), state)


def test_seeds_steps_and_places_differ() -> None:
    one = noise(1)
    batches = PhotoBatches(one, 4, 16)
    crops = [*batches.batch_at(0), *batches.batch_at(1), *PhotoBatches(one, 4, 16, seed=1).batch_at(0)]
    for k, crop in enumerate(crops):
        assert not any(torch.equal(crop, other) for other in crops[:k])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 3))
def test_every_epoch_shows_every_photo_once(count: int, batch: int, seed: int) -> None:
    batches = PhotoBatches(plain(count), batch, 8, seed=seed)
    steps = -(-3 * count // batch)
    order = [photo for step in range(steps) for photo in shown(batches.batch_at(step))]
    for epoch in range(3):
        assert sorted(order[epoch * count : (epoch + 1) * count]) == list(range(count))


def test_epochs_have_orders_of_their_own() -> None:
    batches = PhotoBatches(plain(50), 50, 8)
    orders = [shown(batches.batch_at(step)) for step in range(3)]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert orders[0] != shown(PhotoBatches(plain(50), 50, 8, seed=1).batch_at(0))


def test_scale_one_without_flip_cuts_pixels_out() -> None:
    batch = PhotoBatches(gradient(), 32, 20, scale=(1.0, 1.0), flip=False).batch_at(0) * 255
    slope_x, slope_y = batch[:, 0].diff(dim=2), batch[:, 1].diff(dim=1)
    # 2 a pixel, as in the photo; fractional places and rounding give 1..3.
    assert slope_x.mean().item() == pytest.approx(2, abs=0.05) and slope_x.min() >= 1 and slope_x.max() <= 3
    assert slope_y.mean().item() == pytest.approx(2, abs=0.05)
    left, top = batch[:, 0, 0, 0], batch[:, 1, 0, 0]
    for corner in (left, top):  # places spread over 0..80 pixels
        assert corner.min() < 30 and corner.max() > 130


def test_scales_are_spread_and_never_below_the_crop() -> None:
    batch = PhotoBatches(gradient(), 64, 20, scale=(0.5, 1.0), flip=False).batch_at(0) * 255
    slope = batch[:, 0].diff(dim=2).mean(dim=(1, 2))
    assert 1.95 < slope.min() < 2.2 and 3.5 < slope.max() < 4.1
    whole = PhotoBatches(gradient(), 2, 100, scale=(0.1, 0.5), flip=False).batch_at(0)
    np.testing.assert_array_equal((whole[0].permute(1, 2, 0) * 255).round().numpy(), gradient()[0])


def test_half_of_the_crops_are_mirrored() -> None:
    slope = PhotoBatches(gradient(), 64, 20).batch_at(0)[:, 0].diff(dim=2).mean(dim=(1, 2))
    assert 20 <= (slope < 0).sum() <= 44
    # The switch changes nothing else.
    still = PhotoBatches(gradient(), 64, 20, flip=False).batch_at(0)[:, 0].diff(dim=2).mean(dim=(1, 2))
    torch.testing.assert_close(slope.abs(), still)


def test_shrinking_is_antialiased() -> None:
    checks = (np.indices((128, 128)).sum(0) % 2 * 255).astype(np.uint8)[None, ..., None].repeat(3, axis=3)
    batch = PhotoBatches(Photos(checks, "checks"), 2, 16, scale=(0.15, 0.2)).batch_at(0)
    assert (batch - 0.5).abs().max() < 0.1


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"crop": 33}, "load the photos larger"),
        ({"crop": 0}, "expected crops"),
        ({"batch": 0}, "batch >= 1"),
        ({"seed": -1}, "seed >= 0"),
        ({"scale": (0.0, 1.0)}, "expected scale"),
        ({"scale": (0.9, 0.5)}, "expected scale"),
        ({"scale": (0.5, 1.5)}, "expected scale"),
    ],
)
def test_settings_out_of_range(settings_: dict, message: str) -> None:
    with pytest.raises(DynnetError, match=message):
        PhotoBatches(noise(), **({"batch": 2, "crop": 16} | settings_))


def test_negative_steps_are_refused() -> None:
    with pytest.raises(DynnetError, match="step >= 0"):
        PhotoBatches(noise(), 2, 16).batch_at(-1)
