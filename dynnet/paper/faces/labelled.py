"""Training batches of faces with what they show: for a classifier that is to judge generated faces.

What a generator makes is softer, noisier or a little out of place beside a photo. A classifier that has seen photos
altered in these ways scores what is shown and not how well. Hues are left alone: hair colours are attributes.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.faces.dataset import Faces

SHIFT = 4  # pixels each way at most
BLUR = 1  # pixels around each one that the softest faces are averaged over
CONTRAST = 0.15  # a factor of 0.85 to 1.15
BRIGHTNESS = 0.08  # of the scale [0, 1], both ways
NOISE = 0.04  # standard deviation of the noisiest faces

_ALTERATION = 2  # first word of the seeds; the orders and crops of PhotoBatches have 0 and 1


class LabelledFaces(PhotoBatches):
    """Whole faces and their attributes, functions of the step alone: each epoch shows every face once.

    The faces are mirrored half of the time and altered as `altered` does.

    Args:
        attributes: columns of `faces.attributes`, in the order of the labels.
        batch: faces in a batch.
        seed: another seed is another order with other alterations.

    Raises:
        DynnetError: the faces lack an attribute or are fewer than a batch; batch below 1 or seed below 0.
    """

    def __init__(self, faces: Faces, attributes: Sequence[str], batch: int, seed: int = 0) -> None:
        faces.require(batch, f"a batch of {batch}")
        super().__init__(faces, batch, crop=faces.size, scale=(1.0, 1.0), seed=seed)
        self._labels = labels_of(faces, attributes)

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """The faces of training step `step` >= 0, float32 (batch, 3, S, S) in [0, 1], and what they show.

        That is float32 (batch, A), 1 for those who have the attribute, else 0.
        """
        faces = super().batch_at(step)
        seed = np.random.default_rng((_ALTERATION, self._seed, step)).integers(2**63)
        return altered(faces, torch.Generator().manual_seed(int(seed))), self._labels[list(self._indices(step))]


def labels_of(faces: Faces, attributes: Sequence[str]) -> Tensor:
    """Attributes of all faces: float32 (N, A), 1 for those who have it, else 0.

    Raises:
        DynnetError: the faces lack an attribute.
    """
    known = list(faces.attributes.columns)
    if missing := [name for name in attributes if name not in known]:
        raise DynnetError(
            f"{faces.name}: expected faces with the attribute {missing[0]!r}, got {', '.join(known)}; choose of these"
        )
    return torch.from_numpy(faces.attributes[list(attributes)].to_numpy(np.float32, copy=True))


def altered(x: Tensor, draws: torch.Generator) -> Tensor:
    """Every face slightly altered in its own way: shifted, then blurred, its contrast and brightness changed, noise.

    Args:
        x: faces (B, 3, H, W) in [0, 1].
        draws: a generator on the CPU, whatever the device of x: one seed means the same alterations everywhere.

    Shape: the same, in [0, 1].
    """
    x = _shifted(x, draws)
    blur, noise = torch.rand(2, len(x), 1, 1, 1, generator=draws).to(x)
    contrast, brightness = 2 * torch.rand(2, len(x), 1, 1, 1, generator=draws).to(x) - 1
    x = torch.lerp(x, _blurred(x), blur)
    mean = x.mean((1, 2, 3), keepdim=True)  # one for all colours, so that they stay apart as they are
    x = mean + (1 + CONTRAST * contrast) * (x - mean) + BRIGHTNESS * brightness
    x = x + NOISE * noise * torch.randn(x.shape, generator=draws).to(x)
    return x.clamp(0, 1)


def _shifted(x: Tensor, draws: torch.Generator) -> Tensor:
    """Shifted by up to `SHIFT` pixels each way; what comes in from outside is the picture reflected."""
    height, width = x.shape[2:]
    tops, lefts = torch.randint(2 * SHIFT + 1, (2, len(x)), generator=draws).tolist()
    wide = F.pad(x, (SHIFT, SHIFT, SHIFT, SHIFT), mode="reflect")
    windows = zip(wide.unbind(), tops, lefts, strict=True)
    return torch.stack([one[:, top : top + height, left : left + width] for one, top, left in windows])


def _blurred(x: Tensor) -> Tensor:
    """Each pixel averaged with those around it: a Gaussian would take as long as a training step."""
    return F.avg_pool2d(F.pad(x, (BLUR, BLUR, BLUR, BLUR), mode="reflect"), 2 * BLUR + 1, stride=1)
