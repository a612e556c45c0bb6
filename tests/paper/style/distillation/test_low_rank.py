"""A convolution in few directions: exact when the answers have no more, and the best there is when they have."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.paper.style.distillation.low_rank import principal_directions, set_low_rank
from dynnet.paper.style.losses.vgg19_lite import low_rank_conv


def answers(rank: int, noise: float = 0.0) -> Tensor:
    """(500, 8), around a mean that is not zero."""
    return 3 + torch.randn(500, rank) @ torch.randn(rank, 8) + noise * torch.randn(500, 8)


def test_directions_are_orthonormal_and_hold_all_that_varies() -> None:
    rows = answers(3)
    directions, mean = principal_directions(rows, 3)
    torch.testing.assert_close(directions.T @ directions, torch.eye(3))
    torch.testing.assert_close((rows - mean) @ directions @ directions.T + mean, rows)


def test_no_other_directions_leave_less() -> None:
    rows = answers(6, noise=0.3)
    directions, mean = principal_directions(rows, 2)
    singular = torch.linalg.svdvals(rows - mean)
    left = (rows - mean) @ (torch.eye(8) - directions @ directions.T)
    assert left.square().sum().item() == pytest.approx(singular[2:].square().sum().item(), rel=1e-4)


def convolved() -> tuple[nn.Conv2d, Tensor, Tensor]:
    """A convolution, an input, and its answers as rows."""
    full, x = nn.Conv2d(4, 6, 3, padding=1), torch.randn(2, 4, 10, 10)
    return full, x, rows_of(full(x))


def rows_of(answer: Tensor) -> Tensor:
    return answer.transpose(0, 1).flatten(1).T


@torch.no_grad()
def test_at_full_rank_the_convolution_is_the_one_it_came_from() -> None:
    full, x, rows = convolved()
    conv = low_rank_conv(full, 6)
    set_low_rank(conv, full.weight, full.bias, rows)
    torch.testing.assert_close(conv(x), full(x))


@torch.no_grad()
def test_at_a_lower_rank_it_is_the_projection_of_the_full_answer() -> None:
    full, x, rows = convolved()
    conv = low_rank_conv(full, 2)
    set_low_rank(conv, full.weight, full.bias, rows)
    directions, mean = principal_directions(rows, 2)
    torch.testing.assert_close(rows_of(conv(x)), (rows - mean) @ directions @ directions.T + mean)
