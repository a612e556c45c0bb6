"""What tuning-blocks are to bring about in faces, and the ways to get there that Figure 6 compares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dynnet import walks
from dynnet.dynamic import DynamicNet
from dynnet.paper.faces.attribute_walk import AttributeWalk
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.latent_direction import EqualGain, equal_gain, fit_direction

DYNAMIC, PIXELS, DIRECTION = "Dynamic-Net", "pixel interpolation", "latent direction"


@dataclass(frozen=True)
class Aim:
    """An attribute that faces are to get, or, with `falling`, to lose."""

    attribute: str
    falling: bool = False

    @classmethod
    def of(cls, towards: str) -> Self:
        """From a recipe's `towards`: `Blond_Hair`, or `not Male`."""
        attribute = towards.removeprefix("not ")
        return cls(attribute, falling=attribute != towards)

    def scores(self, walk: AttributeWalk) -> NDArray[np.float64]:
        """The mean probability that a face has arrived, at each setting: (K,) in [0, 1]."""
        mean = walk.mean(self.attribute)
        return 1 - mean if self.falling else mean

    def rise(self, walk: AttributeWalk) -> float:
        """By how much `scores` rises over the walk."""
        return -walk.rise(self.attribute) if self.falling else walk.rise(self.attribute)

    def monotone_share(self, walk: AttributeWalk) -> float:
        """Share of the single faces that never step back; see `AttributeWalk.monotone_share`."""
        return walk.monotone_share(self.attribute, falling=self.falling)

    def logits(self, classifier: AttributeClassifier) -> Callable[[Tensor], Tensor]:
        """Faces -> (B,), growing with the aim."""
        column, sign = classifier.index(self.attribute), -1 if self.falling else 1
        return lambda faces: sign * classifier(faces)[:, column]

    def probabilities(self, classifier: AttributeClassifier) -> Callable[[Tensor], Tensor]:
        """Faces -> (B,) in [0, 1], growing with the aim."""
        logits = self.logits(classifier)
        return lambda faces: logits(faces).sigmoid()


def face_renderers(
    net: DynamicNet, aim: Aim, classifier: AttributeClassifier, latents: Tensor
) -> tuple[Mapping[str, walks.Renderer], EqualGain]:
    """A Dynamic-Net and its baselines on one axis: alpha in [0, 1], from the same faces to the same mean score.

    Pixel interpolation cross-fades the Dynamic-Net's own two ends. The latent direction walks in z, as far as it takes
    to gain as much of the attribute; the second value says whether it got there.

    Args:
        latents: (N, latent) to find the direction and its length with; some hundreds.
    """
    ends = partial(net, alpha=0.0), partial(net, alpha=1.0)
    direction = fit_direction(net.main, aim.logits(classifier), latents)
    target = aim.probabilities(classifier)(ends[1](latents)).mean().item()
    gain = equal_gain(direction, net.main, aim.probabilities(classifier), latents, target)
    renderers = {
        DYNAMIC: walks.dynamic(net),
        PIXELS: walks.interpolation(*ends),
        DIRECTION: direction.renderer(net.main, gain.length),
    }
    return renderers, gain
