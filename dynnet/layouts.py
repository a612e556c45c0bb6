"""Layouts: which axis of a block's features means what, and alpha spread along them.

A layout is a word with one letter for each axis: `B` pictures (the batch), `C` channels, `D`, `H`, `W`, `L` places,
`T` tokens, and `N` for anything else, such as windows. Along places a map of alpha is resized. Tokens have no geometry
of their own (a class token is beside the grid), so along `T` a map must have the tokens' number. Along `C` and `N`
alpha cannot vary.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError

_BY_DIMENSIONS = {nn.Conv1d: "BCL", nn.Conv2d: "BCHW", nn.Conv3d: "BCDHW"}


def check_layout(layout: str) -> str:
    """The layout itself.

    Raises:
        DynnetError: it is none.
    """
    letters = layout if isinstance(layout, str) else ""
    once = letters.replace("N", "")
    if "C" not in once or len(set(once)) != len(once) or set(once) - set("BCDHLTW"):
        raise DynnetError(
            f'a layout names its axes by letters of BCDHLTW, each once and "C" among them, and N; got {layout!r}'
        )
    return layout


def layout_of(block: nn.Module) -> str | None:
    """What a block declares (its attribute `layout`), or what it must be since it starts with a convolution.

    Raises:
        DynnetError: what it declares is no layout.
    """
    declared = getattr(block, "layout", None)
    if declared is not None:
        return check_layout(declared)
    while isinstance(block, nn.Sequential) and len(block):
        block = block[0]
    return next((layout for kind, layout in _BY_DIMENSIONS.items() if isinstance(block, kind)), None)


def places(layout: str) -> str:
    """The axes along which a map of alpha varies, in their order: "HW" of "BHWC"."""
    return "".join(letter for letter in layout if letter in "DHLTW")


def spread(alpha: Tensor, z: Tensor, layout: str | None, pictures: int | None = None) -> Tensor:
    """alpha as something that broadcasts over the features z.

    Args:
        alpha: (), (B,), or a map (B, 1, ...) with one axis for each of the layout's places.
        layout: of z; None where the block declares none: then (B,) goes along the first axis, and maps are refused.
        pictures: how many pictures the pass is of, where that is known: features with another number of rows are
            windows or the like, for which a map would mean something else.

    Raises:
        DynnetError: alpha fits neither.
    """
    if alpha.ndim == 0:
        return alpha
    if alpha.ndim == 1 and alpha.shape[0] == 1:
        return alpha.view([1] * z.ndim)
    if layout is None:
        return _along_first(alpha, z)
    if len(layout) != z.ndim:
        raise DynnetError(f"features of layout {layout} have {len(layout)} axes, got {tuple(z.shape)}; declare theirs")
    if "B" not in layout or alpha.shape[0] not in (1, z.shape[layout.index("B")]):
        raise _misfit(alpha, z, layout)
    if alpha.ndim == 1:
        return alpha.view([-1 if letter == "B" else 1 for letter in layout])
    if alpha.ndim != 2 + len(places(layout)) or alpha.shape[1] != 1:
        raise _misfit(alpha, z, layout)
    if pictures is not None and layout[0] == "B" and z.shape[0] != pictures:
        raise DynnetError(
            f"a map of alpha cannot act on features {tuple(z.shape)} of {pictures} pictures: their first axis is not "
            "the pictures'; give a number, or tune a child whose features are whole pictures"
        )
    return _arranged(_resized(alpha, z, layout)[:, 0], layout)


def _along_first(alpha: Tensor, z: Tensor) -> Tensor:
    fits = alpha.ndim == 1 and z.ndim > 0 and alpha.shape[0] == z.shape[0]
    if fits and not (z.ndim == 3 and z.shape[0] == z.shape[1]):  # (B, T, C) or (T, B, C): the shape does not tell
        return alpha.view([-1, *[1] * (z.ndim - 1)])
    raise DynnetError(
        f"alpha of shape {tuple(alpha.shape)} does not tell its axes apart on features {tuple(z.shape)} of a block "
        'that declares no layout; give a number, or declare one, e.g. block.layout = "BCHW"'
    )


def _resized(alpha: Tensor, z: Tensor, layout: str) -> Tensor:
    """The map (B, 1, ...) at the resolution of z's places."""
    letters = places(layout)
    size = [z.shape[layout.index(letter)] for letter in letters]
    if letters == "HW":
        return F.interpolate(alpha, size, mode="bilinear", align_corners=False, antialias=True)
    for axis, (letter, wanted) in enumerate(zip(letters, size, strict=True), start=2):
        if alpha.shape[axis] == wanted:
            continue
        if letter == "T":
            raise _misfit(alpha, z, layout)
        moved = alpha.movedim(axis, -1)
        rows = moved.reshape(-1, 1, 1, moved.shape[-1])
        rows = F.interpolate(rows, (1, wanted), mode="bilinear", align_corners=False, antialias=True)
        alpha = rows.reshape(*moved.shape[:-1], wanted).movedim(-1, axis)
    return alpha


def _arranged(alpha: Tensor, layout: str) -> Tensor:
    """(B, places...) -> an axis for each of the layout's letters, of length 1 where alpha does not vary."""
    given = "B" + places(layout)
    wanted = [letter for letter in layout if letter in given]
    alpha = alpha.permute([given.index(letter) for letter in wanted])
    for axis, letter in enumerate(layout):
        if letter not in given:
            alpha = alpha.unsqueeze(axis)
    return alpha


def _misfit(alpha: Tensor, z: Tensor, layout: str) -> DynnetError:
    fitting = "a number"
    if "B" in layout:
        pictures = z.shape[layout.index("B")]
        sizes = [str(z.shape[layout.index(a)]) if a == "T" else a for a in places(layout)]
        fitting += f", ({pictures},)" + (f" or a map ({', '.join([str(pictures), '1', *sizes])})" if sizes else "")
    return DynnetError(
        f"alpha for features {tuple(z.shape)} is {fitting}; got {tuple(alpha.shape)}, on a block of layout {layout}"
    )
