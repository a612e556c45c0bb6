"""Training of Figure 6's networks: the attribute classifier, generators, and their tuning-blocks."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from dynnet.checkpoints import halved, restored
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.faces.classification import attribute_objective, held_out_accuracy
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.generation import train_generator, train_generator_blocks
from dynnet.paper.faces.labelled import LabelledFaces
from dynnet.paper.faces.network import SIZE, Discriminator
from dynnet.paper.faces.recipe import Network, Recipe
from dynnet.paper.faces.stand_ins import faces_or_stand_ins
from dynnet.paper.trainer import BaseTrainer
from dynnet.states import FitReport
from dynnet.training import train_main


class Trainer(BaseTrainer):
    recipe: Recipe
    pictures: Faces

    def load(self) -> Faces:
        return faces_or_stand_ins(self.folders.data, SIZE, self.folders.cache)

    def seen(self, network: Network) -> str:
        """A classifier sees all faces and their attributes, all others the pixels of those that fit an expression."""
        return self.pictures.where(network.faces).pixels if network.faces else self.pictures.fingerprint

    def fit(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        if network.kind == "classifier":
            return self._fit_classifier(network, index, state)
        module = self.new(network)
        common = (self._batches(network, index), self.recipe.phase(network), self.run(network, state))
        if network.kind == "generator":
            self._discriminator = Discriminator(self.recipe.profile.width)
            return module, train_generator(module, self._discriminator, *common)
        return module, train_generator_blocks(module, self._discriminator_of(network.on), *common)

    def tensors(self, network: Network, module: nn.Module) -> dict[str, Tensor]:
        """With a generator its discriminator: whoever has both can train blocks of his own."""
        own = super().tensors(network, module)
        return own | (halved("discriminator", self._discriminator) if network.kind == "generator" else {})

    def meta(self, network: Network) -> dict[str, Any]:
        profile = self.recipe.profile
        size = {"width": profile.width, "latent": profile.latent}
        if network.kind == "classifier":
            size = {"width": profile.classifier_width}
        keys = ["name", "kind", "faces", "attributes", "on", "towards"]
        own = {key: getattr(network, key) for key in keys + ["blocks_at"] * (network.kind == "blocks")}
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            **size,
            **{key: value for key, value in own.items() if value},
        }

    def facts(self, network: Network, module: nn.Module) -> dict[str, Any]:
        if network.kind != "classifier":
            return {"faces": f"{len(self.pictures.where(network.faces)):,} that are {network.faces}"}
        _, held_out = self.pictures.split_by_person()
        table = held_out_accuracy(module.cpu(), held_out)
        accuracy = {row.attribute: round(row.accuracy, 4) for row in table.itertuples()}
        return {"held_out": {"faces": len(held_out), "name": held_out.name, "accuracy": accuracy}}

    def _fit_classifier(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        classifier, (training, _) = self.new(network), self.pictures.split_by_person()
        faces = LabelledFaces(training, network.attributes, self.recipe.profile.classifier_batch, self.seed(index))
        schedule, run = self.recipe.phase(network), self.run(network, state)
        return classifier, train_main(classifier, attribute_objective(), faces, schedule, run)

    def _batches(self, network: Network, index: int) -> PhotoBatches:
        """Whole faces of the network's sub-set, mirrored half of the time."""
        faces, batch = self.pictures.where(network.faces), self.recipe.profile.batch
        faces.require(batch, f"batches of {network.name}")
        return PhotoBatches(faces, batch, faces.size, (1.0, 1.0), seed=self.seed(index))

    def _discriminator_of(self, generator: str) -> Discriminator:
        """The discriminator that was trained with a generator: phase 2 goes on from it."""
        kept = self.checkpoint(generator)
        return restored(lambda: Discriminator(int(kept.meta["width"])), kept.part("discriminator"), kept.path)
