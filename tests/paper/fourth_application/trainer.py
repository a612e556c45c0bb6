"""Training of the invented application's networks."""

from pathlib import Path
from typing import Any

from dynnet.paper.tone.recipe import Network, Recipe
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.objectives import Objective
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.photos import Photos
from dynnet.paper.data.samples import sample_photos
from dynnet.paper.trainer import BaseTrainer
from dynnet.states import FitReport
from dynnet.training import train_blocks, train_main


class Trainer(BaseTrainer):
    recipe: Recipe

    def load(self) -> Photos:
        return sample_photos(32)

    def fit(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        module, batches = self.new(network), PhotoBatches(self.pictures, 4, 16, seed=self.seed(index))
        train = train_blocks if isinstance(module, DynamicNet) else train_main
        objective, phase = Objective(_Distance(network.share), {"distance": 1.0}), self.recipe.phase(network)
        return module, train(module, objective, batches, phase, self.run(network, state))

    def meta(self, network: Network) -> dict[str, Any]:
        return {"name": network.name, "width": self.recipe.profile.width, "blocks_at": ["narrow"]}


class _Distance(nn.Module):
    def __init__(self, share: float):
        super().__init__()
        self.share = share

    def forward(self, y: Tensor, x: Tensor) -> dict[str, Tensor]:
        return {"distance": (y - self.share * x).square().mean((1, 2, 3))}
