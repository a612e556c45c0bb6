"""A picture as it is to be rendered: upright, in sRGB, at the depth of its file, with what the camera said of it."""

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import ExifTags, Image

from dynnet.errors import one_line
from dynnet.paper.data import png
from dynnet.paper.data.decoding import quiet
from dynnet.paper.data.pictures import FORMATS, read_picture

_log = logging.getLogger(__name__)

_DEEPEST = 65535
_ROWS = 512  # of a picture that are converted at a time


@dataclass(frozen=True)
class Photo:
    """A picture that was read.

    Attributes:
        pixels: uint8 or uint16 (H, W, 3), sRGB.
        kind: of its file: JPEG, PNG or WEBP.
        exif: what the camera wrote, for the picture as it is now: upright, in sRGB; empty where there is none.
    """

    pixels: np.ndarray
    kind: str
    exif: bytes

    @property
    def deep(self) -> bool:
        """Whether it has 16 bits a colour."""
        return self.pixels.dtype == np.uint16

    def tensor(self) -> torch.Tensor:
        """float32 (1, 3, H, W) in [0, 1]."""
        height, width, _ = self.pixels.shape
        tensor = np.empty((1, 3, height, width), np.float32)
        most = np.float32(_DEEPEST if self.deep else 255)
        for top in range(0, height, _ROWS):
            np.divide(self.pixels[top : top + _ROWS].transpose(2, 0, 1), most, out=tensor[0, :, top : top + _ROWS])
        return torch.from_numpy(tensor)


def read_photo(source: Path | bytes) -> Photo:
    """Reads a JPEG, PNG or WebP file, or the bytes of one.

    PNG of 16 bits keeps them, but where it is partly transparent by one colour or has a colour profile.

    Raises:
        PictureError: see `read_picture`.
    """
    pixels = read_picture(source)
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    name = "upload" if isinstance(source, bytes) else str(source)
    with quiet(), Image.open(io.BytesIO(content), formats=FORMATS) as image:
        kind = str(image.format)
    found = png.opened(io.BytesIO(content))
    turn, exif = _told(found.stream if found else io.BytesIO(content), name)
    if found and found.depth == 16:
        deep = _deep(content, found.profile, name)
        if deep is not None and (upright := _upright(deep, turn)).shape == pixels.shape:
            pixels = upright
    return Photo(np.ascontiguousarray(pixels), kind, exif)


def levels(picture: torch.Tensor, deep: bool = False) -> np.ndarray:
    """(1, 3, H, W) in [0, 1], clamped and rounded, as uint8 or, for `deep`, uint16 (H, W, 3); in strips, for memory."""
    planes, most = picture[0], _DEEPEST if deep else 255
    _, height, width = planes.shape
    pixels = np.empty((height, width, 3), np.uint16 if deep else np.uint8)
    for top in range(0, height, _ROWS):
        strip = planes[:, top : top + _ROWS].float().clamp(0, 1).mul(most).round_().to(torch.int32)
        pixels[top : top + _ROWS] = strip.permute(1, 2, 0).cpu().numpy()
    return pixels


def at_most(x: torch.Tensor, side: int | None) -> torch.Tensor:
    """A picture (1, 3, H, W), shrunk until its longer side has `side` pixels; None leaves it as it is."""
    longer = max(x.shape[-2:])
    if side is None or longer <= side:
        return x
    size = [max(16, round(length * side / longer)) for length in x.shape[-2:]]
    return F.interpolate(x, size, mode="bicubic", antialias=True).clamp(0, 1)


def _told(stream: io.IOBase, name: str) -> tuple[int, bytes]:
    """(the orientation in the file, EXIF of the same picture once it is upright and in sRGB)."""
    stream.seek(0)
    try:
        with quiet(), Image.open(stream, formats=FORMATS) as image:
            exif = image.getexif()
            turn = int(exif.get(ExifTags.Base.Orientation, 1))
            if not exif:
                return turn, b""
            exif[ExifTags.Base.Orientation] = 1
            camera = exif.get_ifd(ExifTags.IFD.Exif)
            if camera:
                camera[ExifTags.Base.ColorSpace] = 1  # sRGB
                camera.pop(ExifTags.IFD.Interop, None)  # may name Adobe RGB
                for side in (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight):
                    camera.pop(side, None)  # of the picture as it lay in the camera
            exif.get_ifd(ExifTags.IFD.GPSInfo)  # is written if it was looked at
            return turn, exif.tobytes()
    except Exception as error:  # damaged metadata does not make a good picture unusable
        _log.warning("%s: what the camera said of it is damaged and left out (%s)", name, one_line(error))
        return 1, b""


def _deep(content: bytes, profile: bytes | None, name: str) -> np.ndarray | None:
    """The 16-bit colours of a PNG over white; None where only the reader of 8 bits gets them right."""
    if profile is not None or b"tRNS" in content[: content.find(b"IDAT")]:
        _log.warning("%s: its 16 bits are read as 8, because of its colour profile or transparent colour", name)
        return None
    data = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    try:
        with quiet():  # it is to move to another package some day
            from torchvision.io import ImageReadMode, decode_png

            planes = decode_png(data, ImageReadMode.UNCHANGED).numpy()
    except (ImportError, RuntimeError) as error:
        _log.warning("%s: its 16 bits are read as 8 (%s)", name, one_line(error))
        return None
    if planes.dtype != np.uint16:
        return None
    colours = np.broadcast_to(planes[:1] if len(planes) < 3 else planes[:3], (3, *planes.shape[1:]))
    if len(planes) in (2, 4):
        share = planes[-1:].astype(np.float32) / _DEEPEST
        colours = np.rint(colours * share + _DEEPEST * (1 - share)).astype(np.uint16)
    return colours.transpose(1, 2, 0)


def _upright(picture: np.ndarray, turn: int) -> np.ndarray:
    """(H, W, 3) as its EXIF tag says that it is to be turned."""
    if turn in (5, 6, 7, 8):
        picture = picture.transpose(1, 0, 2)
    if turn in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    if turn in (3, 4, 7, 8):
        picture = picture[::-1]
    return picture
