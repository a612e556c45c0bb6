"""Figure 6's networks from their checkpoints, and faces to measure them on where there are no real ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from dynnet.checkpoints import Checkpoint, restore
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces, load_faces
from dynnet.paper.faces.network import Discriminator, Generator
from dynnet.paper.faces.recipe import GenerationRecipe
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import load_recipe
from dynnet.paper.trained import Trained, hashes_of, load_all, load_dynamics

STAND_INS = "faces of the shipped networks"
_BATCH = 128
_FACES = 1024  # of each network, where there are no real ones


@dataclass
class GenerationExperiment(Trained):
    """A figure's trained networks, in eval mode.

    Attributes:
        mains: the generators.
        classifier: the judge of their faces.
        The others are `Trained`'s.
    """

    recipe: GenerationRecipe
    mains: dict[str, Generator]
    classifier: AttributeClassifier

    def judges(self) -> Iterable[nn.Module]:
        return (self.classifier,)


def load_generation(recipe: GenerationRecipe, folder: Path = CHECKPOINTS) -> GenerationExperiment:
    """The trained networks of a recipe, from the checkpoints that the profile's evaluation names.

    Raises:
        DynnetError: a checkpoint is missing, altered, or of another recipe.
    """
    found = load_all(recipe, folder)
    mains = {n.name: load_generator(found[n.name]) for n in recipe.networks if n.kind == "generator"}
    dynamic, classifier = load_dynamics(recipe, found, mains), load_classifier(found[recipe.classifier.name])
    return GenerationExperiment(recipe, mains, dynamic, hashes_of(found), classifier)


def load_generator(checkpoint: Checkpoint) -> Generator:
    """The generator of a checkpoint.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    network = Generator(int(checkpoint.meta.get("width", 0)), int(checkpoint.meta.get("latent", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def load_discriminator(checkpoint: Checkpoint) -> Discriminator:
    """The discriminator that was trained with a checkpoint's generator: phase 2 goes on from it.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    network = Discriminator(int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("discriminator"), checkpoint.path)


def load_classifier(checkpoint: Checkpoint) -> AttributeClassifier:
    """The attribute classifier of a checkpoint.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    network = AttributeClassifier(checkpoint.meta.get("attributes", ()), int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def faces_or_stand_ins(root: Path | None, size: int, cache: Path, checkpoints: Path = CHECKPOINTS) -> Faces:
    """The faces below a data root; without a root, faces of the shipped networks with the shipped classifier's labels.

    Those are of every generator and of every Dynamic-Net at alpha = 1, so that all kinds are there. `Faces.name` says
    which they are.

    Raises:
        DynnetError: what `load_faces` raises, above all where the root has no faces, or, without a root, what
            `load_generation` does.
    """
    if root is not None:
        return load_faces(root, size, cache)
    experiment = load_generation(load_recipe("fig6", "cpu"), checkpoints)
    makers = [*experiment.mains.values(), *experiment.dynamic.values()]  # a Dynamic-Net's default alpha is 1
    latent = experiment.recipe.profile.latent
    return generated_faces(makers, latent, experiment.classifier, _FACES, size)


@torch.no_grad()
def generated_faces(
    makers: Sequence[nn.Module],
    latent: int,
    classifier: AttributeClassifier,
    count: int,
    size: int = 64,
) -> Faces:
    """`count` faces of each network, as uint8 squares of `size` pixels; the classifier says what they show.

    Always the same ones. A face has an attribute when the classifier is surer of it than not. `ids` count from 1 and
    mean nothing.

    Args:
        makers: latents (B, latent) from N(0, 1) -> faces (B, 3, H, H) in [0, 1].
    """
    draws = torch.Generator().manual_seed(0)
    latents = [torch.randn(count, latent, generator=draws) for _ in makers]
    faces = torch.cat([maker(z) for maker, own in zip(makers, latents, strict=True) for z in own.split(_BATCH)])
    labels = torch.cat([classifier(batch) > 0 for batch in faces.split(_BATCH)])
    if size != faces.shape[-1]:
        faces = F.interpolate(faces, (size, size), mode="bicubic", antialias=True).clamp(0, 1)
    squares = (255 * faces).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    table = pd.DataFrame(labels.numpy(), columns=list(classifier.attributes))
    return Faces(squares, table, np.arange(1, len(squares) + 1), STAND_INS)
