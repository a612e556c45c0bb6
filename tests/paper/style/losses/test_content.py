"""Content loss: the mean squared difference of features, picture by picture."""

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.content import content_loss


def test_the_mean_squared_difference_by_hand() -> None:
    target = torch.zeros(2, 3, 4, 5)
    features = target.clone()
    features[0] = 2.0
    features[1, 0, 0, 0] = 30.0
    torch.testing.assert_close(content_loss(features, target), torch.tensor([4.0, 900 / 60]))


def test_zero_for_equal_features_and_only_then() -> None:
    z = torch.randn(3, 2, 4, 4)
    assert torch.equal(content_loss(z, z), torch.zeros(3))
    assert (content_loss(z, z + 1e-3) > 0).all()


def test_features_and_target_may_be_swapped() -> None:
    a, b = torch.randn(2, 2, 3, 4, 4)
    assert torch.equal(content_loss(a, b), content_loss(b, a))


def test_the_gradient_is_that_of_finite_differences() -> None:
    features = torch.randn(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(content_loss, (features, torch.randn_like(features)))


def test_another_shape_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"got \(1, 2, 4, 4\) and \(1, 2, 4, 5\).*as large as its input"):
        content_loss(torch.ones(1, 2, 4, 4), torch.ones(1, 2, 4, 5))
