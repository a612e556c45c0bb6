"""Dynamic-Net: a frozen main network and residual tuning-blocks (paper, section 3).

At the input of each named child, z becomes z + alpha * psi(z). With alpha = 0 the network is the main network, bit
for bit; with alpha = 1 it is what phase 2 trained; any other real number walks between them, or past them.

Blocks may come in several named sets, trained apart and put together on one main network. Where sets meet at one child,
z becomes z + sum_i alpha_i * psi_i(z): every psi_i sees the z that it was trained on, whatever the other sets do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.blending import blend, only_tensor, run_block
from dynnet.block_sets import Blocks, block_key, block_name, by_set, stored
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
        blocks: {path of a child of `main`: tuning-block}, e.g. `{"res3": TuningBlock(64)}`; or several sets of such,
            {set name: {path: tuning-block}}. A block of a set is named "set/path", a block of the only set by its path.

    Attributes:
        names: the blocks' names, in order.
        sets: {set name: its blocks' names}; empty when there is only the one, unnamed set.

    Example:
        >>> net = DynamicNet(main, {"res3": TuningBlock(64), "out": TuningBlock(16)})
        >>> net(x, alpha=0.4), net(x, alpha={"res3": 1.0, "out": -0.5})
        >>> both = DynamicNet(main, {"one": {"res3": net.block("res3")}, "other": {"res3": other.block("res3")}})
        >>> both(x, alpha={"one": 1.0, "other/res3": -0.5}), both(x, alpha=two_sided(-0.3, "one", "other"))

    Raises:
        DynnetError: a path names no child of the main network (the message lists those there are); sets and blocks are
            mixed; a set is empty, or its name is or holds "/" or "."; two blocks would be stored under one key.
    """

    def __init__(self, main: nn.Module, blocks: Blocks):
        super().__init__()
        sets = by_set(blocks)
        placed = [(block_name(group, path), path, block) for group in sets for path, block in sets[group].items()]
        for _, path, _ in placed:
            _child(main, path)
        self.main = main.requires_grad_(False).eval()  # not the blocks: another net may be using them
        self._paths = {name: path for name, path, _ in placed}
        self.names = tuple(self._paths)
        self.sets = {group: tuple(block_name(group, path) for path in sets[group]) for group in sets if group}
        self.blocks = stored({name: block for name, _, block in placed})

    def train(self, mode: bool = True) -> Self:
        """Puts the blocks in train or eval mode; the main network stays in eval mode (section 3.1)."""
        super().train(mode)
        self.main.eval()
        return self

    def forward(self, x: Tensor, alpha: Alpha = 1.0) -> Tensor:
        """The network's output at a working point.

        Args:
            x: what the main network takes.
            alpha: any real number for all blocks; or {name: value}, where a set's name stands for all its blocks, a
                block's own name goes before its set's, and blocks left out are at 0. A value is a number, a tensor
                (B,) with one number per picture, or a map (B, 1, H, W) that is resized to the block's resolution.

        Raises:
            DynnetError: an unknown name, or an alpha that is NaN or of another shape.
        """
        with self._attached(self.alphas(alpha)):
            return self.main(x)

    def block(self, name: str) -> nn.Module:
        """The tuning-block of a name.

        Raises:
            DynnetError: no block has that name.
        """
        if name not in self.names:
            raise self._unknown(name)
        return self.blocks[block_key(name)]

    def child_of(self, name: str) -> str:
        """The path of the child whose input a block tunes.

        Raises:
            DynnetError: no block has that name.
        """
        if name not in self.names:
            raise self._unknown(name)
        return self._paths[name]

    def alphas(self, alpha: Alpha) -> dict[str, float | Tensor]:
        """`alpha` spelled out: one checked value for every block, in the order of `names`.

        Raises:
            DynnetError: an unknown name, or an alpha that is no finite number or tensor of such.
        """
        if not isinstance(alpha, Mapping):
            alpha = dict.fromkeys(self.names, alpha)
        if unknown := [name for name in alpha if name not in self.names and name not in self.sets]:
            raise self._unknown(unknown[0])
        given = {name: _checked(value, name) for name, value in alpha.items()}
        by_set = {name: given[group] for group, names in self.sets.items() if group in given for name in names}
        return {name: given.get(name, by_set.get(name, 0.0)) for name in self.names}

    def _unknown(self, name: object) -> DynnetError:
        sets = f", and the sets {', '.join(self.sets)}" if self.sets else ""
        return DynnetError(f"no tuning-block at {str(name)!r}; there are blocks at {', '.join(self.names)}{sets}")

    @contextmanager
    def _attached(self, alphas: Mapping[str, float | Tensor]) -> Iterator[None]:
        """Pre-hooks on the children while a forward pass lasts; afterwards the main network is untouched."""
        active: dict[str, list[tuple[nn.Module, float | Tensor]]] = {}
        for name, value in alphas.items():
            if isinstance(value, Tensor) or value != 0:  # at 0 the block is not even run: bit-exact, and free
                active.setdefault(self.child_of(name), []).append((self.block(name), value))
        handles = []
        try:
            for path, blocks in active.items():
                hook = _hook(path, blocks)
                handles.append(_child(self.main, path).register_forward_pre_hook(hook, with_kwargs=True))
            yield
        finally:
            for handle in handles:
                handle.remove()


