"""Training batches of noisy mosaics and the photos they are made of, a function of the step alone."""

from collections.abc import Sequence

from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.denoising.mosaics import noisy_mosaic


class MosaicBatches:
    """Mosaics with noise, and their photos.

    Args:
        photos: crops of photos, with an even side.
        count: of pictures in a batch of `photos`.
        sigmas: the noise of the pictures of every batch, in turn; `count` is a multiple of their number.
        seed: of the noise.

    Raises:
        DynnetError: `count` is no multiple of the number of sigmas.
    """

    def __init__(self, photos: PhotoBatches, count: int, sigmas: Sequence[float], seed: int):
        if not sigmas or count % len(sigmas):
            raise DynnetError(f"{len(sigmas)} amounts of noise take turns in a batch of {count}; take a multiple")
        self._photos, self._seed = photos, seed
        self.sigmas = tuple(sigmas) * (count // len(sigmas))

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """(mosaics, photos), float32 (count, 3, crop, crop) both."""
        x = self._photos.batch_at(step)
        return noisy_mosaic(x, self.sigmas, 1_000_003 * self._seed + step), x
