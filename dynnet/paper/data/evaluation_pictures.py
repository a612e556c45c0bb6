"""The pictures that numbers are measured on."""

from pathlib import Path

from torch import Tensor

from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.roots import training_photos
from dynnet.paper.data.samples import SAMPLES_NAME, sample_crops


def evaluation_pictures(count: int, size: int, root: Path | None, cache: Path, held_out: int) -> tuple[Tensor, str]:
    """(pictures (N, 3, size, size) in [0, 1], where they are from).

    With a data root: the first `count` photos that were held out of training, or all where there are fewer. Without:
    `count` crops of scikit-image's photographs, which no shipped network was trained on.

    Raises:
        DynnetError: what `training_photos` or `sample_crops` raises.
    """
    if root is None:
        return to_tensor(sample_crops(count, size)), f"crops of {SAMPLES_NAME}"
    _, held = training_photos(root, size, cache, held_out)
    return to_tensor(held.squares[:count]), held.name
