"""What may be given as alpha, and alpha spelled out: one checked value for every block."""

from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from dynnet.errors import DynnetError

Alpha = float | Tensor | Mapping[str, float | Tensor]


def spelled_out(alpha: Alpha, names: Sequence[str], sets: Mapping[str, Collection[str]]) -> dict[str, float | Tensor]:
    """One value for every block, in the order of `names`: its own before its set's, 0 where neither is given.

    Raises:
        DynnetError: an unknown name, or an alpha that is no finite number or tensor of such.
    """
    if not isinstance(alpha, Mapping):
        alpha = dict.fromkeys(names, alpha)
    if unknown := [name for name in alpha if name not in names and name not in sets]:
        raise unknown_block(unknown[0], names, sets)
    given = {name: _checked(value, name) for name, value in alpha.items()}
    by_set = {name: given[group] for group, members in sets.items() if group in given for name in members}
    return {name: given.get(name, by_set.get(name, 0.0)) for name in names}


def is_on(value: float | Tensor) -> bool:
    """Whether a block is run: at 0 it is not, bit-exact and free. A tensor is on whatever it holds."""
    return isinstance(value, Tensor) or value != 0


def unknown_block(name: object, names: Collection[str], sets: Collection[str]) -> DynnetError:
    """The error for a name that no block has."""
    listed = f", and the sets {', '.join(sets)}" if sets else ""
    return DynnetError(f"no tuning-block at {str(name)!r}; there are blocks at {', '.join(names)}{listed}")


def _checked(value: float | Tensor, name: str) -> float | Tensor:
    if isinstance(value, Tensor):
        finite = not _can_be_read(value) or bool(torch.isfinite(value).all())
    elif isinstance(value, torch.SymFloat | torch.SymInt):
        return value
    else:
        try:
            value = float(value)
        except (TypeError, ValueError) as error:
            kind = type(value).__name__
            raise DynnetError(f"alpha of {name!r} must be a number or a tensor, got {kind}") from error
        finite = abs(value) < float("inf")
    if not finite:
        raise DynnetError(f"alpha of {name!r} must be a real number, got {value}")
    return value


def _can_be_read(value: Tensor) -> bool:
    """Whether its numbers are there to be looked at: not while a compiler, an exporter or vmap stands for them."""
    return not (
        torch.compiler.is_compiling()
        or torch.jit.is_tracing()
        or value.is_meta
        or type(value) not in (Tensor, torch.nn.Parameter)
        or torch._C._len_torch_dispatch_stack()
        or torch._C._functorch.is_functorch_wrapped_tensor(value)
    )