def join(nets: Mapping[str, DynamicNet]) -> DynamicNet:
    """One Dynamic-Net of several that share their main network; each brings its blocks, as a set of that name.

    Raises:
        DynnetError: there are none, they do not share a main network, or one is joined already.
    """
    if not nets:
        raise DynnetError("join takes at least one Dynamic-Net, got none")
    first = next(iter(nets.values()))
    if any(net.main is not first.main for net in nets.values()):
        raise DynnetError(f"{', '.join(nets)} are on different main networks; join Dynamic-Nets that share one")
    if joined := [name for name, net in nets.items() if net.sets]:
        raise DynnetError(f"{joined[0]!r} has named sets of blocks; join Dynamic-Nets of one set each")
    sets = {name: {net.child_of(block): net.block(block) for block in net.names} for name, net in nets.items()}
    return DynamicNet(first.main, sets).train(first.training)


def two_sided(alpha: float, positive: str, negative: str) -> dict[str, float]:
    """One slider for two sets of blocks, each trained for one direction: what to give a Dynamic-Net as alpha.

    Args:
        alpha: from 0 on it drives the set `positive`, below 0 the set `negative`, at its magnitude.

    Returns:
        {the set that is driven: a number >= 0}; the other set is left out and so at 0.
    """
    return {positive if alpha >= 0 else negative: abs(alpha)}  # abs: -0.0 is 0.0


def _checked(value: float | Tensor, name: str) -> float | Tensor:
    try:
        value = value if isinstance(value, Tensor) else float(value)
    except (TypeError, ValueError) as error:
        raise DynnetError(f"alpha of {name!r} must be a number or a tensor, got {type(value).__name__}") from error
    finite = torch.isfinite(value).all() if isinstance(value, Tensor) else abs(value) < float("inf")
    if not finite:
        raise DynnetError(f"alpha of {name!r} must be a real number, got {value}")
    return value


def _hook(path: str, blocks: Iterable[tuple[nn.Module, float | Tensor]]) -> Callable:
    def pre_hook(child: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        z = tuned = only_tensor(path, args, kwargs)
        for block, alpha in blocks:  # side by side, not one after the other: every block gets z
            tuned = blend(tuned, run_block(block, z), alpha)
        return (tuned,), {}

    return pre_hook


def _child(main: nn.Module, path: str) -> nn.Module:
    names = {name: module for name, module in main.named_modules() if name}
    if path not in names:
        shown = ", ".join(name for name in names if "." not in name)
        raise DynnetError(f"the main network has no child {path!r}; its children are {shown} (and their own, by dots)")
    return names[path]
