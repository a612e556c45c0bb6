"""From an opened file to the picture that people see: upright, in sRGB, transparent places white."""

import contextlib
import threading
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import ExifTags, Image

from dynnet.paper.data.colour import to_srgb
from dynnet.paper.data.profiles import adobe_rgb

# How a stored picture must be turned to stand upright, by its EXIF tag.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_WHITE = (255, 255, 255)

# `warnings.catch_warnings` swaps filters of the whole process: two threads must not do it at the same time.
_FILTERS = threading.Lock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps Pillow's warnings back: of metadata that are damaged where the picture is not, of sizes that we check."""
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def decoded(image: Image.Image, name: str, profile: bytes | None = None, depth: int = 8) -> np.ndarray:
    """Decodes an opened picture to uint8 (H, W, 3); raises whatever Pillow's decoders raise.

    Args:
        name: what logs call it.
        profile: its ICC profile, where Pillow has not seen it.
        depth: bits of a sample in the file: a transparent colour is given in them.
    """
    image.load()
    turn, profile = _TURNS.get(_orientation(image)), profile or _profile(image)
    upright = _over_white(image, name, profile, depth)
    return np.array(upright if turn is None else upright.transpose(turn))


def _over_white(image: Image.Image, name: str, profile: bytes | None, depth: int) -> Image.Image:
    """Any mode that Pillow decodes, as RGB over white."""
    if image.mode.startswith("I"):
        return _deep_grey(image, name, profile)
    if not image.has_transparency_data:
        return _coloured(image, name, profile)
    _scale_transparent_colour(image, depth)
    layer = image.convert("RGBA")
    result = Image.new("RGB", layer.size, _WHITE)
    result.paste(_coloured(layer.convert("RGB"), name, profile), mask=layer.getchannel("A"))
    return result


def _coloured(image: Image.Image, name: str, profile: bytes | None) -> Image.Image:
    if profile is None:
        return image.convert("RGB")
    return to_srgb(image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB"), profile, name)


def _deep_grey(image: Image.Image, name: str, profile: bytes | None) -> Image.Image:
    """16 bits to 8: Pillow's own conversion clips at 255; 65535 / 257 is exactly 255."""
    values = np.asarray(image).astype(np.int64).clip(0, 65535)
    grey = np.rint(values / 257).astype(np.uint8)
    result = _coloured(Image.fromarray(grey), name, profile)
    if isinstance(transparent := image.info.get("transparency"), int):
        result.paste(_WHITE, mask=Image.fromarray(values == transparent))
    return result


def _scale_transparent_colour(image: Image.Image, depth: int) -> None:
    """Pillow scales samples to 8 bits, and leaves the colour that is transparent as the file has it."""
    transparent = image.info.get("transparency")
    if image.mode == "L" and isinstance(transparent, int) and depth < 8:
        image.info["transparency"] = transparent * 255 // (2**depth - 1)
    elif image.mode == "RGB" and isinstance(transparent, tuple) and depth == 16:
        image.info["transparency"] = tuple(value >> 8 for value in transparent)


def _profile(image: Image.Image) -> bytes | None:
    """The ICC profile inside the file; or Adobe RGB's where a camera says so by EXIF alone ("R03", DCF 2.0)."""
    if profile := image.info.get("icc_profile"):
        return profile
    try:
        with quiet():
            index = image.getexif().get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex)
    except Exception:  # damaged metadata does not make a good picture unusable
        return None
    return adobe_rgb() if index == "R03" and image.mode == "RGB" else None


def _orientation(image: Image.Image) -> int:
    try:
        with quiet():
            return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1
