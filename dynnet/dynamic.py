"""Dynamic-Net: a frozen main network and residual tuning-blocks (paper, section 3).

At the input of each named child, z becomes z + alpha * psi(z). With alpha = 0 the network is the main network, bit
for bit; with alpha = 1 it is what phase 2 trained; any other real number walks between them, or past them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError

Alpha = float | Tensor | Mapping[str, float | Tensor]


class TuningBlock(nn.Module):
    """psi: conv-relu-conv-relu-conv of one width (section 4), padded by reflection as in the official code.

    The last convolution starts at zero, so that phase 2 starts exactly at the main network.

    Shape: z (B, channels, H, W) -> the same.
    """

    def __init__(self, channels: int, size: int = 3):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, channels, size, padding=size // 2, padding_mode="reflect")
        self.conv1 = nn.Conv2d(channels, channels, size, padding=size // 2, padding_mode="reflect")
        self.conv2 = nn.Conv2d(channels, channels, size, padding=size // 2, padding_mode="reflect")
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, z: Tensor) -> Tensor:
        return self.conv2(F.relu(self.conv1(F.relu(self.conv0(z)))))


class DynamicNet(nn.Module):
    """A main network with tuning-blocks at the inputs of some of its children.

    Nothing of the main network is subclassed or replaced, so any module will do whose named children take one tensor,
    and several Dynamic-Nets can share one main network. The main network is frozen: no gradients, always in eval mode,
    so that its BatchNorm statistics stay as phase 1 left them.

    Args:
        main: the trained main network.
        blocks: {path of a child of `main`: tuning-block}, e.g. `{"res3": TuningBlock(64)}`.

    Example:
        >>> net = DynamicNet(main, {"res3": TuningBlock(64), "out": TuningBlock(16)})
        >>> net(x, alpha=0.4), net(x, alpha={"res3": 1.0, "out": -0.5})

    Raises:
        DynnetError: a path names no child of the main network; the message lists those there are.
    """

    def __init__(self, main: nn.Module, blocks: Mapping[str, nn.Module]):
        super().__init__()
        if not blocks:
            raise DynnetError('a Dynamic-Net needs at least one tuning-block, e.g. {"res3": TuningBlock(64)}')
        for path in blocks:
            _child(main, path)
        self.main = main.requires_grad_(False)
        self.paths = tuple(blocks)
        self.blocks = nn.ModuleDict({block_key(path): block for path, block in blocks.items()})
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Puts the blocks in train or eval mode; the main network stays in eval mode (section 3.1)."""
        super().train(mode)
        self.main.eval()
        return self

    def forward(self, x: Tensor, alpha: Alpha = 1.0) -> Tensor:
        """The network's output at a working point.

        Args:
            x: what the main network takes.
            alpha: any real number for all blocks; or {path: value}, where blocks left out are at 0. A value is a
                number, a tensor (B,) with one number per picture, or a map (B, 1, H, W) that is resized to the
                block's resolution.

        Raises:
            DynnetError: an unknown block name, or an alpha that is NaN or of another shape.
        """
        with self._attached(self.alphas(alpha)):
            return self.main(x)

    def block(self, path: str) -> nn.Module:
        """The tuning-block at a path."""
        return self.blocks[block_key(path)]

    def alphas(self, alpha: Alpha) -> dict[str, float | Tensor]:
        """`alpha` spelled out: one checked value for every block, in the order of `paths`."""
        if not isinstance(alpha, Mapping):
            alpha = dict.fromkeys(self.paths, alpha)
        if unknown := [str(name) for name in alpha if name not in self.paths]:
            raise DynnetError(f"no tuning-block at {unknown[0]!r}; there are blocks at {', '.join(self.paths)}")
        return {path: _checked(alpha.get(path, 0.0), path) for path in self.paths}

    @contextmanager
    def _attached(self, alphas: Mapping[str, float | Tensor]) -> Iterator[None]:
        """Pre-hooks on the children while a forward pass lasts; afterwards the main network is untouched."""
        handles = []
        try:
            for path, value in alphas.items():
                if isinstance(value, Tensor) or value != 0:  # at 0 the block is not even run: bit-exact, and free
                    hook = _hook(path, self.block(path), value)
                    handles.append(_child(self.main, path).register_forward_pre_hook(hook, with_kwargs=True))
            yield
        finally:
            for handle in handles:
                handle.remove()


def blend(z: Tensor, psi: Tensor, alpha: float | Tensor) -> Tensor:
    """z + alpha * psi (section 3.1), with alpha a number, (B,) or a map (B, 1, H, W) of any resolution.

    Shape: z and psi (B, ...), for a map (B, C, H, W).
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


def block_key(path: str) -> str:
    """The name a block is stored under: module names cannot hold dots."""
    return path.replace(".", "__")


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


def _checked(value: float | Tensor, path: str) -> float | Tensor:
    try:
        value = value if isinstance(value, Tensor) else float(value)
    except (TypeError, ValueError) as error:
        raise DynnetError(f"alpha of {path!r} must be a number or a tensor, got {type(value).__name__}") from error
    finite = torch.isfinite(value).all() if isinstance(value, Tensor) else abs(value) < float("inf")
    if not finite:
        raise DynnetError(f"alpha of {path!r} must be a real number, got {value}")
    return value


def _hook(path: str, block: nn.Module, alpha: float | Tensor) -> Callable:
    def pre_hook(child: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        z = only_tensor(path, args, kwargs)
        return (blend(z, run_block(block, z), alpha),), {}

    return pre_hook


def only_tensor(path: str, args: tuple, kwargs: dict) -> Tensor:
    """The one tensor a child is called with; anything else cannot carry a tuning-block."""
    values = [*args, *kwargs.values()]
    if len(values) != 1:
        raise DynnetError(
            f"{path!r} is called with {len(values)} inputs; a tuning-block needs a child that takes one tensor: "
            "attach it to a child before or after this one"
        )
    return values[0]


def _child(main: nn.Module, path: str) -> nn.Module:
    names = {name: module for name, module in main.named_modules() if name}
    if path not in names:
        shown = ", ".join(name for name in names if "." not in name)
        raise DynnetError(f"the main network has no child {path!r}; its children are {shown} (and their own, by dots)")
    return names[path]
