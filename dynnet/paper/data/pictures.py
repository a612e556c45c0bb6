"""Reads and writes single pictures: whatever people have on disk becomes uint8 RGB."""

import io
import logging
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, one_line
from dynnet.paper.data import png
from dynnet.paper.data.decoding import decoded, quiet
from dynnet.paper.data.kinds import FIRST_BYTES, kind_of

FORMATS = ("JPEG", "PNG", "WEBP")
SMALLEST_SIDE = 16
LONGEST_SIDE = 20_000
MOST_PIXELS = 65_000_000  # what phones call 64 megapixels; decoding them takes 0.7 GB

_log = logging.getLogger(__name__)


class PictureError(DynnetError):
    """A picture that cannot be used: names it, says what was expected, what was got and what to do."""


def read_picture(source: str | Path | bytes, max_pixels: int = MOST_PIXELS) -> np.ndarray:
    """Reads a JPEG, PNG or WebP file, or the bytes of one, as uint8 (H, W, 3) RGB, upright by its EXIF tag.

    Colours of an ICC profile, or of what else a PNG says of them, become sRGB's, transparent places white, 16-bit grey
    is scaled to 8 bits, an animation gives its first frame. The size is checked before anything is decoded.

    Raises:
        PictureError: there is no such file, it is no complete picture, a side is outside of 16..20,000 pixels, or it
            has more than `max_pixels`.
    """
    name = "upload" if isinstance(source, bytes) else _printable(str(source))
    with _open_stream(source, name) as stream:
        found = png.opened(stream)
        profile, depth = (found.profile, found.depth) if found else (None, 8)
        if found and found.odd:
            _log.warning("%s: its colours (%s) are not understood and read as sRGB", name, found.odd)
        with _open_header(found.stream if found else stream, name, max_pixels) as image:
            _check_size(image.size, name, max_pixels)
            try:
                return decoded(image, name, profile, depth)
            except MemoryError as error:
                raise PictureError(
                    f"{name}: expected memory enough to decode {image.width} x {image.height} pixels, got too little; "
                    "close other programs or make the picture smaller"
                ) from error
            except Exception as error:  # decoders raise what their plugin likes: OSError, SyntaxError, struct.error
                raise PictureError(
                    f"{name}: expected a complete {image.format} picture, got a truncated or damaged one "
                    f"({one_line(error)}); save or copy it again"
                ) from error


def resize_shorter(picture: np.ndarray, side: int) -> np.ndarray:
    """Resizes uint8 (H, W, 3), antialiased, so that the shorter side has `side` pixels; keeps the aspect ratio."""
    height, width = picture.shape[:2]
    return _resized(picture, side / min(height, width))


def limit_longer(picture: np.ndarray, side: int) -> np.ndarray:
    """Shrinks uint8 (H, W, 3), antialiased, until its longer side has at most `side` pixels; never enlarges."""
    height, width = picture.shape[:2]
    if max(height, width) <= side:
        return picture
    return _resized(picture, side / max(height, width))


def centre_square(picture: np.ndarray, side: int) -> np.ndarray:
    """The largest centred square of uint8 (H, W, 3), resized, antialiased, to (side, side, 3)."""
    height, width = picture.shape[:2]
    square = min(height, width)
    left, top = (width - square) / 2, (height - square) / 2
    box = (left, top, left + square, top + square)
    return np.array(_image(picture).resize((side, side), Image.Resampling.BICUBIC, box=box))


def to_tensor(pictures: np.ndarray) -> torch.Tensor:
    """uint8 (H, W, 3) or (B, H, W, 3) to float32 (1, 3, H, W) or (B, 3, H, W) in [0, 1].

    Raises:
        DynnetError: another shape or type.
    """
    if pictures.dtype != np.uint8 or pictures.ndim not in (3, 4) or pictures.shape[-1] != 3:
        raise DynnetError(
            f"expected pictures as uint8 (H, W, 3) or (B, H, W, 3), got {pictures.dtype} {pictures.shape}; "
            "read files with read_picture"
        )
    batch = pictures if pictures.ndim == 4 else pictures[None]
    # In NumPy, not in torch: arrays this small are not worth waking torch's threads while a training uses them.
    return torch.from_numpy(np.divide(batch.transpose(0, 3, 1, 2), np.float32(255), order="C"))


