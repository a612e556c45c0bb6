"""Training of Figure 6's networks: the attribute classifier, generators, and their tuning-blocks."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from dynnet.adversarial.fitting import Run
from dynnet.checkpoints import halved
from dynnet.fitting import FitReport
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.faces.classification import held_out_accuracy, train_classifier
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.experiment import faces_or_stand_ins, load_discriminator, load_generator
from dynnet.paper.faces.generation import train_generator, train_generator_blocks
from dynnet.paper.faces.network import SIZE, Discriminator, Generator
from dynnet.paper.faces.recipe import FaceNetwork, GenerationRecipe
from dynnet.paper.trainer import Trainer


class GenerationTrainer(Trainer):
    recipe: GenerationRecipe
    pictures: Faces

    def load(self) -> Faces:
        return faces_or_stand_ins(self.folders.data, SIZE, self.folders.cache)

    def fit(self, network: FaceNetwork, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        if network.kind == "classifier":
            return self._fit_classifier(network, index, state)
        phase, profile = self.recipe.phase(network), self.recipe.profile
        run = Run(phase.schedule(), phase.settings(), self.fabric, state, name=self.name_of(network))
        batches = self._batches(network, index)
        if network.kind == "generator":
            generator, self._discriminator = Generator(profile.width, profile.latent), Discriminator(profile.width)
            return generator, train_generator(generator, self._discriminator, batches, run)
        main = self.trained(network.on)
        net = new_dynamic(load_generator(main), network.blocks_at)
        return net, train_generator_blocks(net, load_discriminator(main), batches, run)

    def tensors(self, network: FaceNetwork, module: nn.Module) -> dict[str, Tensor]:
        """With a generator its discriminator: whoever has both can train blocks of his own."""
        own = super().tensors(network, module)
        return own | (halved("discriminator", self._discriminator) if network.kind == "generator" else {})

    def meta(self, network: FaceNetwork) -> dict[str, Any]:
        profile = self.recipe.profile
        size = {"width": profile.width, "latent": profile.latent}
        if network.kind == "classifier":
            size = {"width": profile.classifier.width}
        own = network.model_dump(exclude={"of"} if network.kind == "blocks" else {"of", "blocks_at"})
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            **size,
            **{key: value for key, value in own.items() if value},
        }

    def facts(self, network: FaceNetwork, module: nn.Module) -> dict[str, Any]:
        if network.kind != "classifier":
            return {"faces": f"{len(self.pictures.where(network.faces)):,} that are {network.faces}"}
        _, held_out = self.pictures.split_by_person()
        table = held_out_accuracy(module.cpu(), held_out)
        accuracy = {row.attribute: round(row.accuracy, 4) for row in table.itertuples()}
        return {"held_out": {"faces": len(held_out), "name": held_out.name, "accuracy": accuracy}}

    def _fit_classifier(self, network: FaceNetwork, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        phase = self.recipe.profile.classifier
        training, _ = self.pictures.split_by_person()
        classifier = AttributeClassifier(network.attributes, phase.width)
        own = (phase.schedule(), phase.batch, self.seed(index), self.fabric, state, self.name_of(network))
        return classifier, train_classifier(classifier, training, *own)

    def _batches(self, network: FaceNetwork, index: int) -> PhotoBatches:
        """Whole faces of the network's sub-set, mirrored half of the time."""
        faces, batch = self.pictures.where(network.faces), self.recipe.profile.batch
        faces.require(batch, f"batches of {network.name}")
        return PhotoBatches(faces, batch, faces.size, (1.0, 1.0), seed=self.seed(index))
