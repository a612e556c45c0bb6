"""The losses of several style pictures at once, from one pass of the feature network."""

from collections.abc import Mapping

from torch import Tensor, nn

from dynnet.paper.style.losses.content import content_loss
from dynnet.paper.style.losses.gram import style_loss
from dynnet.paper.style.losses.perceptual import CONTENT_TAP, FeatureTerms, PerceptualTerms
from dynnet.paper.style.losses.total_variation import total_variation


class MixedTerms(FeatureTerms):
    """L_content, the style loss of each of several pictures, by the names of these, and total variation.

    Args:
        styles: {style: its losses}, which share one feature network.
    """

    def __init__(self, styles: Mapping[str, PerceptualTerms]):
        super().__init__()
        self.styles = nn.ModuleDict(styles)
        self.features = next(iter(styles.values())).features

    def against(self, y: Tensor, content: Tensor) -> Mapping[str, Tensor]:
        """{"content", each style, "tv"}"""
        features = self.features(y)
        losses = {"content": content_loss(features[CONTENT_TAP], content)}
        losses |= {name: style_loss(features, terms.targets) for name, terms in self.styles.items()}
        return losses | {"tv": total_variation(y)}
