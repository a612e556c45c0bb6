"""L1 in the hole: the mean absolute difference there, picture by picture."""

import numpy as np
import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.completion.holes import box_hole, centre_hole, random_holes
from dynnet.paper.completion.l1 import hole_l1


def test_the_mean_in_the_hole_by_hand() -> None:
    mask = torch.cat([box_hole(8, 0, 0, 2), box_hole(8, 3, 3, 4)])
    target, y = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    y[0] = -0.5
    y[1, 0, 3, 3] = 0.96
    torch.testing.assert_close(hole_l1(y, target, mask), torch.tensor([0.5, 0.96 / 48]))


def test_equals_the_mean_over_the_holes_values() -> None:
    y, target = torch.rand(2, 4, 3, 16, 16)
    mask = random_holes(4, 16, np.random.default_rng(0))
    plain = [(a - b).abs()[m.expand_as(a) == 1].mean() for a, b, m in zip(y, target, mask, strict=True)]
    torch.testing.assert_close(hole_l1(y, target, mask), torch.stack(plain))


def test_outside_the_hole_nothing_counts() -> None:
    target, mask = torch.rand(2, 3, 16, 16), centre_hole(16)
    assert torch.equal(hole_l1(target + 5 * (1 - mask), target, mask), torch.zeros(2))
    assert (hole_l1(target + 1e-3 * mask, target, mask) > 0).all()


def test_one_mask_for_all_pictures() -> None:
    y, target = torch.rand(2, 3, 3, 16, 16)
    torch.testing.assert_close(
        hole_l1(y, target, centre_hole(16)), hole_l1(y, target, centre_hole(16).expand(3, -1, -1, -1))
    )


def test_holes_of_all_sizes_weigh_the_same() -> None:
    masks = torch.cat([box_hole(16, 2, 2, side) for side in (1, 5, 12)])
    torch.testing.assert_close(
        hole_l1(torch.full((3, 3, 16, 16), 0.3), torch.zeros(3, 3, 16, 16), masks).std(), torch.tensor(0.0)
    )


def test_the_mean_is_least_at_the_median() -> None:
    """What blurs a completion: of a pixel that may be many things, L1 asks for the one in the middle."""
    target = torch.tensor([0.1, 0.2, 0.9]).view(3, 1, 1, 1).expand(3, 1, 4, 4)
    guesses = torch.linspace(0, 1, 11)
    losses = [hole_l1(torch.full_like(target, guess), target, centre_hole(4)).mean() for guess in guesses]
    assert guesses[torch.stack(losses).argmin()].item() == pytest.approx(0.2)


def test_the_gradient_is_a_sign_in_the_hole_and_nothing_around_it() -> None:
    y, target = torch.rand(2, 2, 3, 6, 6, dtype=torch.float64)
    mask = centre_hole(6).double()
    assert torch.autograd.gradcheck(hole_l1, (y.requires_grad_(), target, mask))
    hole_l1(y, target, mask).sum().backward()
    torch.testing.assert_close(y.grad, (y - target).detach().sign() * mask / 27)


def test_what_is_refused() -> None:
    y = torch.rand(2, 3, 8, 8)
    with pytest.raises(DynnetError, match=r"got \(2, 3, 8, 8\) and \(2, 4, 8, 8\); take the first three channels"):
        hole_l1(y, torch.rand(2, 4, 8, 8), centre_hole(8))
    for shape in [(1, 1, 4, 4), (3, 1, 8, 8), (2, 3, 8, 8), (8, 8)]:
        with pytest.raises(DynnetError, match=r"takes a mask \(B, 1, H, W\).*got \("):
            hole_l1(y, y, torch.ones(shape))
    with pytest.raises(DynnetError, match="a mask that is 0 everywhere"):
        hole_l1(y, y, torch.cat([centre_hole(8), torch.zeros(1, 1, 8, 8)]))
