"""The photographs every installation has: those inside the scikit-image package. Nothing is ever downloaded."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import skimage
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.photos import Photos
from dynnet.paper.data.pictures import read_picture

SAMPLES_NAME = "scikit-image photographs"

# Only what lies in the wheel; `skimage.data` itself would fetch other files from the network. The stained tissue,
# the retina and the deep field in colour are left out: they do not look like what people photograph.
_FILES = {
    "astronaut": "astronaut.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "motorcycle": "motorcycle_left.png",
    "rocket": "rocket.jpg",
}
SAMPLE_PICTURES: tuple[str, ...] = tuple(_FILES)

# Sides of crop windows as shares of the shorter side of a photograph.
_SCALES = (1.0, 0.71, 0.5, 0.35)
_SMALLEST_SURE_SCALE = 0.5
_LARGEST_ENLARGEMENT = 4 / 3

# Evaluation crops below this standard deviation of green (0..255) are left out: bare sky, in the rocket's photograph.
_LEAST_CONTRAST = 16.0


class _Window(NamedTuple):
    """A square part of photograph number `picture`, in its pixels."""

    picture: int
    left: float
    top: float
    side: float


def sample_picture(name: str) -> np.ndarray:
    """The full colour photograph `name`, one of `SAMPLE_PICTURES`, uint8 (H, W, 3).

    Raises:
        DynnetError: no photograph has that name.
    """
    if name not in _FILES:
        raise DynnetError(f"expected a sample picture, one of {', '.join(SAMPLE_PICTURES)}; got {name!r}")
    return _decoded(name).copy()


def sample_photos(size: int) -> Photos:
    """Training photos of last resort: tiles of `size` pixels that cover every photograph at two scales or more."""
    pictures = _pictures()
    return Photos(_cut(pictures, _windows(pictures, size, overlap=0.0), size), SAMPLES_NAME)


def sample_crops(count: int, size: int) -> np.ndarray:
    """`count` crops for evaluation, uint8 (count, size, size, 3), always the same ones, varied in place and scale.

    Fewer crops are the first of more crops.

    Raises:
        DynnetError: there are not that many different ones.
    """
    pictures = _pictures()
    candidates = [
        window
        for window in _windows(pictures, size, overlap=0.75)
        if _contrast(pictures[window.picture], window) >= _LEAST_CONTRAST
    ]
    if not 1 <= count <= len(candidates):
        raise DynnetError(f"expected 1..{len(candidates)} sample crops of {size} pixels, got {count}; take fewer")
    return _cut(pictures, _most_different(candidates, count), size)


def _pictures() -> list[np.ndarray]:
    return [_decoded(name) for name in SAMPLE_PICTURES]


@cache  # 4 MB in all; every training and most notebooks ask for them several times
def _decoded(name: str) -> np.ndarray:
    return read_picture(Path(skimage.__file__).parent / "data" / _FILES[name])


def _windows(pictures: list[np.ndarray], size: int, overlap: float) -> list[_Window]:
    """Windows evenly spread over each picture, neighbours overlapping by at least the share `overlap` of their side."""
    windows = []
    for number, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        for scale in _SCALES:
            side = scale * min(height, width)
            # Small windows would only add blur where they have to be enlarged much.
            if scale < _SMALLEST_SURE_SCALE and size > _LARGEST_ENLARGEMENT * side:
                continue
            for top in _spread(height - side, (1 - overlap) * side):
                windows += [_Window(number, left, top, side) for left in _spread(width - side, (1 - overlap) * side)]
    return windows


def _spread(room: float, gap: float) -> list[float]:
    """Evenly spread places from 0 to `room`, at most `gap` apart."""
    return np.linspace(0, room, 1 + int(np.ceil(room / gap - 1e-9))).tolist() if room > 0 else [0.0]


def _contrast(picture: np.ndarray, window: _Window) -> float:
    top, left, side = round(window.top), round(window.left), round(window.side)
    # Green stands for brightness: nothing needs to be averaged.
    return float(picture[top : top + side, left : left + side, 1].std())


def _most_different(candidates: list[_Window], count: int) -> list[_Window]:
    """Takes, again and again, the window that overlaps least with any one taken before; pictures take turns."""
    picture = np.array([window.picture for window in candidates])
    box = np.array([(window.left, window.top, window.side) for window in candidates])
    overlap = np.zeros(len(candidates))
    uses = np.zeros(len(candidates))
    taken: list[int] = []
    for _ in range(count):
        # Rounded, so that rounding errors of another machine do not decide between equal candidates.
        order = np.lexsort((uses, overlap.round(6)))
        best = int(order[0])
        taken.append(best)
        same = picture == picture[best]
        uses[same] += 1
        overlap[same] = np.maximum(overlap[same], _shared(box[same], box[best]))
        overlap[best] = np.inf
    return [candidates[index] for index in taken]


def _shared(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Intersection over union of squares (left, top, side): low for a detail and the whole it is part of."""
    low = np.maximum(boxes[:, :2], box[:2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], box[:2] + box[2])
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    return common / (boxes[:, 2] ** 2 + box[2] ** 2 - common)


def _cut(pictures: list[np.ndarray], windows: list[_Window], size: int) -> np.ndarray:
    crops = np.empty((len(windows), size, size, 3), np.uint8)
    for crop, (number, left, top, side) in zip(crops, windows, strict=True):
        height, width = pictures[number].shape[:2]
        box = (left, top, min(left + side, width), min(top + side, height))
        crop[:] = Image.fromarray(pictures[number]).resize((size, size), Image.Resampling.BICUBIC, box=box)
    return crops