def to_picture(tensor: torch.Tensor) -> np.ndarray:
    """(3, H, W) or (1, 3, H, W) in [0, 1] to uint8 (H, W, 3): clamps what lies outside, then rounds.

    Raises:
        DynnetError: another shape, or NaN, which would become an arbitrary colour.
    """
    planes = tensor.detach()
    if planes.ndim == 4 and planes.shape[0] == 1:
        planes = planes[0]
    if planes.ndim != 3 or planes.shape[0] != 3:
        raise DynnetError(
            f"expected one picture, (3, H, W) or (1, 3, H, W), got {tuple(tensor.shape)}; pass one at a time"
        )
    planes = planes.to(device="cpu", dtype=torch.float32)
    if planes.isnan().any():
        raise DynnetError("expected a picture of numbers in [0, 1], got NaN; the network that made it has diverged")
    return planes.clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def jpeg_bytes(picture: np.ndarray, quality: int = 90) -> bytes:
    """The JPEG file of uint8 (H, W, 3), `quality` 1..95, without touching the disk."""
    buffer = io.BytesIO()
    _image(picture).save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()


def write_png(picture: np.ndarray, path: Path) -> None:
    """Writes uint8 (H, W, 3) as PNG, complete or not at all.

    Raises:
        DynnetError: the folder cannot be written, or the picture is of another shape or type.
    """
    image = _image(picture)
    with atomic_path(path) as temporary:
        image.save(temporary, format="PNG")


def _open_stream(source: str | Path | bytes, name: str) -> BinaryIO:
    """The bytes of the source, at least one of them; nothing is read yet."""
    if isinstance(source, bytes):
        stream: BinaryIO = io.BytesIO(source)
    else:
        try:
            path = Path(source)
            if path.is_dir():
                raise PictureError(f"{name}: expected a picture file, got a folder; name one file in it")
            if not path.is_file():  # also keeps pipes and devices out, which could block for ever
                raise PictureError(f"{name}: expected a picture file, got no such file; check the name and the folder")
            stream = path.open("rb")
        except OSError as error:
            reason = error.strerror or error
            raise PictureError(f"{name}: expected a readable file, got: {reason}; check its permissions") from error
    if stream.seek(0, io.SEEK_END) == 0:
        stream.close()
        raise PictureError(f"{name}: expected a picture, got an empty file; save or copy it again")
    return stream


def _open_header(stream: BinaryIO, name: str, max_pixels: int) -> Image.Image:
    """Reads the header only: format and size."""
    try:
        with quiet():  # our own cap is checked next; Pillow's warning, at a fixed 89 megapixels, would only repeat it
            return Image.open(stream, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{name}: expected at most {max_pixels:,} pixels, got far more ({one_line(error)}); make it smaller"
        ) from error
    except Exception as error:  # a damaged header makes plugins raise ValueError, OSError, struct.error and more
        stream.seek(0)
        got = kind_of(stream.read(FIRST_BYTES)) or "something else or a damaged header"
        advice = "open it in an image program and save it as one of these"
        if got == "a web page":
            advice = "download the picture itself"
        raise PictureError(f"{name}: expected a JPEG, PNG or WebP picture, got {got}; {advice}") from error


def _check_size(size: tuple[int, int], name: str, max_pixels: int) -> None:
    width, height = size
    if min(size) < SMALLEST_SIDE:
        raise PictureError(
            f"{name}: expected at least {SMALLEST_SIDE} pixels a side, got {width} x {height}; use a larger picture"
        )
    if max(size) > LONGEST_SIDE or width * height > max_pixels:
        raise PictureError(
            f"{name}: expected at most {LONGEST_SIDE:,} pixels a side and {max_pixels:,} in all, "
            f"got {width} x {height}; make the picture smaller"
        )


def _resized(picture: np.ndarray, factor: float) -> np.ndarray:
    height, width = picture.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.array(_image(picture).resize(size, Image.Resampling.BICUBIC))


def _image(picture: np.ndarray) -> Image.Image:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] != 3:
        raise DynnetError(
            f"expected a picture as uint8 (H, W, 3), got {picture.dtype} {picture.shape}; tensors go through to_picture"
        )
    return Image.fromarray(np.ascontiguousarray(picture))


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)
