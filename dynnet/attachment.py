"""Tuning-blocks attached to a main network, once, until they are detached.

Every tuned child carries one forward pre-hook of torch's own; nothing is subclassed, wrapped or replaced. A hook is the
one mechanism that DataParallel's replicas, deepcopy, pickle, torch.func, torch.export and dynamo all respect, and it is
handed the module that runs. (A `forward` put in the instance would be the original's in a replica; another class would
not pickle.) What a hook does not hear is `child.forward(x)`, and that is an error of the pass, with a name.

The hook holds no alpha: it asks `dynnet.passes`. It does nothing without a pass of its own Dynamic-Net.

dynamo guards against no hook that comes later, so a network that was compiled before would go on without blocks.
Attaching therefore clears what has been compiled, in the whole process; it is compiled anew when it is next called.
Like any hook, ours keep a TransformerEncoderLayer from its fused fast path, whose output differs in the last digits.
"""

import sys
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from dynnet.blending import input_place, replaced
from dynnet.children import child_at, why_silent
from dynnet.errors import DynnetError, one_line
from dynnet.passes import Pass, backward_task, current
from dynnet.recomputation import remember


class Attachment:
    """What a Dynamic-Net has attached to its main network, and how it found that.

    Hooks, kept by the main network, know the attachment; it knows the Dynamic-Net weakly. Hooks of one that is gone, or
    that was left behind when the main network alone was copied, are removed by the next attachment.

    Args:
        owner: the Dynamic-Net; its `main` is frozen and put in eval mode.
        paths: {name of a block: path of its child in `main`}.
    """

    def __init__(self, owner: nn.Module, paths: Mapping[str, str]):
        main = owner.main
        self.adopt(owner)
        self.training = {path for path, module in main.named_modules() if module.training}
        self.trainable = {name for name, parameter in main.named_parameters() if parameter.requires_grad}
        try:
            main.eval().requires_grad_(False)
        except NotImplementedError as error:  # the modules that torch.export makes have no modes
            raise DynnetError(
                f"the main network cannot be put in eval mode ({one_line(error)}); attach to the one it was made of"
            ) from error
        for other in _attachments(main):
            if not other.owned():
                self._inherit(other)
                other._remove_hooks(main)
        sites: dict[nn.Module, list[str]] = {}
        for name, path in paths.items():
            sites.setdefault(child_at(main, path), []).append(name)
        for child, names in sites.items():
            child.register_forward_pre_hook(Site(self, paths[names[0]], names), with_kwargs=True)
        if "torch._dynamo" in sys.modules:
            torch.compiler.reset()

    def adopt(self, owner: nn.Module) -> None:
        """Makes `owner` the Dynamic-Net whose attachment this is; a copy has to say so."""
        self._owner, self._main = weakref.ref(owner), weakref.ref(owner.main)

    def owned(self) -> bool:
        """Whether its Dynamic-Net is still there."""
        return self._owner is not None and self._owner() is not None

    def release(self) -> None:
        """Removes the hooks and gives modes and `requires_grad` back; what is attached to by others is left to them."""
        main = self._main()
        self._remove_hooks(main)
        heirs = [other for other in _attachments(main) if other.owned()]
        for heir in heirs:
            heir._inherit(self)
        held = {id(part) for heir in heirs for part in (*heir._main().modules(), *heir._main().parameters())}
        if not heirs and "" in self.training:
            main.train()  # some networks do more than set a flag
        for path, module in main.named_modules():
            if id(module) not in held:
                module.training = path in self.training
        for name, parameter in main.named_parameters():
            if id(parameter) not in held and name in self.trainable:
                parameter.requires_grad_(True)

    def _inherit(self, other: "Attachment") -> None:
        """Takes over how another found what the two share: it may have been there before this one."""
        theirs, mine = other._main and other._main(), self._main()
        if theirs is not None:
            self.training |= _same(theirs.named_modules(), other.training, mine.named_modules())
            self.trainable |= _same(theirs.named_parameters(), other.trainable, mine.named_parameters())

    def _remove_hooks(self, main: nn.Module) -> None:
        for module, key, site in list(_sites(main)):
            if site.attachment is self:
                del module._forward_pre_hooks[key]
                module._forward_pre_hooks_with_kwargs.pop(key, None)

    def __getstate__(self) -> dict[str, Any]:
        return {"training": self.training, "trainable": self.trainable}  # a copy's Dynamic-Net adopts it

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _owner=None, _main=None)


class Site:
    """The hook of a tuned child: z becomes z + sum_i alpha_i psi_i(z) where a pass says so.

    Args:
        attachment: whose passes count.
        path: of the child.
        names: of its blocks.
    """

    def __init__(self, attachment: Attachment, path: str, names: Sequence[str]):
        self.attachment, self.path, self.names = attachment, path, tuple(names)
        self._hidden = False  # whether it ran where gradients were off and no checkpoint told why

    def __call__(self, child: nn.Module, args: tuple, kwargs: dict | None = None) -> tuple | None:
        work = current(self.attachment)
        if work is None:
            if self._hidden and backward_task() != -1:
                raise DynnetError(
                    f"{self.path!r} is computed again in backward by a checkpoint that does not say what alpha was; "
                    "use torch.utils.checkpoint"
                )
            return None
        names = [name for name in self.names if name in work.on]
        if not names:
            return None
        try:
            tuned = self._tuned(work, names, args, kwargs or {})
            return tuned if kwargs is not None else tuned[0]  # torch's quantisation registers hooks again, its own way
        except DynnetError as error:
            place = "" if names[0] == self.path else f" at {self.path!r}"
            raise DynnetError(f"tuning-block {names[0]!r}{place}: {error}") from error

    def _tuned(self, work: Pass, names: list[str], args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        compiling = torch.compiler.is_compiling()
        if not compiling:
            self._hidden |= remember(work, [work.on[name][0] for name in names])
        place = input_place(args, kwargs)
        z = base = kwargs[place] if isinstance(place, str) else args[place]
        for name in names:  # side by side, not one after the other: every block gets z
            block, alpha = work.on[name]
            work.ran[name] = 1 if compiling else work.ran.get(name, 0) + 1
            base = work.tune(name, block, z, base, alpha, work.pictures)
        return replaced(args, kwargs, place, base)


def check_ran(work: Pass, main: nn.Module, paths: Mapping[str, str]) -> None:
    """Sees that all blocks that are on have run.

    Raises:
        DynnetError: one has not, with its name and the likely reason.
    """
    if silent := [name for name in work.on if name not in work.ran]:
        reason = why_silent(main, paths[silent[0]])
        raise DynnetError(
            f"tuning-block {silent[0]!r} is on and did not run: {reason} (or the network ran in another thread, or in "
            "code compiled without blocks); dynnet.attachable(main, x) lists the children that can carry a block"
        )


def _sites(main: nn.Module) -> Iterator[tuple[nn.Module, int, Site]]:
    for module in main.modules():
        for key, hook in module._forward_pre_hooks.items():
            if isinstance(hook, Site):
                yield module, key, hook


def _attachments(main: nn.Module) -> list[Attachment]:
    return list({id(site.attachment): site.attachment for _, _, site in _sites(main)}.values())


def _same(theirs: Iterator[tuple[str, Any]], names: set[str], mine: Iterator[tuple[str, Any]]) -> set[str]:
    """What one network calls the things that another calls `names`."""
    wanted = {id(part) for name, part in theirs if name in names}
    return {name for name, part in mine if id(part) in wanted}
