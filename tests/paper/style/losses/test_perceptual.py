"""The perceptual terms are the losses of one pass through the feature network."""

import pytest
import torch

from dynnet.paper.style.losses.content import content_loss
from dynnet.paper.style.losses.gram import gram_targets, style_loss
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.total_variation import total_variation
from tests.tiny import TinyFeatures, count_calls


@pytest.fixture
def features() -> TinyFeatures:
    return TinyFeatures().train()


def test_terms_are_the_losses(features: TinyFeatures) -> None:
    style, x, y = torch.rand(1, 3, 10, 8), torch.rand(2, 3, 12, 12), torch.rand(2, 3, 12, 12)
    found = PerceptualTerms.of_style(features, style)(y, x)
    assert {name: value.shape for name, value in found.items()} == dict.fromkeys(("content", "style", "tv"), (2,))
    torch.testing.assert_close(found["content"], content_loss(features(y)["relu2_2"], features(x)["relu2_2"]))
    torch.testing.assert_close(found["style"], style_loss(features(y), gram_targets(features(style))))
    torch.testing.assert_close(found["tv"], total_variation(y))


def test_with_content_at_hand_the_terms_are_the_same(features: TinyFeatures) -> None:
    terms = PerceptualTerms.of_style(features, torch.rand(1, 3, 8, 8))
    x, y = torch.rand(2, 3, 12, 12), torch.rand(2, 3, 12, 12)
    against = terms.against(y, features(x)["relu2_2"])
    assert all(torch.equal(value, against[name]) for name, value in terms(y, x).items())


def test_zero_where_they_should_be(features: TinyFeatures) -> None:
    x = torch.rand(1, 3, 12, 12)
    found = PerceptualTerms.of_style(features, x)(x, x)
    assert found["content"].item() == 0 and found["style"].item() == 0 and found["tv"].item() > 0


def test_gradients_reach_the_output_alone(features: TinyFeatures) -> None:
    terms = PerceptualTerms.of_style(features, torch.rand(1, 3, 8, 8))
    x, y = (torch.rand(1, 3, 12, 12, requires_grad=True) for _ in range(2))
    sum(value.sum() for value in terms(y, x).values()).backward()
    assert y.grad.abs().sum() > 0 and x.grad is None
    assert not features.training and all(p.grad is None and not p.requires_grad for p in features.parameters())
    assert not any(target.requires_grad for target in terms.targets.values())


def test_many_outputs_of_one_input_cost_one_pass_each(features: TinyFeatures) -> None:
    terms, x = PerceptualTerms.of_style(features, torch.rand(1, 3, 8, 8)), torch.rand(1, 3, 8, 8)
    wanted = features(x)["relu2_2"]
    calls = count_calls({"features": features})
    for _ in range(3):
        terms.against(torch.rand(1, 3, 8, 8), wanted)
    assert calls["features"] == 3


def test_targets_move_with_the_module(features: TinyFeatures) -> None:
    terms = PerceptualTerms.of_style(features, torch.rand(1, 3, 8, 8)).double()
    assert {target.dtype for target in terms.targets.values()} == {torch.float64}
    assert list(terms.targets) == ["relu1_2", "relu2_2"]
