"""The decoder's losses are distances of features and of their statistics."""

import pytest
import torch
from torch import Tensor

from dynnet.paper.style.baselines.adain_terms import DecoderTerms, channel_statistics, picture_statistics
from dynnet.paper.style.losses.total_variation import total_variation
from tests.tiny import TinyFeatures


@pytest.fixture
def features() -> TinyFeatures:
    return TinyFeatures().train()


def written_out(z: Tensor) -> Tensor:
    """(B, 2 C): means, then standard deviations."""
    mean = z.mean((2, 3), keepdim=True)
    std = ((z - mean).square().mean((2, 3)) + 1e-5).sqrt()
    return torch.cat([mean.flatten(1), std], dim=1)


def test_statistics_are_means_and_standard_deviations() -> None:
    z = torch.rand(2, 3, 5, 4)
    torch.testing.assert_close(torch.cat(channel_statistics(z), dim=1), written_out(z))
    mean, std = channel_statistics(torch.tensor([0.0, 4.0]).view(1, 1, 2, 1).half())
    assert mean.dtype == torch.float32 and mean.item() == 2 and std.item() == pytest.approx(2, abs=1e-4)


def test_a_pictures_statistics_are_those_of_every_tap(features: TinyFeatures) -> None:
    picture = torch.rand(1, 3, 10, 8)
    found = picture_statistics(features, picture)
    assert list(found) == ["relu1_2", "relu2_2"]
    for tap, z in features(picture).items():
        torch.testing.assert_close(torch.cat(found[tap]), written_out(z)[0])
    assert not any(value.requires_grad for pair in found.values() for value in pair)


def test_terms_are_the_losses(features: TinyFeatures) -> None:
    style, y, wanted = torch.rand(1, 3, 10, 8), torch.rand(2, 3, 12, 12), torch.rand(2, 5, 6, 6)
    found = DecoderTerms.of_style(features, style)(y, wanted)
    assert {name: value.shape for name, value in found.items()} == dict.fromkeys(("content", "style", "tv"), (2,))
    torch.testing.assert_close(found["content"], (features(y)["relu2_2"] - wanted).square().mean((1, 2, 3)))
    own, target = features(y), features(style)
    # twice the mean over means and standard deviations together: each half is a mean of its own
    expected = sum(2 * (written_out(own[tap]) - written_out(target[tap])).square().mean(1) for tap in own)
    torch.testing.assert_close(found["style"], expected)
    torch.testing.assert_close(found["tv"], total_variation(y))


def test_zero_where_they_should_be(features: TinyFeatures) -> None:
    y = torch.rand(1, 3, 12, 12)
    found = DecoderTerms.of_style(features, y)(y, features(y)["relu2_2"])
    assert found["content"].item() == 0 and found["style"].item() == 0 and found["tv"].item() > 0


def test_gradients_reach_the_output_alone(features: TinyFeatures) -> None:
    terms = DecoderTerms.of_style(features, torch.rand(1, 3, 8, 8))
    y = torch.rand(1, 3, 12, 12, requires_grad=True)
    sum(value.sum() for value in terms(y, torch.rand(1, 5, 6, 6)).values()).backward()
    assert y.grad.abs().sum() > 0
    assert not features.training and all(p.grad is None and not p.requires_grad for p in features.parameters())


def test_a_flat_picture_has_a_finite_gradient(features: TinyFeatures) -> None:
    terms = DecoderTerms.of_style(features, torch.rand(1, 3, 8, 8))
    y = torch.full((1, 3, 12, 12), 0.5, requires_grad=True)
    terms(y, torch.rand(1, 5, 6, 6))["style"].sum().backward()
    assert torch.isfinite(y.grad).all()


def test_targets_move_with_the_module(features: TinyFeatures) -> None:
    terms = DecoderTerms.of_style(features, torch.rand(1, 3, 8, 8)).double()
    assert {buffer.dtype for buffer in terms.buffers()} == {torch.float64}
