"""torch.export of a module over (inputs, alphas), with as many of its axes open as it allows."""

import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.fx.experimental.symbolic_shapes import is_concrete_int

from dynnet.errors import DynnetError, first_line

_log = logging.getLogger(__name__)

Tensors = Mapping[str, Tensor]


def exported(module: nn.Module, inputs: Tensors, alphas: Tensors, multiple: int, free: bool) -> ExportedProgram:
    """The module's computation, as it is for these examples.

    Args:
        multiple: height and width of pictures (B, C, H, W) are multiples of this.
        free: leave batch, height and width open, where the module allows it; where not, a warning says so.

    Raises:
        DynnetError: the module cannot be exported.
    """
    if free and (program := _opened(module, inputs, alphas, multiple)) is not None:
        return program
    try:
        return _program(module, inputs, alphas)
    except DynnetError:
        raise
    except Exception as error:  # the network's own code runs there: anything may go wrong
        raise DynnetError(
            f"torch.export cannot follow this network ({first_line(error)}); it follows no path that hangs on values"
        ) from error


def _opened(module: nn.Module, inputs: Tensors, alphas: Tensors, multiple: int) -> ExportedProgram | None:
    """With open axes; None when it takes no other batch than the example's."""
    inputs, alphas = ({name: _two(value) for name, value in values.items()} for values in (inputs, alphas))
    if multiple > 1:
        batch, sides = Dim("batch"), (multiple * Dim("height"), multiple * Dim("width"))
    else:
        batch, sides = Dim.AUTO, (Dim.AUTO, Dim.AUTO)  # torch finds out; it does not mix the two ways
    axes = {name: _axes(value, batch, sides) for name, value in inputs.items()}
    alpha_axes = {name: _axes(value, batch, (Dim.AUTO, Dim.AUTO)) for name, value in alphas.items()}
    try:
        program = _program(module, inputs, alphas, (axes, alpha_axes))
    except Exception as error:  # as above, and on symbols at that
        _log.warning("batch, height and width are fixed in the exported network: %s", first_line(error))
        return None
    taken = program.graph_signature.user_inputs
    shapes = [node.meta["val"].shape for node in program.graph.nodes if node.name in taken]
    named = zip([*axes.items(), *alpha_axes.items()], shapes, strict=True)
    closed = [(name, axis) for (name, opened), shape in named for axis in opened if is_concrete_int(shape[axis])]
    if not closed:
        return program
    shown, batch = ", ".join(f"axis {axis} of {name}" for name, axis in closed), any(axis == 0 for _, axis in closed)
    what = "batch, height and width are" if batch else "a side is"
    _log.warning("%s fixed in the exported network, as the network fixes %s", what, shown)
    return None if batch else program


def _two(value: Tensor) -> Tensor:
    """An example of two pictures or more: torch fixes a batch of 1."""
    return torch.cat([value, value]) if value.ndim and len(value) == 1 else value


def _axes(value: Tensor, batch: Any, sides: tuple[Any, Any]) -> dict[int, Any]:
    return ({0: batch} if value.ndim else {}) | (dict(zip((2, 3), sides, strict=True)) if value.ndim == 4 else {})


@torch.no_grad()
def _program(module: nn.Module, inputs: Tensors, alphas: Tensors, axes: Any = None) -> ExportedProgram:
    symbols = logging.getLogger("torch.fx.experimental.symbolic_shapes")
    level = symbols.level
    symbols.setLevel(logging.ERROR)  # it warns, on pages, of inequalities that it cannot simplify and does without
    try:
        return torch.export.export(module, (dict(inputs), dict(alphas)), dynamic_shapes=axes, strict=False)
    finally:
        symbols.setLevel(level)
