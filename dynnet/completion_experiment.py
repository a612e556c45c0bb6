"""Figure 7's networks, from their checkpoints."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from dynnet.checkpoints import Checkpoint, load_checkpoint, restore
from dynnet.data.faces import Faces
from dynnet.data.pictures import centre_square, to_tensor
from dynnet.data.samples import sample_picture
from dynnet.dynamic import DynamicNet
from dynnet.dynamic_checkpoints import load_dynamic
from dynnet.generation_experiment import STAND_INS, faces_or_stand_ins, load_classifier
from dynnet.locations import CHECKPOINTS
from dynnet.networks.attribute_classifier import AttributeClassifier
from dynnet.networks.completion import CompletionNet
from dynnet.networks.patch_discriminator import PatchDiscriminator
from dynnet.recipes.completion import CompletionRecipe

_ASTRONAUT = (slice(28, 168), slice(158, 298))  # her face, rows and columns, framed as CelebA's are


@dataclass
class CompletionExperiment:
    """A figure's trained networks, in eval mode.

    Attributes:
        mains: every network with all weights trained, by name; the fixed networks are among them.
        dynamic: Dynamic-Nets by the name of their blocks.
        critic: tells true from completed pictures.
        classifier: figure 6's, for its features.
        hashes: {network name: sha256 of its checkpoint}.
    """

    recipe: CompletionRecipe
    mains: dict[str, CompletionNet]
    dynamic: dict[str, DynamicNet]
    critic: PatchDiscriminator
    classifier: AttributeClassifier
    hashes: dict[str, str]

    def to(self, device: str | torch.device) -> Self:
        """Moves every network to a device."""
        for module in (*self.mains.values(), *self.dynamic.values(), self.critic, self.classifier):
            module.to(device)
        return self


def load_completion(recipe: CompletionRecipe, folder: Path = CHECKPOINTS) -> CompletionExperiment:
    """The trained networks of a recipe, from the checkpoints that the profile's evaluation names.

    Raises:
        DynnetError: a checkpoint is missing, altered, or of another recipe.
    """
    source = recipe.with_checkpoints()
    found = {n.name: load_checkpoint(source.checkpoint_path(folder, n.name)) for n in recipe.networks}
    mains = {n.name: load_completer(found[n.name]) for n in recipe.networks if n.kind == "main"}
    dynamic = {n.name: load_dynamic(found[n.name], mains[n.on]) for n in recipe.networks if n.kind == "blocks"}
    critic, classifier = (
        load_critic(found[recipe.only("critic").name]),
        load_classifier(found[recipe.only("classifier").name]),
    )
    hashes = {name: checkpoint.sha256 for name, checkpoint in found.items()}
    return CompletionExperiment(recipe, mains, dynamic, critic, classifier, hashes)


def held_out_faces(recipe: CompletionRecipe, root: Path | None, cache: Path) -> tuple[Faces, Tensor]:
    """The faces that were set aside from training, all of them, and those to measure on: (N, 3, S, S) in [0, 1].

    They are the faces with the highest ids; CelebA's persons are spread over all ids of a partition, so a person may
    be on both sides. Without real faces, the shipped generators' stand in, after scikit-image's astronaut.

    Raises:
        DynnetError: what `load_faces` and `Faces.split_by_id` raise.
    """
    profile = recipe.profile
    faces = faces_or_stand_ins(root, profile.size, cache).split_by_id(profile.held_out)[1]
    measured = to_tensor(faces.squares[: profile.evaluation.faces])
    return faces, torch.cat([astronaut(profile.size), measured]) if faces.name.startswith(STAND_INS) else measured


def astronaut(size: int) -> Tensor:
    """The face of scikit-image's astronaut photograph: (1, 3, size, size) in [0, 1]."""
    return to_tensor(centre_square(sample_picture("astronaut")[_ASTRONAUT], size))


def load_completer(checkpoint: Checkpoint) -> CompletionNet:
    """The main or fixed network of a checkpoint."""
    network = CompletionNet(int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def load_critic(checkpoint: Checkpoint) -> PatchDiscriminator:
    """The critic of a checkpoint."""
    network = PatchDiscriminator(int(checkpoint.meta.get("discriminator_width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()
