"""Figure 7's trained networks, and the two that judge them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.completion.recipe import Recipe
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.trained import Trained as TrainedOnFaces
from dynnet.paper.trained import BaseTrained


@dataclass
class Trained(BaseTrained):
    recipe: Recipe

    @staticmethod
    def build(meta: Mapping[str, Any]) -> nn.Module:
        kind = meta.get("kind")
        if kind == "classifier":
            return TrainedOnFaces.build(meta)
        if kind == "critic":
            return PatchDiscriminator(int(meta.get("discriminator_width", 0)))
        return CompletionNet(int(meta.get("width", 0)))

    @property
    def critic(self) -> PatchDiscriminator:
        """Tells true from completed pictures."""
        return self.networks[self.recipe.only("critic").name]

    @property
    def classifier(self) -> AttributeClassifier:
        """Figure 6's, for its features."""
        return self.networks[self.recipe.only("classifier").name]
