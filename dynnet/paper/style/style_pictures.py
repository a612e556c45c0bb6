"""The style pictures that a recipe names: drawn by code, or read from a file."""

from pathlib import Path

from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import read_picture, resize_shorter, to_tensor
from dynnet.paper.style.drawings.gallery import render_style
from dynnet.paper.style.recipe import Style


def style_tensor(style: Style, root: Path | None) -> Tensor:
    """The style picture as (1, 3, H, W) in [0, 1].

    Raises:
        DynnetError: the file is missing or no picture, or is relative and there is no data root.
    """
    if style.house is not None:
        return to_tensor(render_style(style.house, style.size, style.seed))
    path = style.picture
    if not path.is_absolute():
        if root is None:
            raise DynnetError(f"the style picture {path} lies below the data root: set DYNNET_DATA, or give --style")
        path = Path(root) / path
    return to_tensor(resize_shorter(read_picture(path), style.size))
