"""Aims turn scores the right way round, and the compared walks share their ends."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.paper.faces.aims import DIRECTION, DYNAMIC, PIXELS, Aim, face_renderers
from dynnet.paper.faces.attribute_walk import AttributeWalk, attribute_walk
from dynnet.paper.faces.classifier import AttributeClassifier

SCORES = np.array([[[0.9], [0.5], [0.1]], [[0.7], [0.8], [0.3]]], np.float32)  # two faces, three alphas, one attribute
WALK = AttributeWalk(np.array([0.0, 0.5, 1.0]), SCORES, np.zeros((2, 3), np.float32), ("Male",))


def test_aims_are_read_from_recipes() -> None:
    assert Aim.of("Blond_Hair") == Aim("Blond_Hair", falling=False)
    assert Aim.of("not Male") == Aim("Male", falling=True)


def test_what_falls_rises_towards_its_aim() -> None:
    assert Aim("Male").scores(WALK) == pytest.approx([0.8, 0.65, 0.2])
    assert Aim("Male", falling=True).scores(WALK) == pytest.approx([0.2, 0.35, 0.8])
    assert Aim("Male").rise(WALK) == pytest.approx(-0.6) and Aim.of("not Male").rise(WALK) == pytest.approx(0.6)
    assert Aim.of("not Male").monotone_share(WALK) == 0.5 and Aim("Male").monotone_share(WALK) == 0


def test_probabilities_are_the_classifiers() -> None:
    classifier, faces = AttributeClassifier(["Young", "Male"], 2).eval(), torch.rand(3, 3, 64, 64)
    male = classifier.scores(faces)[:, 1]
    torch.testing.assert_close(Aim("Male").probabilities(classifier)(faces), male)
    torch.testing.assert_close(Aim.of("not Male").probabilities(classifier)(faces), 1 - male)


class Grey(nn.Module):
    """Grey faces (B, 3, 64, 64), the lighter the larger the first of the latent's six numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.lit = nn.Identity()

    def forward(self, z: Tensor) -> Tensor:
        return self.lit(z)[:, 0].sigmoid()[:, None, None, None].expand(-1, 3, 64, 64)


class Lighter(nn.Module):
    """A tuning-block that adds 1 to the first number."""

    def forward(self, z: Tensor) -> Tensor:
        return torch.eye(6)[:1].expand_as(z)


class Lightness(AttributeClassifier):
    """Its probability is a face's mean."""

    def __init__(self) -> None:
        super().__init__(["Light"])
        self.out = nn.Identity()

    def features(self, x: Tensor) -> Tensor:
        return x.mean((1, 2, 3))[:, None].logit()


def test_the_walks_begin_at_the_main_network_and_gain_alike() -> None:
    """The gain is one step along a direction in the latents; the longest walk tried is √6, so it is in reach."""
    main, classifier, latents = Grey(), Lightness(), torch.randn(96, 6)
    net = DynamicNet(main, {"lit": Lighter()})
    renderers, gain = face_renderers(net, Aim("Light"), classifier, latents)
    z = latents[:5]
    starts = {name: renderer(z)(0.0).clone() for name, renderer in renderers.items()}
    ends = {name: renderer(z)(1.0).clone() for name, renderer in renderers.items()}
    assert list(renderers) == [DYNAMIC, PIXELS, DIRECTION]
    for name in renderers:
        torch.testing.assert_close(starts[name], main(z))
    torch.testing.assert_close(ends[PIXELS], ends[DYNAMIC])
    walked = attribute_walk(renderers[DIRECTION], latents, [0, 1], classifier)
    wanted = attribute_walk(renderers[DYNAMIC], latents, [0, 1], classifier)
    assert gain.reached
    assert gain.score == pytest.approx(walked.mean("Light")[-1], abs=1e-4)
    assert gain.score == pytest.approx(wanted.mean("Light")[-1], abs=5e-3)
