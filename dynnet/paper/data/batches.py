"""Training batches of photo crops that depend on the step alone, so that a run can be resumed at any step."""

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.photos import Photos
from dynnet.paper.data.pictures import to_tensor

# First word of every seed: without it, the order of epoch e and the crop 0 of step e would share their numbers.
_ORDER, _CROP = 0, 1


class PhotoBatches:
    """Random crops of `photos`: each epoch visits every photo once, in an order of its own.

    A photo of side S is scaled so that its side is s * S pixels, s drawn evenly from `scale`, but never below `crop`;
    then a square of `crop` pixels is cut out anywhere and mirrored half of the time (`flip`). `batch` may exceed the
    number of photos. Nothing is remembered between calls: the same `seed` and step give the same batch.

    Raises:
        DynnetError: `crop` exceeds the photos, or a setting is out of range.
    """

    def __init__(
        self,
        photos: Photos,
        batch: int,
        crop: int,
        scale: tuple[float, float] = (0.5, 1.0),
        flip: bool = True,
        seed: int = 0,
    ) -> None:
        low, high = scale
        if batch < 1 or seed < 0:
            raise DynnetError(f"expected batch >= 1 and seed >= 0, got batch {batch} and seed {seed}")
        if not 1 <= crop <= photos.size:
            raise DynnetError(
                f"expected crops of 1..{photos.size} pixels, the side of the photos, got {crop}; "
                "crop less or load the photos larger"
            )
        if not 0 < low <= high <= 1:
            raise DynnetError(f"expected scale as (low, high) with 0 < low <= high <= 1, got {scale}")
        self._photos, self._batch, self._crop = photos, batch, crop
        self._scale, self._flip, self._seed = (low, high), flip, seed
        self._order: tuple[int, np.ndarray] = (0, self._shuffled(0))

    def batch_at(self, step: int) -> torch.Tensor:
        """The batch of training step `step` >= 0: float32 (batch, 3, crop, crop) in [0, 1]."""
        if step < 0:
            raise DynnetError(f"expected step >= 0, got {step}")
        crops = [self._cut(index, step, place) for place, index in enumerate(self._indices(step))]
        return to_tensor(np.stack(crops))

    def _indices(self, step: int) -> Iterator[int]:
        """The photos of a step: positions step * batch ... of all epochs laid end to end."""
        for position in range(step * self._batch, (step + 1) * self._batch):
            epoch, place = divmod(position, len(self._photos))
            # Shuffling 80,000 photos takes a millisecond: keep the order of the epoch at hand.
            if self._order[0] != epoch:
                self._order = (epoch, self._shuffled(epoch))
            yield int(self._order[1][place])

    def _shuffled(self, epoch: int) -> np.ndarray:
        return np.random.default_rng((_ORDER, self._seed, epoch)).permutation(len(self._photos))

    def _cut(self, index: int, step: int, place: int) -> np.ndarray:
        """One crop, uint8 (crop, crop, 3). Its window in the photo is resized at once: no pixel outside is touched."""
        rng = np.random.default_rng((_CROP, self._seed, step, place))
        photo = self._photos[index]
        side = photo.shape[0]
        window = min(self._crop / rng.uniform(*self._scale), side)
        left, top = rng.uniform(0, side - window, size=2)
        mirrored = bool(rng.integers(2)) and self._flip
        box = (left, top, min(left + window, side), min(top + window, side))
        crop = Image.fromarray(photo).resize((self._crop, self._crop), Image.Resampling.BILINEAR, box=box)
        pixels = np.asarray(crop)
        return pixels[:, ::-1] if mirrored else pixels
