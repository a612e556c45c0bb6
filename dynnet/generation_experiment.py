"""Figure 6's networks from their checkpoints, and faces to measure them on where there are no real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from dynnet.checkpoints import Checkpoint, load_checkpoint, restore
from dynnet.data.face_files import has_faces
from dynnet.data.faces import Faces, load_faces
from dynnet.dynamic import DynamicNet
from dynnet.dynamic_checkpoints import load_dynamic
from dynnet.locations import CHECKPOINTS
from dynnet.networks.attribute_classifier import AttributeClassifier
from dynnet.networks.dcgan import Discriminator, Generator
from dynnet.recipes import load_recipe
from dynnet.recipes.generation import GenerationRecipe

STAND_INS = "faces of the shipped networks"
_BATCH = 128
_FACES = 1024  # of each network, where there are no real ones


@dataclass
class GenerationExperiment:
    """A figure's trained networks, in eval mode.

    Attributes:
        mains: generators by name.
        dynamic: Dynamic-Nets by the name of their blocks.
        classifier: the judge of their faces.
        hashes: {network name: sha256 of its checkpoint}.
    """

    recipe: GenerationRecipe
    mains: dict[str, Generator]
    dynamic: dict[str, DynamicNet]
    classifier: AttributeClassifier
    hashes: dict[str, str]

    def to(self, device: str | torch.device) -> Self:
        """Moves every network to a device."""
        for module in (*self.mains.values(), *self.dynamic.values(), self.classifier):
            module.to(device)
        return self


def load_generation(recipe: GenerationRecipe, folder: Path = CHECKPOINTS) -> GenerationExperiment:
    """The trained networks of a recipe, from the checkpoints that the profile's evaluation names.

    Raises:
        DynnetError: a checkpoint is missing, altered, or of another recipe.
    """
    source = recipe.with_checkpoints()
    found = {n.name: load_checkpoint(source.checkpoint_path(folder, n.name)) for n in recipe.networks}
    mains = {n.name: load_generator(found[n.name]) for n in recipe.networks if n.kind == "generator"}
    dynamic = {n.name: load_dynamic(found[n.name], mains[n.on]) for n in recipe.networks if n.kind == "blocks"}
    hashes = {name: checkpoint.sha256 for name, checkpoint in found.items()}
    return GenerationExperiment(recipe, mains, dynamic, load_classifier(found[recipe.classifier.name]), hashes)


def load_generator(checkpoint: Checkpoint) -> Generator:
    """The generator of a checkpoint."""
    network = Generator(int(checkpoint.meta.get("width", 0)), int(checkpoint.meta.get("latent", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def load_discriminator(checkpoint: Checkpoint) -> Discriminator:
    """The discriminator that was trained with a checkpoint's generator: phase 2 goes on from it."""
    network = Discriminator(int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("discriminator"), checkpoint.path)


def load_classifier(checkpoint: Checkpoint) -> AttributeClassifier:
    """The attribute classifier of a checkpoint."""
    network = AttributeClassifier(checkpoint.meta.get("attributes", ()), int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def faces_or_stand_ins(root: Path | None, size: int, cache: Path, checkpoints: Path = CHECKPOINTS) -> Faces:
    """The faces below a data root; without any, faces of the shipped networks with the shipped classifier's labels.

    Those are of every generator and of every Dynamic-Net at alpha = 1, so that all kinds are there. `Faces.name` says
    which they are.

    Raises:
        DynnetError: what `load_faces` raises.
    """
    if root is not None and has_faces(root):
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
    seed: int = 0,
) -> Faces:
    """`count` faces of each network, as uint8 squares of `size` pixels; the classifier says what they show.

    A face has an attribute when the classifier is surer of it than not. `ids` count from 1 and mean nothing.
    """
    draws = torch.Generator().manual_seed(seed)
    latents = [torch.randn(count, latent, generator=draws) for _ in makers]
    faces = torch.cat([maker(z) for maker, own in zip(makers, latents, strict=True) for z in own.split(_BATCH)])
    labels = torch.cat([classifier(batch) > 0 for batch in faces.split(_BATCH)])
    if size != faces.shape[-1]:
        faces = F.interpolate(faces, (size, size), mode="bicubic", antialias=True).clamp(0, 1)
    squares = (255 * faces).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    table = pd.DataFrame(labels.numpy(), columns=list(classifier.attributes))
    return Faces(squares, table, np.arange(1, len(squares) + 1), STAND_INS)
