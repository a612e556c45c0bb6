"""Pictures beside one another on one sheet, each with its name under it."""

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from dynnet.errors import DynnetError

SIDE = 512  # pixels of the longer side of each, at most
_GAP, _INK, _PAPER = 12, "#222222", "white"
_LARGEST, _SMALLEST = 20, 9  # sizes of letters


def contact_sheet(
    pictures: Sequence[tuple[str, np.ndarray]], columns: int | None = None, side: int = SIDE
) -> np.ndarray:
    """(name, uint8 (H, W, 3)) -> one picture, uint8; as many columns as rows, about, or so many.

    Raises:
        DynnetError: there are no pictures.
    """
    if not pictures:
        raise DynnetError("a sheet needs pictures, got none")
    columns = columns or ceil(sqrt(len(pictures)))
    small = [_fitting(picture, side) for _, picture in pictures]
    width, height = (max(image.size[axis] for image in small) for axis in (0, 1))
    font = _font_for([name for name, _ in pictures], width)
    size = int(font.size)
    step = (width + _GAP, height + 2 * size + _GAP // 2)
    rows = ceil(len(small) / columns)
    sheet = Image.new("RGB", (columns * step[0] + _GAP, rows * step[1] + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (image, (name, _)) in enumerate(zip(small, pictures, strict=True)):
        left, top = (
            _GAP + place * length for place, length in zip((number % columns, number // columns), step, strict=True)
        )
        sheet.paste(image, (left + (width - image.width) // 2, top))
        draw.text((left + width / 2, top + height + size), name, _INK, font, anchor="mm")
    return np.asarray(sheet)


def _font_for(names: Sequence[str], width: int) -> ImageFont.FreeTypeFont:
    """The largest in which every name is as wide as a picture at most, within reason."""
    path, size = findfont("DejaVu Sans"), _LARGEST
    while size > _SMALLEST and max(ImageFont.truetype(path, size).getlength(name) for name in names) > width:
        size -= 1
    return ImageFont.truetype(path, size)


def _fitting(picture: np.ndarray, side: int) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image
