"""Attributes along a walk, on faces of one colour each: red and green are their attributes, and their features."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dynnet import walks
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.faces.attribute_walk import AttributeWalk, attribute_walk
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.network import Generator
from tests.tiny import awake


class Colours(nn.Module):
    attributes = ("red", "green")

    def features(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))

    def scores_of(self, features: Tensor) -> Tensor:
        return features[..., :2]


def redder(z: Tensor):
    """Faces (B, 3, 4, 4) of the colours z (B, 3), made redder by alpha and never greener."""
    return lambda alpha: (z + alpha * torch.tensor([1.0, 0.0, 0.0]))[..., None, None].expand(-1, -1, 4, 4)


def walk_of(scores: list[list[float]]) -> AttributeWalk:
    """Faces by settings, of one attribute and its opposite."""
    values = np.array(scores, np.float32)
    both = np.stack([values, 1 - values], 2)
    return AttributeWalk(np.linspace(0, 1, values.shape[1]), both, np.zeros_like(values), ("smiling", "grave"))


def test_scores_and_distances_by_hand() -> None:
    z = torch.tensor([[0.1, 0.5, 0.0], [0.3, 0.5, 0.0]])  # 0.2 apart
    found = attribute_walk(redder, z, [0, 0.1, 0.4], Colours())
    assert found.attributes == ("red", "green") and found.alphas.tolist() == [0, 0.1, 0.4]
    assert found.scores.shape == (2, 3, 2) and found.scores.dtype == found.distances.dtype == np.float32
    assert found.mean("red") == pytest.approx([0.2, 0.3, 0.6]) and found.rise("red") == pytest.approx(0.4)
    assert found.mean("green") == pytest.approx([0.5] * 3) and found.rise("green") == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(found.distances, [[0, 0.5, 2], [0, 0.5, 2]], rtol=1e-5)


def test_the_unit_of_distance_is_between_different_faces() -> None:
    z = torch.randn(2000, 3, generator=torch.Generator().manual_seed(0))
    found = attribute_walk(redder, z, [0, 1], Colours(), batch=500)
    mean = torch.pdist(z).mean().item()  # over all pairs
    assert found.distances[:, 1].mean() == pytest.approx(1 / mean, rel=0.03)
    scaled = attribute_walk(lambda z: lambda alpha: 7 * redder(z)(alpha), z, [0, 1], Colours())
    np.testing.assert_allclose(scaled.distances, found.distances, rtol=1e-4)


def test_a_dynamic_net_and_its_cross_fade_do_not_depend_on_the_batch() -> None:
    main = Generator(2, latent=5).eval()
    net = awake(DynamicNet(main, {"up3": TuningBlock(main.input_channels("up3"))}), 0.5)
    classifier, z, alphas = AttributeClassifier(("blond", "smiling"), width=2), torch.randn(7, 5), [0.0, 0.5, 1.0]
    classifier.train()
    fade = walks.interpolation(partial(net, alpha=0.0), partial(net, alpha=1.0))
    found = {name: attribute_walk(of, z, alphas, classifier, batch=3) for name, of in
             {"dynamic": walks.dynamic(net), "fade": fade}.items()}  # fmt: skip
    with torch.no_grad():
        for k, alpha in enumerate(alphas):
            expected = classifier.eval().scores(net(z, alpha=alpha))
            np.testing.assert_allclose(found["dynamic"].scores[:, k], expected, atol=1e-5)
        middle = classifier.scores((net(z, alpha=0.0) + net(z, alpha=1.0)) / 2)
    np.testing.assert_allclose(found["fade"].scores[:, 1], middle, atol=1e-5)
    np.testing.assert_allclose(found["fade"].scores[:, [0, 2]], found["dynamic"].scores[:, [0, 2]], atol=1e-5)
    assert found["dynamic"].distances[:, 2].min() > 0 == found["dynamic"].distances[:, 0].max()


def test_monotone_share_counts_faces() -> None:
    found = walk_of([[0.1, 0.5, 0.9], [0.1, 0.09, 0.9], [0.1, 0.5, 0.4], [0.3, 0.3, 0.3]])
    assert found.monotone_share("smiling") == 0.75
    assert found.monotone_share("smiling", tolerance=0.0) == 0.5
    assert found.monotone_share("smiling", tolerance=0.2) == 1
    assert found.monotone_share("grave", falling=True) == 0.75
    assert found.monotone_share("grave") == 0.25  # the one that stands still


def test_many_small_steps_back_are_one_long_one() -> None:
    assert walk_of([[0.5, 0.49, 0.48, 0.47, 0.9]]).monotone_share("smiling") == 0


def test_drift_is_what_was_not_meant_and_does_not_cancel_out() -> None:
    found = walk_of([[0.5, 0.6, 0.8], [0.5, 0.4, 0.1]])
    drift = found.drift(excluding=["grave"])
    assert list(drift.columns) == ["smiling"] and drift.index.tolist() == [0, 0.5, 1] and drift.index.name == "alpha"
    assert drift["smiling"].tolist() == pytest.approx([0, 0.1, 0.35])
    assert list(found.drift(excluding=[]).columns) == ["smiling", "grave"]
    assert found.drift(excluding=["grave", "smiling"]).shape == (3, 0)


def test_what_is_refused() -> None:
    found = walk_of([[0.1, 0.5]])
    for ask in (found.mean, found.rise, found.monotone_share, lambda name: found.drift([name])):
        with pytest.raises(DynnetError, match="'blond' was measured; there are smiling, grave"):
            ask("blond")
    with pytest.raises(DynnetError, match="at least 2 latents and 2 alphas, got 1 and 2"):
        attribute_walk(redder, torch.rand(1, 3), [0, 1], Colours())
    with pytest.raises(DynnetError, match="at least 2 latents and 2 alphas, got 3 and 1"):
        attribute_walk(redder, torch.rand(3, 3), [0], Colours())
    with pytest.raises(DynnetError, match="faces that differ at the first alpha"):
        attribute_walk(redder, torch.ones(3, 3), [0, 1], Colours())


def test_no_gradients_are_kept() -> None:
    seen = []
    attribute_walk(lambda z: lambda alpha: seen.append(torch.is_grad_enabled()) or redder(z)(alpha),
                   torch.rand(4, 3, requires_grad=True), [0, 1], Colours())  # fmt: skip
    assert seen == [False, False]
