"""What a plan is made of: steps of a tape, ready to run on the tensors of the slots."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from dynnet.tape import Blend, Ref, Step, outline

Alphas = Mapping[str, float | Tensor]
Action = Callable[[list, Alphas], None]


class OtherPath(Exception):
    """The pass, for this input and alpha, takes another way through the network's Python than the recorded one."""


def same_alpha(a: float | Tensor, b: float | Tensor) -> bool:
    """Whether two values of alpha are the same number or the same tensor."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and torch.equal(a, b)
    return not isinstance(a, Tensor) and not isinstance(b, Tensor) and a == b


def is_zero(alpha: float | Tensor) -> bool:
    """Whether a block need not run; a tensor is not looked into."""
    return not isinstance(alpha, Tensor) and alpha == 0


def calling(step: Step, on_copy: bool = False, function: Callable | None = None) -> Action:
    """Runs an operator, or `function` in its place; where it writes in place, on a copy if wanted."""
    step = _redirected_to_copies(step) if on_copy else step
    function, args, kwargs, filled = function or step.function, step.args, step.kwargs, step.results

    def call(values: list, alphas: Alphas) -> None:
        if on_copy:
            for before, after in step.writes:
                values[after] = values[before].clone()
        result = function(*_filled(args, values), **(_filled(kwargs, values) if kwargs else kwargs))
        if step.expected is not None and outline(result) != step.expected:
            raise OtherPath
        if type(result) is Tensor and len(filled) == 1:
            if filled[0] is not None:
                values[filled[0]] = result
        elif filled:
            for slot, leaf in zip(filled, tree_leaves(result), strict=True):
                if slot is not None:
                    values[slot] = leaf
        if not on_copy:
            for before, after in step.writes:
                values[after] = values[before]

    return call


def _redirected_to_copies(step: Step) -> Step:
    """The step with what it overwrites replaced by the slot of what comes out, where the copy is laid."""
    changes = dict(step.writes)
    args, kwargs = _redirected(step.args, changes), _redirected(step.kwargs, changes)
    return Step(step.function, args, kwargs, step.reads, step.results, step.writes, step.expected, step.site)


def _redirected(template: Any, changes: Mapping[int, int]) -> Any:
    if type(template) is Ref:
        return Ref(changes.get(template.slot, template.slot))
    if isinstance(template, list | tuple):
        return type(template)(_redirected(item, changes) for item in template)
    if isinstance(template, dict):
        return {key: _redirected(item, changes) for key, item in template.items()}
    return template


def _filled(template: Any, values: list) -> Any:
    if type(template) is Ref:
        return values[template.slot]
    if type(template) is tuple or type(template) is list:
        return type(template)([_filled(item, values) for item in template])
    if type(template) is dict:
        return {key: _filled(item, values) for key, item in template.items()}
    return template


def adding(blend: Blend, fresh: bool, stride: tuple[int, ...]) -> Action:
    """z + alpha psi; at alpha = 0 z itself, unless it must be `fresh` or laid out otherwise."""

    def action(values: list, alphas: Alphas) -> None:
        z, alpha = values[blend.base], alphas[blend.name]
        if not is_zero(alpha):
            values[blend.result] = blend.apply(z, values[blend.psi], alpha)
        elif fresh or z.stride() != stride:  # what follows counts on the strides of z + alpha psi
            values[blend.result] = torch.empty_strided(z.shape, stride, dtype=z.dtype, device=z.device).copy_(z)
        else:
            values[blend.result] = z

    return action


def then_forgetting(action: Action, slots: tuple[int, ...]) -> Action:
    """The action, after which some tensors are let go."""

    def both(values: list, alphas: Alphas) -> None:
        action(values, alphas)
        for slot in slots:
            values[slot] = None

    return both
