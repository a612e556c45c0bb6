"""Means and standard deviations of features: what a style is to AdaIN, and the losses that its decoder learns from.

Equations are those of Huang and Belongie (2017); see `dynnet.paper.style.baselines.adain`.
"""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn

from dynnet.paper.style.losses.content import content_loss
from dynnet.paper.style.losses.total_variation import total_variation

EPSILON = 1e-5  # under the root of a variance (eq. 6), for channels that are constant

Statistics = tuple[Tensor, Tensor]


def channel_statistics(features: Tensor) -> Statistics:
    """Mean and standard deviation of every channel over the pixels (eqs. 5 and 6).

    Shape: features (B, C, H, W) -> two of (B, C).
    """
    variance, mean = torch.var_mean(features.float(), (2, 3), correction=0)
    return mean, (variance + EPSILON).sqrt()


@torch.no_grad()
def picture_statistics(features: nn.Module, picture: Tensor) -> dict[str, Statistics]:
    """{tap: (mean, std)} of a style picture (1, 3, H, W), (C,) each, averaged over its batch; from shallow to deep."""
    found = {tap: channel_statistics(z) for tap, z in features(picture).items()}
    return {tap: (mean.mean(0), std.mean(0)) for tap, (mean, std) in found.items()}


class DecoderTerms(nn.Module):
    """The decoder's losses for one style: content and style (eqs. 11 to 13), and total variation.

    Where eqs. 12 and 13 have norms, these are mean squares, as all losses here are.

    Args:
        features: the encoder; frozen here.
        targets: {tap: (mean, std)} of the style picture, (C,) each; the deepest tap is the last.
    """

    def __init__(self, features: nn.Module, targets: Mapping[str, Statistics]):
        super().__init__()
        self.features = features.requires_grad_(False).eval()
        self.taps = tuple(targets)
        for tap, (mean, std) in targets.items():
            self.register_buffer(f"mean_{tap}", mean)
            self.register_buffer(f"std_{tap}", std)

    @classmethod
    def of_style(cls, features: nn.Module, style: Tensor) -> Self:
        """For one style picture (1, 3, H, W) in [0, 1]."""
        return cls(features, picture_statistics(features, style))

    def forward(self, y: Tensor, wanted: Tensor) -> dict[str, Tensor]:
        """{"content", "style", "tv"}: one value per picture, (B,).

        Shape: y (B, 3, H, W) in [0, 1]; wanted: the features that the decoder made y of, as large as y's deepest.
        """
        features = self.features(y)
        return {
            "content": content_loss(features[self.taps[-1]], wanted),
            "style": torch.stack([self._distance(tap, features[tap]) for tap in self.taps]).sum(0),
            "tv": total_variation(y),
        }

    def _distance(self, tap: str, z: Tensor) -> Tensor:
        mean, std = channel_statistics(z)
        wanted_mean, wanted_std = getattr(self, f"mean_{tap}"), getattr(self, f"std_{tap}")
        return (mean - wanted_mean).square().mean(1) + (std - wanted_std).square().mean(1)
