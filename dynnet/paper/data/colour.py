"""Colours as sRGB has them: phones photograph in Display P3, cameras in Adobe RGB, neither is sRGB."""

import io
import logging

import numpy as np
from PIL import Image, ImageCms

from dynnet.errors import one_line

_log = logging.getLogger(__name__)

# What a profile of each colour space describes, as Pillow's modes.
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_STEPS = np.arange(0, 256, 51, dtype=np.uint8)
_COLOURS = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), -1).reshape(1, -1, 3)


def to_srgb(image: Image.Image, profile: bytes, name: str) -> Image.Image:
    """An RGB, L or CMYK image in the colours of an ICC profile, as RGB in sRGB.

    A profile that says the same as sRGB changes no bit. One that is damaged, or of another kind of picture, is passed
    over, which is logged with the picture's `name`.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODES[source.profile.xcolor_space]
        if image.mode == "L" and mode == "RGB":
            image = image.convert("RGB")
        if image.mode != mode:
            raise ValueError(f"it is for {mode}, the picture is {image.mode}")
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return image if mode == "RGB" and _changes_nothing(transform) else ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("%s: its colour profile is passed over (%s): colours are read as sRGB", name, one_line(error))
        return image.convert("RGB")


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether colours all over the cube stay where they are, but for rounding."""
    changed = np.asarray(ImageCms.applyTransform(Image.fromarray(_COLOURS), transform))
    return int(np.abs(changed.astype(int) - _COLOURS).max()) <= 1
