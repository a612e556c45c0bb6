"""The pictures that the networks of others are measured on, and those that the default alpha is fitted on."""

from pathlib import Path

from torch import Tensor

from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.roots import training_photos
from dynnet.paper.data.samples import SAMPLES_NAME, sample_crops
from dynnet.paper.denoising.recipe import Recipe


def measured_and_others(recipe: Recipe, root: Path | None, cache: Path) -> tuple[Tensor, Tensor, str]:
    """(pictures to measure on, other pictures, where the first are from): (N, 3, size, size) in [0, 1].

    With a data root: photos held out of training, and photos of the training. Without: crops of scikit-image's
    photographs, no two alike; none was trained on.

    Raises:
        DynnetError: what `training_photos` or `sample_crops` raises.
    """
    spec, held_out = recipe.profile.evaluation, recipe.profile.photos.held_out
    if root is None:
        crops = to_tensor(sample_crops(spec.pictures + spec.others, spec.size))
        return crops[: spec.pictures], crops[spec.pictures :], f"crops of {SAMPLES_NAME}"
    training, held = training_photos(root, spec.size, cache, held_out)
    return to_tensor(held.squares[: spec.pictures]), to_tensor(training.squares[: spec.others]), held.name
