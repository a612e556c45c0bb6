"""Holes: where they lie, what pictures with holes hold, and batches that depend on the step alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.completion.holes import HoleBatches, box_hole, centre_hole, random_holes, with_hole, with_mask
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.photos import Photos


def pictures(seed: int = 0, batch: int = 3, size: int = 16) -> PhotoBatches:
    squares = np.random.default_rng(0).integers(0, 256, (7, size, size, 3), dtype=np.uint8)
    return PhotoBatches(Photos(squares, "noise"), batch, size, scale=(1, 1), seed=seed)


def box(mask: Tensor) -> tuple[int, int, int]:
    """(left, top, side) of the one square that a mask (H, W) holds."""
    rows, columns = (torch.nonzero(mask.any(axis)).flatten() for axis in (1, 0))
    left, top, side = columns[0].item(), rows[0].item(), len(rows)
    square = torch.zeros_like(mask)
    square[top : top + side, left : left + side] = 1
    assert torch.equal(mask, square)
    return left, top, side


@pytest.mark.parametrize(("size", "share", "expected"), [(128, 0.5, (32, 32, 64)), (64, 0.25, (24, 24, 16))])
def test_the_centre_hole(size: int, share: float, expected: tuple[int, int, int]) -> None:
    mask = centre_hole(size, share)
    assert mask.shape == (1, 1, size, size) and mask.dtype == torch.float32
    assert box(mask[0, 0]) == expected
    assert torch.equal(mask, mask.flip(2, 3))
    assert torch.equal(centre_hole(size), centre_hole(size, 0.5))


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 40), st.integers(-50, 50), st.integers(-50, 50), st.data())
def test_a_box_keeps_its_side_and_stays_inside(size: int, left: int, top: int, data: st.DataObject) -> None:
    side = data.draw(st.integers(1, size - 1))
    place = box(box_hole(size, left, top, side)[0, 0])
    assert place[2] == side
    for asked, got in zip((left, top), place, strict=False):
        assert got == asked if 0 <= asked <= size - side else got in (0, size - side)


def test_random_holes_spread_over_the_picture_and_the_range() -> None:
    masks = random_holes(400, 32, np.random.default_rng(0))
    assert masks.shape == (400, 1, 32, 32) and masks.dtype == torch.float32
    boxes = [box(mask[0]) for mask in masks]
    assert {side for _, _, side in boxes} == set(range(8, 17))
    for axis in (0, 1):  # from edge to edge
        assert min(place[axis] for place in boxes) == 0
        assert max(place[axis] + place[2] for place in boxes) == 32
    assert len({place[:2] for place in boxes}) > 200
    assert abs(np.corrcoef([place[:2] for place in boxes], rowvar=False)[0, 1]) < 0.2


def test_random_holes_are_their_draws() -> None:
    first, again, other = (random_holes(5, 32, np.random.default_rng(seed), (0.1, 0.9)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert {box(mask[0])[2] for mask in random_holes(9, 32, np.random.default_rng(0), (0.25, 0.25))} == {8}


def test_a_picture_with_a_hole() -> None:
    x, mask = torch.rand(2, 3, 16, 16), torch.cat([centre_hole(16), box_hole(16, 1, 2, 3)])
    before = x.clone()
    holed = with_hole(x, mask, 0.25)
    hole = mask.expand_as(x) == 1
    assert torch.equal(holed[:, 3:], mask)
    assert torch.equal(holed[:, :3][~hole], x[~hole])
    assert (holed[:, :3][hole] == 0.25).all()
    assert torch.equal(x, before)
    assert (with_hole(x, mask)[:, :3][hole] == 0.5).all()


def test_one_mask_for_all_pictures() -> None:
    x, mask = torch.rand(3, 3, 16, 16), centre_hole(16)
    assert torch.equal(with_hole(x, mask), with_hole(x, mask.repeat(3, 1, 1, 1)))
    assert torch.equal(with_mask(x, mask), torch.cat([x, mask.repeat(3, 1, 1, 1)], 1))


def test_the_mask_follows_the_pictures_type() -> None:
    assert with_hole(torch.rand(1, 3, 8, 8, dtype=torch.float64), centre_hole(8)).dtype == torch.float64


@pytest.mark.parametrize("hole", [0.5, (0.25, 0.5)])
def test_a_batch_is_pictures_with_holes_and_the_true_ones(hole: float | tuple[float, float]) -> None:
    x, true = HoleBatches(pictures(), hole).batch_at(5)
    assert x.shape == true.shape == (3, 4, 16, 16) and x.dtype == true.dtype == torch.float32
    assert torch.equal(true[:, :3], pictures().batch_at(5)) and torch.equal(true[:, 3:], x[:, 3:])
    assert torch.equal(x, with_hole(true[:, :3], true[:, 3:]))  # nothing of the true picture is left in the hole
    assert all(4 <= box(mask)[2] <= 8 for mask in x[:, 3])


def test_the_centre_is_the_same_in_every_step() -> None:
    batches = HoleBatches(pictures(), 0.25)
    for step in (0, 9):
        assert torch.equal(batches.batch_at(step)[0][:, 3:], centre_hole(16, 0.25).repeat(3, 1, 1, 1))


def test_batches_do_not_depend_on_the_order_of_calls() -> None:
    forward = HoleBatches(pictures(), (0.2, 0.8), seed=3)
    batches = [forward.batch_at(step) for step in range(6)]
    state = torch.get_rng_state()
    for step in (5, 0, 2, 2):
        again = HoleBatches(pictures(), (0.2, 0.8), seed=3).batch_at(step)
        assert all(map(torch.equal, again, batches[step]))
    assert torch.equal(torch.get_rng_state(), state)


def test_seeds_steps_and_pictures_have_holes_of_their_own() -> None:
    def masks(step: int, seed: int) -> list[Tensor]:
        return list(HoleBatches(pictures(size=64), (0.2, 0.8), seed).batch_at(step)[0][:, 3])

    drawn = [*masks(0, 0), *masks(1, 0), *masks(0, 1)]
    assert not any(torch.equal(mask, other) for k, mask in enumerate(drawn) for other in drawn[:k])


def test_what_is_refused() -> None:
    for side in (0, 16):
        with pytest.raises(DynnetError, match=rf"expected a hole of 1\.\.15 pixels a side in 16, got {side}"):
            box_hole(16, 0, 0, side)
    for share in (0.01, 1.0):
        with pytest.raises(DynnetError, match=r"expected a hole of 1\.\.15 pixels"):
            centre_hole(16, share)
    for shares in [(0.5, 0.25), (0.0, 0.5), (0.5, 1.0)]:
        with pytest.raises(DynnetError, match="0 < low <= high < 1, got"):
            random_holes(2, 16, np.random.default_rng(0), shares)
        with pytest.raises(DynnetError, match="0 < low <= high < 1, got"):
            HoleBatches(pictures(), shares)
    with pytest.raises(DynnetError, match=r"0 < low <= high < 1, got 1\.5 and 1\.5"):
        HoleBatches(pictures(), 1.5)
    with pytest.raises(DynnetError, match="seed >= 0, got -1"):
        HoleBatches(pictures(), seed=-1)
    with pytest.raises(DynnetError, match="step >= 0"):
        HoleBatches(pictures(), (0.2, 0.8)).batch_at(-1)
    for shape in [(1, 1, 8, 8), (2, 1, 16, 16), (3, 3, 16, 16), (16, 16)]:
        with pytest.raises(DynnetError, match=r"got \(3, 3, 16, 16\) and \(.*make the hole for pictures of that size"):
            with_hole(torch.rand(3, 3, 16, 16), torch.ones(shape))
