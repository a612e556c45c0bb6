"""Activation checkpoints: what backward computes again has the alpha that it had.

A checkpoint runs its part of the network once more in backward: later, in another thread perhaps, and when the pass is
long over. It knows nothing of passes, so a tuned child tells it: the checkpoints around the child, found on the call
stack, are made to run again inside the passes that are under way now. Both forms of torch's are known, and all that
keep a `run_function` in their context, as those derived from torch's do.
"""

import sys
from collections.abc import Callable, Iterator
from types import FrameType, GeneratorType
from typing import Any

import torch
from torch import nn

from dynnet.errors import DynnetError
from dynnet.passes import Pass, again, under_way


class _Again:
    """A checkpointed function that runs inside the passes of its first run."""

    def __init__(self, function: Callable, passes: tuple[Pass, ...]):
        self.function, self.passes = function, passes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with again(self.passes):
            return self.function(*args, **kwargs)


def remember(work: Pass, blocks: list[nn.Module]) -> bool:
    """Makes the checkpoints around the running child come back to this pass.

    Args:
        work: the pass.
        blocks: those of the child that are on.

    Returns:
        whether gradients are off here though the pass began with them, and no checkpoint tells why.

    Raises:
        DynnetError: a reentrant checkpoint gets no input that requires a gradient, and so would give the blocks none.
    """
    hidden = work.grad and not torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    if not hidden and torch._C._autograd._top_saved_tensors_default_hooks(True) is None:
        return False  # no checkpoint of either form
    outermost = None
    for frame in _callers(sys._getframe(1)):
        if context := _reentrant(frame):
            context.run_function = _wrapped(context.run_function)
            outermost = context
        elif kept := _not_reentrant(frame):
            kept.recompute_fn = _wrapped(kept.recompute_fn)
    if not hidden:
        return False
    trained = any(p.requires_grad for block in blocks for p in block.parameters())
    if outermost is not None and trained and not any(outermost.needs_input_grad):
        raise DynnetError(
            "a reentrant checkpoint whose inputs need no gradient gives the tuning-blocks inside it none; "
            "use use_reentrant=False, or call x.requires_grad_() (to evaluate only: torch.no_grad())"
        )
    return outermost is None


def _wrapped(function: Callable) -> _Again:
    return function if isinstance(function, _Again) else _Again(function, under_way())


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _reentrant(frame: FrameType) -> Any:
    """The context of a reentrant checkpoint, if the frame is its forward."""
    if frame.f_code.co_name != "forward" or "ctx" not in frame.f_code.co_varnames:
        return None
    context = frame.f_locals.get("ctx")
    return context if hasattr(context, "run_function") and hasattr(context, "needs_input_grad") else None


def _not_reentrant(frame: FrameType) -> Any:
    """What a checkpoint of the other form keeps, if the frame is its call."""
    if frame.f_globals.get("__name__") != "torch.utils.checkpoint" or "gen" not in frame.f_code.co_varnames:
        return None
    generator = frame.f_locals.get("gen")
    running = generator.gi_frame if isinstance(generator, GeneratorType) else None
    return running and running.f_locals.get("new_frame")
