"""Children of a main network by their paths, and what keeps a child from running its tuning-block."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError


def child_at(main: nn.Module, path: str) -> nn.Module:
    """The child of a path like "layer4.0.conv1"; any of its paths will do where it has several.

    Raises:
        DynnetError: there is none, or torch.jit runs it, where no hook is heard.
    """
    module = main
    for within, name in _steps(main, path):
        if isinstance(within, torch.jit.ScriptModule):
            raise DynnetError(
                f"{path!r} is inside a network that torch.jit traced or scripted, which runs without Python and so "
                "without tuning-blocks; attach to the network it was made of"
            )
        module = within._modules[name]
    return module


def why_silent(main: nn.Module, path: str) -> str:
    """The likely reason that a pass does not call the child at `path`."""
    child, parent = child_at(main, path), child_at(main, path.rpartition(".")[0]) if "." in path else main
    if isinstance(child, nn.ModuleList | nn.ModuleDict | nn.ParameterList | nn.ParameterDict):
        return f"a {type(child).__name__} is never called itself; attach to one of its members"
    if isinstance(parent, nn.MultiheadAttention):
        return f"its parent, a {type(parent).__name__}, uses its weights and does not call it; attach to the parent"
    return "it was not called: the input takes another path, or its parent uses its weights or its forward() directly"


def called_with(example: Any) -> tuple[tuple, dict[str, Any]]:
    """An example of what a network takes as arguments: a tensor alone, a tuple of arguments, or keywords."""
    if isinstance(example, Mapping):
        return (), dict(example)
    return (tuple(example), {}) if isinstance(example, tuple | list) else ((example,), {})


def pictures_of(args: tuple, kwargs: Mapping[str, Any]) -> int | None:
    """How many pictures a network is called with: the length of the first tensor, where one has a length."""
    for value in (*args, *kwargs.values()):  # a loop, because torch 2.8 compiles no next() with a default
        if isinstance(value, Tensor) and value.ndim:
            return value.shape[0]
    return None


def _steps(main: nn.Module, path: str) -> Iterator[tuple[nn.Module, str]]:
    module = main
    for name in path.split("."):
        while name not in module._modules and "_orig_mod" in module._modules:  # what torch.compile wraps
            yield module, "_orig_mod"
            module = module._modules["_orig_mod"]
        if name not in module._modules or module._modules[name] is None:
            names = [name for name, _ in main.named_children()]
            shown = ", ".join(names) or "none"
            raise DynnetError(
                f"the main network has no child {path!r}; its children are {shown} (and their own, by dots)"
            )
        yield module, name
        module = module._modules[name]
