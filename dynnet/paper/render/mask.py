"""A picture of how strong the painting is, place by place: its grey is what α is multiplied by."""

import hashlib
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from dynnet.paper.data.pictures import PictureError
from dynnet.paper.render.colours import luminance
from dynnet.paper.render.photo import read_photo

_ODD = 0.02  # how far two shapes may be from each other


class Mask:
    """Strengths from 0 (black) to 1 (white) for pictures of one shape, of any size.

    Args:
        path: a picture; of colours the luminance counts.

    Raises:
        PictureError: it is none.
    """

    def __init__(self, path: Path):
        self.path = path
        photo = read_photo(path)
        self.identity = hashlib.sha256(photo.pixels.tobytes()).hexdigest()
        self._grey = luminance(photo.tensor()).clamp(0, 1)

    def at(self, height: int, width: int, name: str) -> Tensor:
        """The mask (1, 1, height, width) for a picture of that size.

        Raises:
            PictureError: the picture is of another shape.
        """
        mine = self._grey.shape
        if abs((mine[-1] * height) / (mine[-2] * width) - 1) > _ODD:
            raise PictureError(
                f"{name}: expected a picture as wide for its height as the mask {self.path} "
                f"({mine[-1]} x {mine[-2]}), got {width} x {height}; draw the mask on this picture"
            )
        return F.interpolate(self._grey, (height, width), mode="bilinear", antialias=True).clamp(0, 1)
