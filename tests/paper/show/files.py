"""Pictures on their way into widgets and out of them."""

import io
from types import SimpleNamespace

import ipywidgets
import numpy as np
from PIL import Image

from dynnet.paper.show.slider_parts import PictureChoice


def decoded(image: ipywidgets.Image) -> np.ndarray:
    """The pixels that an image widget shows."""
    return np.asarray(Image.open(io.BytesIO(image.value)))


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
