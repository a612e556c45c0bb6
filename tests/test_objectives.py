"""Objectives are weighted sums of means over the batch."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.objectives import Objective


class Terms(nn.Module):
    def forward(self, y: Tensor, x: Tensor) -> dict[str, Tensor]:
        return {"near": (y - x).square().mean((1, 2, 3)), "dark": y.mean((1, 2, 3)), "seen": x.amax((1, 2, 3))}


X, Y = torch.full((2, 3, 4, 4), 0.5), torch.stack([torch.full((3, 4, 4), 0.5), torch.full((3, 4, 4), 1.5)])


def test_total_is_the_weighted_sum_and_terms_are_means() -> None:
    found = Objective(Terms(), {"near": 2.0, "dark": 0.1})(Y, X)
    assert {name: value.item() for name, value in found.items()} == pytest.approx(
        {"total": 2.0 * 0.5 + 0.1 * 1.0, "near": 0.5, "dark": 1.0, "seen": 0.5}
    )
    assert all(value.ndim == 0 for value in found.values())


def test_a_term_without_weight_is_measured_and_not_minimised() -> None:
    y = Y.clone().requires_grad_()
    Objective(Terms(), {"near": 1.0})(y, X)["total"].backward()
    assert torch.equal(y.grad[0], torch.zeros(3, 4, 4))  # the dark term would push it down


def test_a_weight_without_term_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"no loss term 'far' to weigh; there are near, dark, seen"):
        Objective(Terms(), {"near": 1.0, "far": 1.0})(Y, X)


def test_later_changes_of_the_weights_given_do_not_reach_it() -> None:
    weights = {"near": 1.0}
    objective = Objective(Terms(), weights)
    weights["near"] = 100.0
    assert objective(Y, X)["total"].item() == pytest.approx(0.5)
