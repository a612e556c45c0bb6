"""Dynamic-Net: a frozen main network and residual tuning-blocks (paper, section 3).

At the input of each named child, z becomes z + alpha * psi(z). With alpha = 0 the network is the main network, bit
for bit; with alpha = 1 it is what phase 2 trained; any other real number walks between them, or past them.

Blocks may come in several named sets, trained apart and put together on one main network. Where sets meet at one child,
z becomes z + sum_i alpha_i * psi_i(z): every psi_i sees the z that it was trained on, whatever the other sets do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from dynnet.alphas import Alpha, is_on, spelled_out, unknown_block
from dynnet.attachable import blocks_at
from dynnet.attachment import Attachment, check_ran
from dynnet.block_files import read_blocks, write_blocks
from dynnet.block_sets import Blocks, block_key, block_name, by_set, stored
from dynnet.children import called_with, child_at, pictures_of
from dynnet.errors import DynnetError
from dynnet.passes import Pass, current, entered


class DynamicNet(nn.Module):
    """A main network with tuning-blocks at the inputs of some of its children.

    Any module will do whose tuned children are called with one floating-point tensor (and whatever else that is none);
    it is neither subclassed nor copied. While blocks are attached it is frozen: no gradients, always in eval mode, so
    that its BatchNorm statistics stay as phase 1 left them. `detach` gives it back as it was.

    alpha is an argument of each call and never a state, so threads may walk at different alphas on one network. A
    block acts at every call of its child. Blocks are nonlinear: they cannot be merged into the main network's weights.

    Args:
        main: the trained main network.
        blocks: {path of a child of `main`: tuning-block}, e.g. `{"res3": TuningBlock(64)}`; or several sets of such,
            {set name: {path: tuning-block}}. A block of a set is named "set/path", a block of the only set by its path.
        example: what `main` takes (a tensor, a tuple of arguments or a dict of keywords), to see in one pass that every
            block runs and fits; without it the first pass tells.

    Attributes:
        names: the blocks' names, in order.
        sets: {set name: its blocks' names}; empty when there is only the one, unnamed set.

    Example:
        >>> net = DynamicNet(main, {"res3": TuningBlock(64), "out": TuningBlock(16)})
        >>> net(x, alpha=0.4), net(x, alpha={"res3": 1.0, "out": -0.5})
        >>> both = DynamicNet(main, {"one": {"res3": net.block("res3")}, "other": {"res3": other.block("res3")}})
        >>> both(x, alpha={"one": 1.0, "other/res3": -0.5}), both(x, alpha=two_sided(-0.3, "one", "other"))

    Raises:
        DynnetError: a path names no child of the main network (the message lists those there are), or one inside what
            torch.jit runs; sets and blocks are mixed; a set is empty, or its name is or holds "/" or "."; two blocks
            would be stored under one key; a block does not run on the example.
    """

    def __init__(self, main: nn.Module, blocks: Blocks, example: Any = None):
        super().__init__()
        sets = by_set(blocks)
        placed = [(block_name(group, path), path, block) for group in sets for path, block in sets[group].items()]
        for _, path, _ in placed:
            child_at(main, path)
        self.main = main
        self._paths = {name: path for name, path, _ in placed}
        self.names = tuple(self._paths)
        self.sets = {group: tuple(block_name(group, path) for path in sets[group]) for group in sets if group}
        self.blocks = stored({name: block for name, _, block in placed})  # in their own modes: others may use them
        self._parts = tuple(main.modules())  # looked at in every call, and listing them takes long
        self._attachment: Attachment | None = Attachment(self, self._paths)
        if example is not None:
            self._try(example)

    @classmethod
    def at_children(
        cls, main: nn.Module, paths: Sequence[str] | Mapping[str, Sequence[str]], example: Any, rank: int | None = None
    ) -> Self:
        """A Dynamic-Net with fresh blocks as wide as what enters some children, of its layout; see `attachable`.

        Args:
            main: the trained main network.
            paths: of the children; or {set name: paths}.
            example: what `main` takes, as in the constructor; it runs once to see widths, once to see the blocks run.
            rank: the blocks' width inside; default: their full width.

        Raises:
            DynnetError: a child cannot carry a block, with the reason; or as the constructor's.
        """
        if isinstance(paths, Mapping):
            sets: Blocks = {name: blocks_at(main, members, example, rank) for name, members in paths.items()}
        else:
            sets = blocks_at(main, paths, example, rank)
        return cls(main, sets, example)

    @classmethod
    def load(
        cls,
        main: nn.Module,
        files: Path | str | Sequence[Path | str] | Mapping[str, Path | str],
        blocks: Mapping[str, nn.Module] | None = None,
        strict: bool = True,
    ) -> Self:
        """The Dynamic-Net of blocks that `save_blocks` wrote, in eval mode, on the main network's device.

        Args:
            main: the main network that the blocks were trained on.
            files: one file; or several, as {set name: file}, or as a list, where the files' names name the sets.
            blocks: {name: module} for blocks of classes that are not dynnet's; the file's weights are put into them.
            strict: whether `main` must have the very weights. Without, it is the caller who knows them to be the same,
                cast to another precision, say.

        Raises:
            DynnetError: another main network; no such file, or none of blocks; a class that is not dynnet's and not in
                `blocks`; weights that do not fit; two sets of one name.
        """
        return cls(main, read_blocks(files, main, blocks or {}, strict)).eval()

    def save_blocks(self, file: Path | str) -> None:
        """Writes the blocks alone, with what `load` needs, in one safetensors file without pickle.

        Raises:
            DynnetError: a block's state is more than plain tensors, or the file cannot be written.
        """
        placed = {
            (name.partition("/")[0] if self.sets else "", self._paths[name]): self.block(name) for name in self.names
        }
        write_blocks(Path(file), self.main, placed)

    def train(self, mode: bool = True) -> Self:
        """Puts the blocks in train or eval mode; the main network stays in eval mode (section 3.1)."""
        self.training = mode
        self.blocks.train(mode)
        return self

    def forward(self, /, *args: Any, alpha: Alpha | None = None, **kwargs: Any) -> Any:
        """The main network's output at a working point, whatever its structure.

        Args:
            args, kwargs: what the main network takes.
            alpha: any real number for all blocks; or {name: value}, where a set's name stands for all its blocks, a
                block's own name goes before its set's, and blocks left out are at 0. A value is a number, a tensor
                (B,) with one number per picture, or a map (B, 1, H, W) that is resized to the block's resolution (or
                with the places of the block's own layout). Default: that of the `at` around the call, else 1.

        Raises:
            DynnetError: an unknown name, or an alpha that is NaN or fits no block's features; a block that is on did
                not run, or its child was called with none or with several floating-point tensors; `detach` was called.
        """
        attachment = self._ready()
        if alpha is None and current(attachment) is not None:
            return self.main(*args, **kwargs)
        work = self._pass(1.0 if alpha is None else alpha, pictures_of(args, kwargs))
        with entered(work):
            y = self.main(*args, **kwargs)
        check_ran(work, self.main, self._paths)
        return y

    def observed(self, tune: Callable[..., Tensor], args: tuple, kwargs: dict[str, Any]) -> Any:
        """A forward pass in which `tune` does what all the blocks would; see `dynnet.blending.tuned`.

        Raises:
            DynnetError: as for a call.
        """
        on = {name: (self.block(name), 1.0) for name in self.names}
        work = Pass(self._ready(), on, pictures_of(args, kwargs), tune=tune)
        with entered(work):
            y = self.main(*args, **kwargs)
        check_ran(work, self.main, self._paths)
        return y

    @contextmanager
    def at(self, alpha: Alpha) -> Iterator[Mapping[str, int]]:
        """Inside, whatever calls the main network's children in this thread or task does so at `alpha`.

        For what is more than one forward pass, as `main.generate`; it yields {block: how often it has run}. Inside the
        `at` of several Dynamic-Nets their blocks act one after the other; `join` them to have the sum.

        Raises:
            DynnetError: as for a call; a block that is on has not run once by the end.
        """
        self._ready()
        work = self._pass(alpha, None)
        with entered(work):
            yield work.ran
        check_ran(work, self.main, self._paths)

    def detach(self) -> nn.Module:
        """Takes the blocks off for good and returns the main network as it was found: hooks, modes, `requires_grad`.

        What other Dynamic-Nets are attached to stays frozen until they are detached, too.
        """
        if self._attachment is not None:
            self._attachment.release()
            self._attachment = None
        return self.main

    def block(self, name: str) -> nn.Module:
        """The tuning-block of a name.

        Raises:
            DynnetError: no block has that name.
        """
        self.child_of(name)
        return self.blocks[block_key(name)]

    def child_of(self, name: str) -> str:
        """The path of the child whose input a block tunes.

        Raises:
            DynnetError: no block has that name.
        """
        if name not in self.names:
            raise unknown_block(name, self.names, self.sets)
        return self._paths[name]

    def alphas(self, alpha: Alpha) -> dict[str, float | Tensor]:
        """`alpha` spelled out: one checked value for every block, in the order of `names`.

        Raises:
            DynnetError: an unknown name, or an alpha that is no finite number or tensor of such.
        """
        return spelled_out(alpha, self.names, self.sets)

    def _ready(self) -> Attachment:
        if self._attachment is None:
            raise DynnetError("this Dynamic-Net was detached from its main network; make another one to go on")
        # Put right, not refused: a larger module's train() reaches the main network at every epoch, and an output of a
        # Dynamic-Net is defined in eval mode only.
        parts = (self.main,) if torch.compiler.is_compiling() else self._parts
        if any(part.training for part in parts):
            self.main.eval()
        return self._attachment

    def _pass(self, alpha: Alpha, pictures: int | None) -> Pass:
        values = self.alphas(alpha).items()
        on = {name: (self.blocks[block_key(name)], value) for name, value in values if is_on(value)}
        return Pass(self._attachment, on, pictures)

    def _try(self, example: Any) -> None:
        args, kwargs = called_with(example)
        try:
            with torch.no_grad():
                self(*args, alpha=1.0, **kwargs)
        except BaseException:
            self.detach()
            raise

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self._attachment is not None:
            self._attachment.adopt(self)
