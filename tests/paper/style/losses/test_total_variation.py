"""Total variation: mean squared steps between neighbours."""

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.total_variation import total_variation


def test_slopes_by_hand() -> None:
    rows = torch.arange(4.0)[:, None].expand(4, 6)
    columns = 2 * torch.arange(6.0).expand(4, 6)
    x = torch.stack([rows, columns, rows + columns])[:, None]
    torch.testing.assert_close(total_variation(x), torch.tensor([1.0, 4.0, 5.0]))


def test_zero_for_a_flat_picture_and_not_for_a_checkerboard() -> None:
    assert torch.equal(total_variation(torch.full((2, 3, 5, 5), 0.3)), torch.zeros(2))
    board = (torch.arange(6)[:, None] + torch.arange(6)) % 2
    assert total_variation(board[None, None].float()).item() == 2


def test_a_constant_does_not_matter() -> None:
    x = torch.rand(2, 3, 7, 5, dtype=torch.float64)
    torch.testing.assert_close(total_variation(x + 5), total_variation(x))


def test_the_gradient_is_that_of_finite_differences() -> None:
    x = torch.rand(2, 2, 4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(total_variation, (x,))


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 3, 1, 8), (1, 3, 8, 1)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DynnetError, match=r"H, W >= 2, got \("):
        total_variation(torch.rand(shape))
