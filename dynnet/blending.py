"""One tuning-block at work: what enters a child, psi of it, and z + alpha * psi(z) (paper, section 3.1).

Shared by the plain pass and the traced one, so that both do the same.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError


def blend(z: Tensor, psi: Tensor, alpha: float | Tensor) -> Tensor:
    """z + alpha * psi (section 3.1), with alpha a number, (B,) or a map (B, 1, H, W) of any resolution.

    Shape: z and psi (B, ...), for a map (B, C, H, W) -> the same.

    Raises:
        DynnetError: psi is of another shape than z, or alpha fits neither batch nor map.
    """
    if psi.shape != z.shape:
        raise DynnetError(f"a tuning-block must keep the shape {tuple(z.shape)}, this one gives {tuple(psi.shape)}")
    if isinstance(alpha, Tensor):
        alpha = _spread(alpha.to(z), z)
    return z + alpha * psi


def run_block(block: nn.Module, z: Tensor) -> Tensor:
    """psi(z); z itself must survive, because it is added to psi(z).

    Raises:
        DynnetError: the block overwrites its input, as one that starts with ReLU(inplace=True) does.
    """
    version = None if z.is_inference() else z._version  # inference tensors do not count their changes
    psi = block(z)
    if version is not None and z._version != version:
        raise DynnetError("a tuning-block must not change its input in place; give its first layer inplace=False")
    return psi


def only_tensor(path: str, args: tuple, kwargs: dict) -> Tensor:
    """The one tensor that the child at `path` is called with; anything else cannot carry a tuning-block.

    Raises:
        DynnetError: the child is called with none or with several.
    """
    values = [*args, *kwargs.values()]
    if len(values) != 1:
        raise DynnetError(
            f"{path!r} is called with {len(values)} inputs; a tuning-block needs a child that takes one tensor: "
            "attach it to a child before or after this one"
        )
    return values[0]


def _spread(alpha: Tensor, z: Tensor) -> Tensor:
    """alpha as something that broadcasts over z: (B, 1, ...) or (B, 1, h, w)."""
    if alpha.ndim == 0:
        return alpha
    batch_fits = alpha.shape[0] in (1, z.shape[0])
    if alpha.ndim == 1 and batch_fits:
        return alpha.view(-1, *[1] * (z.ndim - 1))
    if alpha.ndim == 4 and z.ndim == 4 and alpha.shape[1] == 1 and batch_fits:
        return F.interpolate(alpha, z.shape[2:], mode="bilinear", align_corners=False, antialias=True)
    raise DynnetError(
        f"alpha for features {tuple(z.shape)} is a number, ({z.shape[0]},) or a map ({z.shape[0]}, 1, H, W); "
        f"got {tuple(alpha.shape)}"
    )
