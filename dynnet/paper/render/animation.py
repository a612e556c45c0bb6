"""Frames as an endless animation for a page: GIF or WebP."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, one_line

SUFFIXES = (".gif", ".webp")
_PALETTE_FRAMES = 8  # that the colours of all are taken from


def save_animation(frames: Iterable[np.ndarray], path: Path, rate: float, quality: int) -> None:
    """Writes uint8 (H, W, 3) frames, `rate` of them a second, complete or not at all.

    A GIF has one palette for all frames and is not dithered, so that nothing flickers.

    Raises:
        DynnetError: there are no frames, they do not fit the format, or the folder cannot be written.
    """
    images = [Image.fromarray(frame) for frame in frames]
    if not images:
        raise DynnetError(f"{path}: an animation needs frames, got none")
    options: dict[str, object] = {"quality": quality, "method": 4}
    if path.suffix.lower() == ".gif":
        palette = _shared_palette(images)
        images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        options = {"optimize": False}
    with atomic_path(path) as temporary:
        try:
            images[0].save(
                temporary, save_all=True, append_images=images[1:], duration=round(1000 / rate), loop=0, **options
            )
        except (ValueError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's
            raise DynnetError(f"{path}: the frames do not go into it ({one_line(error)}); make them smaller") from error


def _shared_palette(images: list[Image.Image]) -> Image.Image:
    chosen = images[:: max(1, len(images) // _PALETTE_FRAMES)]
    rows = np.concatenate([np.asarray(image)[::2, ::2].reshape(-1, 3) for image in chosen])
    return Image.fromarray(rows[None]).quantize(256, Image.Quantize.MEDIANCUT)
