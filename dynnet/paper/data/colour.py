"""Colours as sRGB has them: phones photograph in Display P3, cameras in Adobe RGB, neither is sRGB."""

import io
import logging
import struct

import numpy as np
from PIL import Image, ImageCms

from dynnet.errors import one_line

_log = logging.getLogger(__name__)

# What a profile of each colour space describes, as Pillow's modes.
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_STEPS = np.arange(0, 256, 51, dtype=np.uint8)
_COLOURS = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), -1).reshape(1, -1, 3)

# Adobe RGB (1998), annex B: columns of the matrix to XYZ for D50, and the exponent.
_ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_ADOBE_GAMMA = 563 / 256
_D50 = (0.9642, 1.0, 0.8249)


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


def adobe_rgb() -> bytes:
    """The ICC profile of Adobe RGB (1998), which cameras name in EXIF and do not always include."""
    xyz = [struct.pack(">4s4x3i", b"XYZ ", *(round(v * 65536) for v in column)) for column in (*_ADOBE, _D50)]
    curve = struct.pack(">4s4xIHxx", b"curv", 1, round(_ADOBE_GAMMA * 256))
    text = b"Adobe RGB (1998)\0"
    description = struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78)
    parts = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt"), xyz, strict=True))
    parts |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    parts |= {b"desc": description, b"cprt": struct.pack(">4s4x", b"text") + b"none\0"}
    table, body, start = b"", b"", 128 + 4 + 12 * len(parts)
    for tag, content in parts.items():
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = start + len(body)
    head = struct.pack(">I4xI4s4s4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ").ljust(36, b"\0") + b"acsp"
    light = struct.pack(">3i", *(round(v * 65536) for v in _D50))
    return (head.ljust(68, b"\0") + light).ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether colours all over the cube stay where they are, but for rounding."""
    changed = np.asarray(ImageCms.applyTransform(Image.fromarray(_COLOURS), transform))
    return int(np.abs(changed.astype(int) - _COLOURS).max()) <= 1
