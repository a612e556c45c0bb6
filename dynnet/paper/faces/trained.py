"""Figure 6's trained networks: generators, their Dynamic-Nets, and the judge of their faces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.network import Generator
from dynnet.paper.faces.recipe import Recipe
from dynnet.paper.trained import BaseTrained


@dataclass
class Trained(BaseTrained):
    recipe: Recipe

    @staticmethod
    def build(meta: Mapping[str, Any]) -> nn.Module:
        width = int(meta.get("width", 0))
        if meta.get("kind") == "classifier":
            return AttributeClassifier(meta.get("attributes", ()), width)
        return Generator(width, int(meta.get("latent", 0)))

    @property
    def generators(self) -> dict[str, Generator]:
        """The main networks by name."""
        return self.of_kind("generator")

    @property
    def classifier(self) -> AttributeClassifier:
        """The judge of their faces."""
        return self.networks[self.recipe.only("classifier").name]
