"""The invented application's trained networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dynnet.paper.tone.network import ToneNet
from dynnet.paper.tone.recipe import Recipe
from torch import nn

from dynnet.paper.recipe_base import BaseNetwork
from dynnet.paper.trained import BaseTrained


@dataclass
class Trained(BaseTrained):
    recipe: Recipe

    @staticmethod
    def build(meta: Mapping[str, Any]) -> nn.Module:
        return ToneNet(int(meta["width"]))

    @staticmethod
    def give(network: BaseNetwork) -> nn.Module:
        return nn.Identity()
