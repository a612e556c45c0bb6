"""Which children of a network can carry a tuning-block: one look at a pass."""

import functools
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.axes import Evidence
from dynnet.blending import input_place
from dynnet.blocks import block_for
from dynnet.children import called_with, child_at, why_silent
from dynnet.errors import DynnetError, first_line


@dataclass(frozen=True)
class Child:
    """A child of a network, as a place for a tuning-block.

    Attributes:
        path: its name.
        kind: its class.
        calls: how often the pass called it; a block acts each time.
        shape: of the features that entered it first; None where none did.
        layout: their axes; see `dynnet.layouts`.
        parameters: how many a block of full width would have.
        why_not: why it cannot carry a block; empty where it can.
    """

    path: str
    kind: str
    calls: int
    shape: tuple[int, ...] | None = None
    layout: str | None = None
    parameters: int | None = None
    why_not: str = ""


class Children(list[Child]):
    """A table of children; it prints itself."""

    def __repr__(self) -> str:
        rows = [("child", "class", "calls", "features", "layout", "block", "")]
        for child in self:
            shape = " × ".join(map(str, child.shape)) if child.shape else ""
            weights = f"{child.parameters:,}" if child.parameters else ""
            calls = str(child.calls)
            rows.append((child.path, child.kind, calls, shape, child.layout or "", weights, child.why_not))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    __str__ = __repr__


def attachable(main: nn.Module, example: Any) -> Children:
    """The children of a network, with what a block at each would be, or why there can be none.

    Args:
        main: runs once, in eval mode and without gradients; its modes are as before afterwards.
        example: what it takes: a tensor, a tuple of arguments or a dict of keywords. A batch of 2 or more tells the
            axes apart best.

    Raises:
        DynnetError: the network does not run on the example.
    """
    args, kwargs = called_with(example)
    main = main._modules.get("_orig_mod", main)  # what torch.compile wraps
    names = {module: path for path, module in main.named_modules() if path}
    with _watched(names) as seen, _evaluated(main):
        try:
            main(*args, **kwargs)
        except Exception as error:
            raise DynnetError(f"the network does not run on the example: {first_line(error)}") from error
    evidence = Evidence(args, kwargs)
    for module, z, enclosing in seen.order:
        evidence.add(module, z, enclosing)
    for module, y in seen.outputs:
        evidence.add_output(module, y)
    return Children(_described(main, path, module, seen, evidence) for module, path in names.items())


def blocks_at(main: nn.Module, paths: Sequence[str], example: Any, rank: int | None = None) -> dict[str, nn.Module]:
    """{path: a fresh block as wide as the features that enter the child, of their layout}.

    Raises:
        DynnetError: a path names no child, or one that cannot carry a block.
    """
    rows = {id(child_at(main, child.path)): child for child in attachable(main, example)}
    device = next((parameter.device for parameter in main.parameters()), None)
    found = {}
    for path in paths:
        child = rows[id(child_at(main, path))]
        if child.why_not:
            raise DynnetError(f"{path!r} cannot carry a tuning-block: {child.why_not}")
        found[path] = block_for(child.layout, child.shape[child.layout.index("C")], rank).to(device)
    return found


@dataclass
class _Seen:
    """What a pass showed: {child: [features or why there are none]}, and what entered and left in order."""

    calls: dict[nn.Module, list[Tensor | str]] = field(default_factory=dict)
    order: list[tuple[nn.Module, Tensor, tuple[nn.Module, ...]]] = field(default_factory=list)
    outputs: list[tuple[nn.Module, Tensor]] = field(default_factory=list)
    running: list[nn.Module] = field(default_factory=list)


@contextmanager
def _watched(names: Mapping[nn.Module, str]) -> Iterator[_Seen]:
    seen = _Seen()

    def before(module: nn.Module, args: tuple, kwargs: dict) -> None:
        try:
            place = input_place(args, kwargs)
        except DynnetError as error:
            found: Tensor | str = str(error)
        else:
            value = kwargs[place] if isinstance(place, str) else args[place]
            found = value.detach().to("meta")  # its shape, not its numbers
            seen.order.append((module, found, tuple(seen.running)))
        seen.calls.setdefault(module, []).append(found)
        seen.running.append(module)

    def after(module: nn.Module, _: tuple, y: Any) -> None:
        seen.running.pop()
        if isinstance(y, Tensor):
            seen.outputs.append((module, y.detach().to("meta")))

    handles = []
    try:
        for module in names:
            if not isinstance(module, torch.jit.ScriptModule):
                handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
                handles.append(module.register_forward_hook(after, always_call=True))
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _evaluated(main: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in main.modules()]
    main.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]), _uncompiled():
            yield
    finally:
        if main_was_training := modes[0][1]:
            main.train(main_was_training)
        for module, mode in modes:
            module.training = mode


def _uncompiled() -> AbstractContextManager[Any]:
    """Compiled code would not call the hooks that look."""
    return torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()


def _described(main: nn.Module, path: str, module: nn.Module, seen: _Seen, evidence: Evidence) -> Child:
    found, kind = seen.calls.get(module, []), type(module).__name__
    row = functools.partial(Child, path, kind, len(found))
    if not found:
        return row(why_not=why_silent(main, path))
    if reasons := [value for value in found if isinstance(value, str)]:
        return row(why_not=reasons[0])
    shape, layout = tuple(found[0].shape), evidence.layout(module, found[0])
    if 0 in shape:
        return row(shape=shape, why_not="nothing enters it: its features are empty")
    if layout is None:
        why_not = "its shape does not tell which axis is what; make a block by hand and declare block.layout"
        return row(shape=shape, why_not=why_not)
    at = layout.index("C")
    if any(value.ndim != len(layout) or value.shape[at] != shape[at] for value in found):
        return row(shape=shape, layout=layout, why_not="its calls are with features of different widths")
    return row(shape=shape, layout=layout, parameters=_size(layout, shape[at]))


@functools.cache
def _size(layout: str, channels: int) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in block_for(layout, channels).parameters())
