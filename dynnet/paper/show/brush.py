"""A brush on a picture: what is painted is a mask. A widget of a notebook, whose hand is a few lines of JavaScript."""

from pathlib import Path

import anywidget
import numpy as np
import traitlets
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import jpeg_bytes
from dynnet.paper.show.plots import ORANGE

SIDE = 128  # numbers along each side of a mask, whatever the picture's shape
SIZES = {"small": 0.08, "medium": 0.2, "large": 0.4}  # of the brush, in shares of the picture's shorter side
_ODD = 0.02  # how far two shapes may be from each other


class Brush(anywidget.AnyWidget):
    """A canvas that shows a picture and, over it, what is painted.

    Attributes:
        photo: a JPEG file, the picture below.
        painted: the mask as `SIDE` x `SIDE` bytes, row by row, 0 (nothing) to 255.
        size: of the brush, one of `SIZES`' values or any share.
        erasing: whether it takes away.
    """

    _esm = Path(__file__).with_name("brush.js")
    photo = traitlets.Bytes().tag(sync=True)
    painted = traitlets.Bytes(bytes(SIDE * SIDE)).tag(sync=True, from_json=lambda sent, _: bytes(sent))
    side = traitlets.Int(SIDE, read_only=True).tag(sync=True)
    tint = traitlets.Unicode(ORANGE, read_only=True).tag(sync=True)
    size = traitlets.Float(SIZES["medium"]).tag(sync=True)
    erasing = traitlets.Bool(False).tag(sync=True)
    width = traitlets.Int(256).tag(sync=True)

    @traitlets.validate("painted")
    def _whole(self, proposal: dict) -> bytes:
        if len(found := proposal["value"]) != SIDE * SIDE:
            raise DynnetError(f"expected a mask of {SIDE} x {SIDE} bytes, got {len(found)}; clear the brush")
        return found

    @property
    def mask(self) -> np.ndarray:
        """(SIDE, SIDE), from 0 to 1."""
        return np.frombuffer(self.painted, np.uint8).reshape(SIDE, SIDE) / np.float32(255)

    @mask.setter
    def mask(self, values: np.ndarray) -> None:
        self.painted = np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8).tobytes()

    def show(self, picture: np.ndarray) -> None:
        """Another picture below, uint8 (H, W, 3); what is painted stays."""
        self.photo = jpeg_bytes(picture)

    def shown(self, picture: np.ndarray) -> np.ndarray:
        """The picture and what is painted on it, as the canvas shows them: uint8 (H, W, 3)."""
        height, width = picture.shape[:2]
        mask = Image.fromarray(np.frombuffer(self.painted, np.uint8).reshape(SIDE, SIDE)).resize((width, height))
        share = np.asarray(mask)[..., None] / 255 / 2
        tint = np.array([int(self.tint[at : at + 2], 16) for at in (1, 3, 5)])
        return np.rint((1 - share) * picture + share * tint).astype(np.uint8)


def disc() -> np.ndarray:
    """A mask to begin with: a soft disc in the middle, (SIDE, SIDE) from 0 to 1."""
    across = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    return np.clip((0.36 - np.hypot(across, across[:, None])) / 0.08, 0, 1)


def mask_of(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture, uint8 (H, W, 3), as a mask (SIDE, SIDE): black is 0, white is 1, of colours the luminance counts.

    Args:
        height, width: of what it is a mask for, in pixels.

    Raises:
        DynnetError: it is of another shape.
    """
    rows, columns = picture.shape[:2]
    if abs(columns * height / (rows * width) - 1) > _ODD:
        raise DynnetError(
            f"expected a mask as wide for its height as the picture ({width} x {height}), got {columns} x {rows}; "
            "draw the mask on this picture"
        )
    grey = Image.fromarray(picture).convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(grey) / np.float32(255)
