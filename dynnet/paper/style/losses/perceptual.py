"""Content, style and total variation of a stylised picture, from one pass of the feature network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn

from dynnet.paper.style.losses.content import content_loss
from dynnet.paper.style.losses.gram import GramTargets, gram_targets, style_loss
from dynnet.paper.style.losses.total_variation import total_variation

CONTENT_TAP = "relu2_2"  # the paper's, after Johnson et al.


class FeatureTerms(nn.Module, ABC):
    """Losses of a picture by what a feature network says of it, one of them against the content of the input."""

    features: nn.Module

    def forward(self, y: Tensor, x: Tensor) -> Mapping[str, Tensor]:
        """{loss: one value per picture, (B,)}. y and x: (B, 3, H, W) in [0, 1]."""
        with torch.no_grad():
            wanted = self.features(x)[CONTENT_TAP]
        return self.against(y, wanted)

    @abstractmethod
    def against(self, y: Tensor, content: Tensor) -> Mapping[str, Tensor]:
        """The same with the input's content features at hand, for many outputs of one input."""


class PerceptualTerms(FeatureTerms):
    """The terms of L_content + lambda L_style (section 4.1), and total variation.

    Args:
        features: a feature network; frozen here.
        targets: Gram matrices of the style picture through the same network (`gram_targets`).
    """

    def __init__(self, features: nn.Module, targets: GramTargets):
        super().__init__()
        self.features = features.requires_grad_(False).eval()
        self.layers = tuple(targets)
        for name, gram in targets.items():
            self.register_buffer(f"gram_{name}", gram)

    @classmethod
    def of_style(cls, features: nn.Module, style: Tensor) -> Self:
        """For one style picture (1, 3, H, W) in [0, 1]."""
        with torch.no_grad():
            return cls(features, gram_targets(features(style)))

    @property
    def targets(self) -> dict[str, Tensor]:
        """{layer: (1, C, C)}"""
        return {name: getattr(self, f"gram_{name}") for name in self.layers}

    def against(self, y: Tensor, content: Tensor) -> Mapping[str, Tensor]:
        """{"content", "style", "tv"}"""
        features = self.features(y)
        return {
            "content": content_loss(features[CONTENT_TAP], content),
            "style": style_loss(features, self.targets),
            "tv": total_variation(y),
        }
