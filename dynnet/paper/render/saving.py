"""A rendered picture as a file: JPEG, PNG or WebP, complete or not at all."""

from pathlib import Path

import numpy as np
from PIL import Image

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, one_line
from dynnet.paper.data.folders import SUFFIXES
from dynnet.paper.render.deep_png import write_deep_png

QUALITY = 92
KINDS = {suffix: "JPEG" for suffix in SUFFIXES} | {".png": "PNG", ".webp": "WEBP"}
SUFFIX_OF = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}


def save_picture(pixels: np.ndarray, path: Path, exif: bytes = b"", quality: int = QUALITY) -> None:
    """Writes uint8 or uint16 (H, W, 3), the latter as PNG alone, in the format of the path's suffix.

    Args:
        exif: goes into the file; empty: none.
        quality: 1 to 100 of JPEG and WebP.

    Raises:
        DynnetError: no format has that suffix, the folder cannot be written, or the picture does not fit the format.
    """
    kind = kind_of_path(path)
    with atomic_path(path) as temporary:
        if kind == "PNG" and pixels.dtype == np.uint16:
            write_deep_png(pixels, temporary, exif)
            return
        if pixels.dtype == np.uint16:
            pixels = np.rint(pixels / 257).astype(np.uint8)
        try:
            Image.fromarray(pixels).save(temporary, format=kind, **_options(kind, exif, quality))
        except (ValueError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's
            height, width = pixels.shape[:2]
            raise DynnetError(
                f"{path}: {width} x {height} pixels do not go into {kind} ({one_line(error)}); take another format"
            ) from error


def picture_bytes(pixels: np.ndarray, kind: str, folder: Path, exif: bytes, quality: int) -> bytes:
    """The same as bytes, by way of a file in `folder`."""
    path = folder / f"picture{SUFFIX_OF[kind]}"
    save_picture(pixels, path, exif, quality)
    return path.read_bytes()


def kind_of_path(path: Path) -> str:
    """JPEG, PNG or WEBP, by the suffix.

    Raises:
        DynnetError: it is of none of these.
    """
    if (kind := KINDS.get(path.suffix.lower())) is None:
        raise DynnetError(f"{path}: expected a name that ends in {', '.join(SUFFIX_OF.values())}, got {path.suffix!r}")
    return kind


def _options(kind: str, exif: bytes, quality: int) -> dict[str, object]:
    found: dict[str, object] = {"exif": exif} if exif else {}
    if kind == "PNG":
        return found
    found["quality"] = quality
    if kind == "JPEG" and quality >= 90:
        found["subsampling"] = 0  # colours as fine as brightness
    return found
