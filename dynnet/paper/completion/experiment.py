"""Figure 7's networks, from their checkpoints."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from dynnet.checkpoints import Checkpoint, restore
from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.completion.recipe import CompletionRecipe
from dynnet.paper.data.pictures import centre_square, to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.experiment import STAND_INS, faces_or_stand_ins, load_classifier
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.trained import Trained, hashes_of, load_all, load_dynamics

_ASTRONAUT = (slice(28, 168), slice(158, 298))  # her face, rows and columns, framed as CelebA's are


@dataclass
class CompletionExperiment(Trained):
    """A figure's trained networks, in eval mode.

    Attributes:
        critic: tells true from completed pictures.
        classifier: figure 6's, for its features.
        The others are `Trained`'s.
    """

    recipe: CompletionRecipe
    mains: dict[str, CompletionNet]
    critic: PatchDiscriminator
    classifier: AttributeClassifier

    def judges(self) -> Iterable[nn.Module]:
        return self.critic, self.classifier


def load_completion(recipe: CompletionRecipe, folder: Path = CHECKPOINTS) -> CompletionExperiment:
    """The trained networks of a recipe, from the checkpoints that the profile's evaluation names.

    Raises:
        DynnetError: a checkpoint is missing, altered, or of another recipe.
    """
    found = load_all(recipe, folder)
    mains = {n.name: load_completer(found[n.name]) for n in recipe.networks if n.kind == "main"}
    dynamic, hashes = load_dynamics(recipe, found, mains), hashes_of(found)
    critic, classifier = (found[recipe.only(kind).name] for kind in ("critic", "classifier"))
    return CompletionExperiment(recipe, mains, dynamic, hashes, load_critic(critic), load_classifier(classifier))


def held_out_faces(recipe: CompletionRecipe, root: Path | None, cache: Path) -> tuple[Faces, Tensor]:
    """The faces that were set aside from training, all of them, and those to measure on: (N, 3, S, S) in [0, 1].

    S is the profile's `measured_size`. They are the faces with the highest ids; CelebA's persons are spread over all
    ids of a partition, so a person may be on both sides. Without real faces, the shipped generators' stand in, after
    scikit-image's astronaut.

    Raises:
        DynnetError: what `faces_or_stand_ins` and `Faces.split_by_id` raise.
    """
    profile = recipe.profile
    faces = faces_or_stand_ins(root, profile.measured_size, cache).split_by_id(profile.held_out)[1]
    measured = to_tensor(faces.squares[: profile.evaluation.faces])
    if faces.name.startswith(STAND_INS):
        measured = torch.cat([astronaut(profile.measured_size), measured])
    return faces, measured


def astronaut(size: int) -> Tensor:
    """The face of scikit-image's astronaut photograph: (1, 3, size, size) in [0, 1]."""
    return to_tensor(centre_square(sample_picture("astronaut")[_ASTRONAUT], size))


def load_completer(checkpoint: Checkpoint) -> CompletionNet:
    """The main or fixed network of a checkpoint.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    network = CompletionNet(int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def load_critic(checkpoint: Checkpoint) -> PatchDiscriminator:
    """The critic of a checkpoint.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    network = PatchDiscriminator(int(checkpoint.meta.get("discriminator_width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()
