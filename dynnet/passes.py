"""Passes of a main network that are under way: where a tuned child finds its alpha.

A pass belongs to the thread or the asynchronous task that entered it, so passes of other alphas may run side by side on
one main network. They are nested: the innermost of a network's passes counts.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from dynnet.blending import tuned


def backward_task() -> int:
    """The number of the backward pass that is under way in this thread; -1 without one."""
    return -1 if torch.compiler.is_compiling() else torch._C._current_graph_task_id()


@dataclass(frozen=True)
class Pass:
    """A pass at a working point.

    Attributes:
        of: whose pass it is.
        on: {name of a block that is on: (block, alpha)}.
        ran: {name of a block: how often it has run}; filled in by the children, compiled ones write 1.
        pictures: how many pictures go in, where that is known.
        grad: whether gradients were recorded where it began.
        task: the backward pass inside of which it began; -1 outside of any.
        tune: does what a block does at a call of its child; see `dynnet.blending.tuned`.
    """

    of: object
    on: dict[str, tuple[nn.Module, float | Tensor]]
    pictures: int | None = None
    ran: dict[str, int] = field(default_factory=dict)
    grad: bool = field(default_factory=torch.is_grad_enabled)
    task: int = field(default_factory=backward_task)
    tune: Callable[..., Tensor] = tuned


_entered: ContextVar[tuple[Pass, ...]] = ContextVar("dynnet_passes", default=())


class _Traced(threading.local):
    """The same for code that dynamo traces: it follows the attribute of a thread-local, and no change of a ContextVar.

    Traced as a whole, entering and leaving cancel out, and nothing is ever written.
    """

    def __init__(self) -> None:
        self.passes: tuple[Pass, ...] = ()


_traced = _Traced()


def under_way() -> tuple[Pass, ...]:
    """All passes under way here, the innermost last."""
    return (*_entered.get(), *_traced.passes)


def current(of: object) -> Pass | None:
    """The innermost pass of `of`.

    A pass that began outside of the backward pass under way does not count: what runs now recomputes something that was
    computed before, perhaps at another alpha. See `dynnet.recomputation`.
    """
    for work in reversed(under_way()):
        if work.of is of:
            return work if work.task == backward_task() else None
    return None


@contextmanager
def entered(work: Pass) -> Iterator[None]:
    """The pass is under way inside."""
    if torch.compiler.is_dynamo_compiling():
        before = _traced.passes
        _traced.passes = (*before, work)
        try:
            yield
        finally:
            _traced.passes = before
    else:
        with _only((*_entered.get(), work)):
            yield


@contextmanager
def again(passes: tuple[Pass, ...]) -> Iterator[None]:
    """Exactly these passes are under way inside, as parts of the backward pass that is."""
    task = backward_task()
    with _only(tuple(replace(work, task=task) for work in passes)):
        yield


@contextmanager
def _only(passes: tuple[Pass, ...]) -> Iterator[None]:
    before = _entered.get()
    _entered.set(passes)
    try:
        yield
    finally:
        _entered.set(before)  # no token: a generator may be finished in another context than it began
