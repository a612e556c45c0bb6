"""Pictures on their way into widgets and out of them."""

import io
from types import SimpleNamespace

import ipywidgets
import numpy as np
import torch
from PIL import Image

from dynnet.paper.data.pictures import to_picture
from dynnet.paper.show.flip_book import Frame, View
from dynnet.paper.show.slider_parts import PictureChoice


def decoded(image: ipywidgets.Image) -> np.ndarray:
    """The pixels that an image widget shows."""
    return np.asarray(Image.open(io.BytesIO(image.value)))


def frame_of(view: View, alpha: float, walk: str = "") -> Frame:
    """What an explorer's flip book shows at an alpha."""
    return view._book.walks[walk](alpha)


def assert_shows(found: np.ndarray, wanted: torch.Tensor) -> None:
    """That pixels are those of a tensor (1, 3, H, W), but for the last step of 255."""
    np.testing.assert_allclose(found.astype(int), to_picture(wanted), rtol=0, atol=1)


def black_png(height: int, width: int) -> bytes:
    return flat_png(height, width, 0)


def flat_png(height: int, width: int, grey: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (grey, grey, grey)).save(buffer, format="PNG")
    return buffer.getvalue()


def upload(choice: PictureChoice, name: str, content: bytes) -> None:
    """What the browser does when somebody picks a file."""
    file = {"name": name, "type": "", "size": len(content), "content": memoryview(content), "last_modified": None}
    choice._uploaded(SimpleNamespace(new=(file,)))
