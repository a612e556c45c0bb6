"""Faces where there are no real ones: those of the shipped networks."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces, load_faces
from dynnet.paper.faces.recipe import STAND_INS_OF_EACH
from dynnet.paper.faces.trained import Trained
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import load_recipe

STAND_INS = "faces of the shipped networks"
_BATCH = 128


def faces_or_stand_ins(
    root: Path | None, size: int, cache: Path, checkpoints: Path = CHECKPOINTS, count: int = STAND_INS_OF_EACH
) -> Faces:
    """The faces below a data root; without a root, faces of the shipped networks with the shipped classifier's labels.

    Those are of every generator and of every Dynamic-Net at alpha = 1, so that all kinds are there. `Faces.name` says
    which they are.

    Args:
        count: stand-ins of each network.

    Raises:
        DynnetError: what `load_faces` raises, above all where the root has no faces, or, without a root, what
            `Trained.load` does.
    """
    if root is not None:
        return load_faces(root, size, cache)
    trained = Trained.load(load_recipe("fig6", "cpu"), checkpoints)
    makers = [*trained.generators.values(), *trained.dynamic.values()]  # a Dynamic-Net's default alpha is 1
    made_by = "".join(f"{name} {sha256}\n" for name, sha256 in sorted(trained.hashes.items()))
    kept = Path(cache) / f"stand_ins-{count}-{hashlib.sha256(made_by.encode()).hexdigest()[:16]}.npz"
    if (faces := _read(kept, trained.classifier.attributes)) is None:
        faces = generated_faces(makers, trained.recipe.profile.latent, trained.classifier, count)
        _write(faces, kept)
    return resized(faces, size)


@torch.no_grad()
def generated_faces(
    makers: Sequence[nn.Module],
    latent: int,
    classifier: AttributeClassifier,
    count: int,
) -> Faces:
    """`count` faces of each network, as uint8 squares; the classifier says what they show.

    Always the same ones. A face has an attribute when the classifier is surer of it than not. `ids` count from 1 and
    mean nothing.

    Args:
        makers: latents (B, latent) from N(0, 1) -> faces (B, 3, H, H) in [0, 1].
    """
    draws = torch.Generator().manual_seed(0)
    latents = [torch.randn(count, latent, generator=draws) for _ in makers]
    faces = torch.cat([maker(z) for maker, own in zip(makers, latents, strict=True) for z in own.split(_BATCH)])
    labels = torch.cat([classifier(batch) > 0 for batch in faces.split(_BATCH)])
    squares = (255 * faces).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    table = pd.DataFrame(labels.numpy(), columns=list(classifier.attributes))
    return Faces(squares, table, np.arange(1, len(squares) + 1), STAND_INS)


def resized(faces: Faces, size: int) -> Faces:
    """The same faces at another size."""
    if size == faces.size:
        return faces
    squares = torch.from_numpy(np.asarray(faces.squares)).permute(0, 3, 1, 2)
    parts = [
        F.interpolate(part.float(), (size, size), mode="bicubic", antialias=True) for part in squares.split(_BATCH)
    ]
    changed = torch.cat([part.round().clamp(0, 255).byte() for part in parts]).permute(0, 2, 3, 1).contiguous().numpy()
    return Faces(changed, faces.attributes, faces.ids, faces.name)


def _read(kept: Path, attributes: Sequence[str]) -> Faces | None:
    """Faces of an earlier call; they take a minute to make. None where there are none, or what is there is damaged."""
    try:
        with np.load(kept) as found:
            squares, labels = found["squares"], found["labels"]
        table = pd.DataFrame(labels, columns=list(attributes))
        return Faces(squares, table, np.arange(1, len(squares) + 1), STAND_INS)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, DynnetError):
        return None


def _write(faces: Faces, kept: Path) -> None:
    with atomic_path(kept) as path, path.open("wb") as file:
        np.savez(file, squares=np.asarray(faces.squares), labels=faces.attributes.to_numpy())
