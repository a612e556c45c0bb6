"""A device that is not there: tensors that say they are on it, computed on the CPU, and refused beside the CPU's.

torch's FakeTensorMode refuses likewise, but has no numbers: `.item()`, `.tolist()` and a mask in place of an index stop
it, and with them every measure; and where torch is built for CUDA and there is no driver, gradients do too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("lazy")  # a kind that torch knows and has no code of its own for

_aten = torch.ops.aten
_CROSSING = (_aten.copy_.default, _aten._to_copy.default)  # what moves tensors from one device to another
_INDEXING = (_aten.index.Tensor, _aten.index_put.default, _aten.index_put_.default)  # by the CPU's indices, too


class WrongDevice(RuntimeError):
    """Two tensors of one operation are on two devices."""


class OnDevice(Tensor):
    """A tensor of the device; `held` has its numbers."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> "OnDevice":
        made = Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=DEVICE,
        )
        made.held = held
        return made

    def __repr__(self) -> str:
        return f"OnDevice({self.held})"

    def tolist(self) -> Any:
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        return _computed(func, args, kwargs or {})


class _Mode(TorchDispatchMode):
    """Makes what is asked for on the device, and lets nothing else through that mixes."""

    def __torch_dispatch__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        return _computed(func, args, kwargs or {})


@contextmanager
def pretended_gpu() -> Iterator[torch.device]:
    """Gives the device, and moves modules and tensors to it by `.to`."""
    swapped = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        with _Mode():
            yield DEVICE
    finally:
        torch.__future__.set_swap_module_params_on_conversion(swapped)


def is_on(*modules: nn.Module) -> bool:
    """Whether every weight and buffer is on the device."""
    return all(value.device == DEVICE for m in modules for value in (*m.parameters(), *m.buffers()))


def _computed(func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
    tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
    on = [value for value in tensors if isinstance(value, OnDevice)]
    off = [value for value in tensors if not isinstance(value, OnDevice) and value.ndim]
    if on and off and func not in _CROSSING and not (func in _INDEXING and isinstance(args[0], OnDevice)):
        shapes = ", ".join(str(tuple(value.shape)) for value in off)
        raise WrongDevice(f"{func}: expected all tensors on {DEVICE}, got {shapes} on the CPU")
    asked = kwargs.get("device")
    onto = torch.device(asked) == DEVICE if asked is not None else bool(on)
    if func is _aten.copy_.default:
        onto = isinstance(args[0], OnDevice)
    held_kwargs = {**kwargs, "device": torch.device("cpu")} if asked is not None and onto else kwargs
    out = func(*tree_map(_held, args), **tree_map(_held, held_kwargs))
    known = {id(value.held): value for value in on}  # an operation in place gives back what it was given
    return tree_map(lambda value: _wrapped(value, known) if onto else value, out)


def _held(value: Any) -> Any:
    return value.held if isinstance(value, OnDevice) else value


def _wrapped(value: Any, known: dict[int, OnDevice]) -> Any:
    if not isinstance(value, Tensor) or isinstance(value, OnDevice):
        return value
    return known[id(value)] if id(value) in known else OnDevice(value)
