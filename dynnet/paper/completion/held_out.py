"""The faces that completion is measured on: set aside from training, or stand-ins for such."""

from pathlib import Path

import torch
from torch import Tensor

from dynnet.paper.completion.recipe import Recipe
from dynnet.paper.data.pictures import centre_square, to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.stand_ins import STAND_INS, faces_or_stand_ins

_ASTRONAUT = (slice(28, 168), slice(158, 298))  # her face, rows and columns, framed as CelebA's are


def held_out_faces(recipe: Recipe, root: Path | None, cache: Path) -> tuple[Faces, Tensor]:
    """The faces that were set aside from training, all of them, and those to measure on: (N, 3, S, S) in [0, 1].

    S is the profile's `measured_size`. They are the faces with the highest ids; CelebA's persons are spread over all
    ids of a partition, so a person may be on both sides. Without real faces, the shipped generators' stand in, after
    scikit-image's astronaut.

    Raises:
        DynnetError: what `faces_or_stand_ins` and `Faces.split_by_id` raise.
    """
    profile, spec = recipe.profile, recipe.profile.evaluation
    faces = faces_or_stand_ins(root, profile.measured_size, cache, count=spec.stand_ins)
    faces = faces.split_by_id(profile.held_out)[1]
    measured = to_tensor(faces.squares[: spec.faces])
    if faces.name.startswith(STAND_INS):
        measured = torch.cat([astronaut(profile.measured_size), measured])
    return faces, measured


def astronaut(size: int) -> Tensor:
    """The face of scikit-image's astronaut photograph: (1, 3, size, size) in [0, 1]."""
    return to_tensor(centre_square(sample_picture("astronaut")[_ASTRONAUT], size))
