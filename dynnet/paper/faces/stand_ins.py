"""Faces where there are no real ones: those of the shipped networks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces, load_faces
from dynnet.paper.faces.trained import Trained
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import load_recipe

STAND_INS = "faces of the shipped networks"
_BATCH = 128
_FACES = 1024  # of each network, where there are no real ones


def faces_or_stand_ins(root: Path | None, size: int, cache: Path, checkpoints: Path = CHECKPOINTS) -> Faces:
    """The faces below a data root; without a root, faces of the shipped networks with the shipped classifier's labels.

    Those are of every generator and of every Dynamic-Net at alpha = 1, so that all kinds are there. `Faces.name` says
    which they are.

    Raises:
        DynnetError: what `load_faces` raises, above all where the root has no faces, or, without a root, what
            `Trained.load` does.
    """
    if root is not None:
        return load_faces(root, size, cache)
    trained = Trained.load(load_recipe("fig6", "cpu"), checkpoints)
    makers = [*trained.generators.values(), *trained.dynamic.values()]  # a Dynamic-Net's default alpha is 1
    return generated_faces(makers, trained.recipe.profile.latent, trained.classifier, _FACES, size)


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
