"""One tuning-block at work: what enters a child, psi of it, and z + alpha * psi(z) (paper, section 3.1).

Shared by the plain pass and the others, so that all do the same.
"""

from typing import Any

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError, first_line
from dynnet.layouts import layout_of, spread


def tuned(
    name: str, block: nn.Module, z: Tensor, base: Tensor, alpha: float | Tensor, pictures: int | None = None
) -> Tensor:
    """What the block `name` makes of what enters its child: base + alpha * psi(z).

    Args:
        z: what the network gives.
        base: z with what the blocks before this one at the child have added to it.

    Raises:
        DynnetError: as `run_block` and `blend`.
    """
    return blend(base, run_block(block, z), alpha, layout_of(block), pictures)


def blend(
    z: Tensor, psi: Tensor, alpha: float | Tensor, layout: str | None = None, pictures: int | None = None
) -> Tensor:
    """z + alpha * psi (section 3.1), in z's type; the product is taken in psi's, which may be the finer one.

    Args:
        alpha: a number, (B,) along the layout's batch axis, or a map (B, 1, ...) along its places.
        layout: of z and psi, as the block declares; see `dynnet.layouts`.
        pictures: how many pictures the pass is of, where that is known.

    Shape: z and psi alike -> the same.

    Raises:
        DynnetError: psi is of another shape than z, or alpha does not fit.
    """
    if psi.shape != z.shape:
        raise DynnetError(f"a tuning-block must keep the shape {tuple(z.shape)}, this one gives {tuple(psi.shape)}")
    if isinstance(alpha, Tensor):
        precision = torch.promote_types(psi.dtype, torch.float32)  # a number is not rounded to bfloat16 either
        alpha = spread(alpha.to(psi.device, precision), z, layout, pictures)
    return z + (alpha * psi).to(z.dtype)


def run_block(block: nn.Module, z: Tensor) -> Tensor:
    """psi(z), on z in the type of the block's weights; z itself must survive, because psi(z) is added to it.

    Raises:
        DynnetError: z is of another shape than the block declares, or the block fails on it, or overwrites it, as one
            that starts with ReLU(inplace=True) does.
    """
    _check_features(block, z)
    entering = z.to(_weights_type(block, z))
    if torch.compiler.is_compiling():
        return block(entering)
    version = None if z.is_inference() else z._version  # inference tensors do not count their changes
    try:
        psi = block(entering)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise DynnetError(
            f"{_features(z)} do not pass through the {type(block).__name__}: {first_line(error)}"
        ) from error
    if version is not None and z._version != version:
        raise DynnetError("a tuning-block must not change its input in place; give its first layer inplace=False")
    return psi


def input_place(args: tuple, kwargs: dict) -> int | str:
    """Where among a call's arguments z is: the one floating-point tensor; masks, sizes and lists pass by.

    Raises:
        DynnetError: there is none, or there are several.
    """
    values: dict[int | str, Any] = {**dict(enumerate(args)), **kwargs}
    found = [place for place, value in values.items() if _is_features(value)]
    if len(found) != 1:
        kinds = ", ".join(type(value).__name__ for value in values.values()) or "nothing"
        raise DynnetError(
            f"it is called with {len(found)} floating-point tensors ({kinds}), and a tuning-block needs one; "
            "attach it to a child before or after this one"
        )
    return found[0]


def replaced(args: tuple, kwargs: dict, place: int | str, value: Tensor) -> tuple[tuple, dict]:
    """A call's arguments with another value at one place; a keyword stays a keyword."""
    if isinstance(place, str):
        return args, {**kwargs, place: value}
    return (*args[:place], value, *args[place + 1 :]), kwargs


def _is_features(value: Any) -> bool:
    return isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex())


def _check_features(block: nn.Module, z: Tensor) -> None:
    layout, channels = layout_of(block), getattr(block, "channels", None)
    if layout is None:
        return
    if z.ndim != len(layout):
        raise DynnetError(
            f"{_features(z)} have {z.ndim} axes, the {type(block).__name__} takes {len(layout)}: {', '.join(layout)}; "
            "attach a block of another layout"
        )
    if isinstance(channels, int) and z.shape[layout.index("C")] != channels:
        raise DynnetError(
            f"{_features(z)} have {z.shape[layout.index('C')]} channels in layout {layout}, "
            f"the {type(block).__name__} takes {channels}; make it as wide"
        )


def _features(z: Tensor) -> str:
    return f"features {tuple(z.shape)} of type {str(z.dtype).removeprefix('torch.')}"


def _weights_type(block: nn.Module, z: Tensor) -> torch.dtype:
    kind = z.device.type
    autocast = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)  # it casts by itself
    if autocast or z.is_complex():
        return z.dtype
    return next((weight.dtype for weight in block.parameters() if weight.is_floating_point()), z.dtype)
