"""One sheet that shows what there is to render with: a row for each network, α from 0 to 1."""

from collections.abc import Mapping
from pathlib import Path

import torch

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import limit_longer, read_picture, to_picture, to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.render.contact_sheet import contact_sheet
from dynnet.paper.render.saving import save_picture

ALPHAS = (0.0, 0.33, 0.67, 1.0)
_RENDERED, _SHOWN = 384, 224  # pixels


def save_strips(nets: Mapping[str, DynamicNet], path: Path, picture: Path | None = None) -> None:
    """Writes the sheet.

    Args:
        nets: {what it is called: the network}.
        picture: what is rendered; default a sample photograph.

    Raises:
        DynnetError: the picture cannot be read, or `path` not be written.
    """
    photo = read_picture(picture) if picture else sample_picture("chelsea")
    x = to_tensor(limit_longer(photo, _RENDERED))
    cells = []
    for name, net in nets.items():
        with torch.no_grad():
            cells += [(f"{name}  α = {alpha:g}", to_picture(net(x, alpha=alpha))) for alpha in ALPHAS]
    save_picture(contact_sheet(cells, columns=len(ALPHAS), side=_SHOWN), path)
