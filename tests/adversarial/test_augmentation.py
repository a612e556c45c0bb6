"""Differentiable augmentation: a function of its seed, nothing on average, and transparent to gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dynnet.adversarial.augmentation import augment, colour, cutout, translation
from dynnet.errors import DynnetError

KINDS = ("colour", "translation", "cutout")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kinds", [KINDS, *[(kind,) for kind in KINDS]])
def test_the_same_seed_alters_alike_and_another_does_not(kinds: tuple[str, ...]) -> None:
    x = torch.rand(4, 3, 16, 12)
    once = augment(x, seeded(), kinds)
    assert once.shape == x.shape and torch.isfinite(once).all()
    torch.manual_seed(99)  # the global numbers do not matter
    assert torch.equal(augment(x, seeded(), kinds), once)
    assert not torch.equal(augment(x, seeded(1), kinds), once)


@pytest.mark.parametrize("alter", [colour, translation, cutout])
def test_every_picture_is_altered_in_its_own_way(alter: Callable[[Tensor, torch.Generator], Tensor]) -> None:
    y = alter(torch.rand(1, 3, 16, 16).expand(6, 3, 16, 16), seeded())
    assert len({tuple(picture.flatten().tolist()) for picture in y}) == 6


def test_kinds_are_made_in_their_order_with_the_same_numbers() -> None:
    x, draws = torch.rand(2, 3, 16, 16), seeded()
    assert torch.equal(augment(x, seeded()), cutout(translation(colour(x, draws), draws), draws))
    assert torch.equal(augment(x, seeded(), ()), x)


def test_colours_are_kept_on_average() -> None:
    x = torch.rand(1, 3, 4, 4)
    y = colour(x.expand(20_000, 3, 4, 4), seeded())
    torch.testing.assert_close(y.mean(0), x[0], rtol=0, atol=0.02)
    assert y.std(0).min() > 0.1


def test_brightness_saturation_and_contrast_have_their_ranges() -> None:
    flat = colour(torch.full((5000, 3, 2, 2), 0.4), seeded())  # grey and even: only brightness shows
    assert flat.min() == pytest.approx(0.15, abs=0.01) and flat.max() == pytest.approx(0.65, abs=0.01)
    even = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1).expand(5000, 3, 2, 2)  # and here saturation, times contrast
    spread = (colour(even, seeded())[:, 2] - colour(even, seeded())[:, 0])[:, 0, 0] / 0.4
    assert 0 <= spread.min() < 0.02 and 2.7 < spread.max() <= 3
    grey = torch.tensor([0.3, 0.5]).view(1, 1, 1, 2).expand(5000, 3, 2, 2)  # and here contrast alone
    step = colour(grey, seeded()).diff(dim=-1)[:, 0, 0, 0] / 0.2
    assert step.min() == pytest.approx(0.5, abs=0.01) and step.max() == pytest.approx(1.5, abs=0.01)


def test_translation_shifts_by_whole_pixels_over_grey() -> None:
    x, shifts = torch.rand(1, 3, 16, 8), set()
    for y in translation(x.expand(300, 3, 16, 8), seeded()):
        wide = torch.nn.functional.pad(x[0], (1, 1, 2, 2), value=0.5)
        found = [
            (top, left) for top in range(5) for left in range(3) if torch.equal(wide[:, top:, left:][:, :16, :8], y)
        ]
        assert len(found) == 1
        shifts.update(found)
    assert len(shifts) == 15  # an eighth of a side each way: 2 rows, 1 column


def test_cutout_is_a_grey_square_of_half_a_side_or_what_the_border_leaves_of_it() -> None:
    y = cutout(torch.ones(400, 3, 16, 16), seeded())
    assert set(y.unique().tolist()) == {0.5, 1.0}
    holes = y[:, 0] == 0.5
    assert torch.equal(holes, y[:, 2] == 0.5)
    rows, columns = holes.any(2).sum(1), holes.any(1).sum(1)
    assert torch.equal(holes.sum((1, 2)), rows * columns)
    assert rows.min() == 4 and rows.max() == 8 and columns.min() == 4 and columns.max() == 8
    assert holes.any(0).all()  # anywhere


def test_gradients_flow_back_to_what_is_seen() -> None:
    x = torch.rand(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: augment(x, seeded()), (x,))
    cutout(x, seeded()).sum().backward()
    hidden = cutout(torch.ones(2, 3, 8, 8), seeded()) == 0.5
    assert hidden.any() and torch.equal(x.grad == 0, hidden)


def test_the_picture_itself_is_not_changed() -> None:
    x = torch.rand(2, 3, 8, 8)
    before = x.clone()
    augment(x, seeded())
    assert torch.equal(x, before)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(DynnetError, match="no augmentation 'color'; there are colour, translation, cutout"):
        augment(torch.rand(1, 3, 8, 8), seeded(), ("translation", "color"))
