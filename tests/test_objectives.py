"""Objectives are weighted sums of means over the batch."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.objectives import Objective, between


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


def test_every_picture_may_have_a_weight_of_its_own() -> None:
    found = Objective(Terms(), {"near": torch.tensor([7.0, 3.0]), "dark": 0.1})(Y, X)
    assert found["total"].item() == pytest.approx((7 * 0 + 3 * 1) / 2 + 0.1 * 1.0)
    assert found["near"].item() == 0.5


def test_weights_that_are_not_one_for_each_picture_are_refused() -> None:
    with pytest.raises(DynnetError, match=r"loss term 'near' is \(2,\), its weights are \(3,\)"):
        Objective(Terms(), {"near": torch.ones(3)})(Y, X)


def test_between_two_objectives_weights_go_on_the_log_scale() -> None:
    terms, alpha = Terms(), torch.tensor([0.0, 0.5, 1.0])
    first, second = Objective(terms, {"near": 1.0, "dark": 2e4}), Objective(terms, {"near": 1.0, "dark": 1e6})
    weights = between(first, second, alpha).weights
    assert weights["near"] == 1.0
    assert weights["dark"].tolist() == pytest.approx([2e4, (2e4 * 1e6) ** 0.5, 1e6], rel=1e-5)


def test_at_the_ends_it_is_the_objective_of_the_end() -> None:
    terms = Terms()
    ends = Objective(terms, {"near": 2.0, "dark": 0.1}), Objective(terms, {"near": 1.0, "dark": 30.0, "seen": 5.0})
    for alpha, end in enumerate(ends):
        found = between(*ends, torch.full((2,), float(alpha)))(Y, X)
        assert found["total"].item() == pytest.approx(end(Y, X)["total"].item(), rel=1e-6)


def test_where_a_term_is_missing_at_one_end_its_weight_goes_straight() -> None:
    terms = Terms()
    first, second = Objective(terms, {"near": 1.0}), Objective(terms, {"near": 1.0, "dark": 4.0})
    assert between(first, second, torch.tensor([0.25])).weights["dark"].tolist() == [1.0]


def test_objectives_of_other_terms_have_nothing_between_them() -> None:
    with pytest.raises(DynnetError, match="make both on one module of terms"):
        between(Objective(Terms(), {"near": 1.0}), Objective(Terms(), {"near": 1.0}), torch.tensor([0.5]))


def test_terms_may_go_by_alphas_of_their_own() -> None:
    terms = Terms()
    first, second = Objective(terms, {"near": 1.0, "dark": 1.0}), Objective(terms, {"near": 9.0, "dark": 4.0})
    weights = between(first, second, {"near": torch.tensor([0.5, 0.0]), "dark": torch.tensor([0.0, 0.5])}).weights
    assert weights["near"].tolist() == pytest.approx([3.0, 1.0]) and weights["dark"].tolist() == pytest.approx(
        [1.0, 2.0]
    )


def test_a_weight_that_changes_by_no_alpha_is_refused_and_one_that_does_not_needs_none() -> None:
    terms, alpha = Terms(), {"dark": torch.tensor([0.5])}
    ends = Objective(terms, {"near": 2.0, "dark": 1.0}), Objective(terms, {"near": 2.0, "dark": 4.0})
    assert between(*ends, alpha).weights["near"] == 2.0
    with pytest.raises(DynnetError, match="the weight of 'near' changes, and alpha is of dark alone"):
        between(ends[0], Objective(terms, {"near": 3.0, "dark": 4.0}), alpha)
