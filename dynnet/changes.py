"""Has the network changed since its pass was recorded? Asked before every re-render, so it must cost next to nothing.

What is compared: which modules, parameters, buffers, hooks and attributes there are, by identity; the version counters
of the tensors, which every in-place change raises; where their data lies; and one number of each, because changes
through `.data` raise no counter.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.utils.hooks import RemovableHandle

from dynnet.tape import UnfitForTape

_HOOKS = ("_forward_pre_hooks", "_forward_hooks")
_MEMBERS = ("_parameters", "_buffers", "_modules")
_BOOKKEEPING = set(vars(nn.Module())) - {*_MEMBERS, "training"}
_version = attrgetter("_version")


class Attributes:
    """What the modules of a network hold at a moment, by identity.

    Args:
        fleeting: names of attributes that the network's own passes set anew, by module.
        everything: False for modules, parameters, buffers and hooks alone.
    """

    def __init__(self, net: nn.Module, fleeting: dict[int, set[str]] | None = None, everything: bool = True):
        fleeting = fleeting or {}
        modules = list(net.modules())
        self._members = [getattr(module, kind).values() for module in modules for kind in _MEMBERS
                         if isinstance(module.__dict__.get(kind), dict)]  # fmt: skip
        self._dictionaries = [vars(module) for module in modules]
        self._picked = [_picker(module, fleeting.get(id(module), set())) for module in modules if everything]
        self._modules = modules
        self._classes = [
            cls for cls in {type(module) for module in modules} if not issubclass(cls, torch.jit.ScriptModule)
        ]
        self._net = net
        self._handles = RemovableHandle.next_id
        self._hooks = hooks(net)
        self._seen = self._look()

    def changed(self) -> bool:
        """Whether anything is another object now."""
        try:
            if self._look() != self._seen:  # identical objects are not compared any further
                return True
        except Exception:  # arrays and tensors that are others do not compare to one bool
            return True
        if self._handles != RemovableHandle.next_id:  # a hook was registered, on whatever module
            self._handles = RemovableHandle.next_id
            return hooks(self._net) != self._hooks
        return False

    def _look(self) -> list[Any]:
        found = list(chain.from_iterable(self._members))
        found += chain.from_iterable(pick(held) for pick, held in zip(self._picked, self._dictionaries, strict=False))
        found += map(type, self._modules)
        found += [cls.forward for cls in self._classes]
        found.append(sum(map(len, self._dictionaries)) if self._picked else 0)
        return found


class Contents:
    """The values of tensors at a moment, by their counters and a sample.

    Raises:
        UnfitForTape: a tensor was made under inference_mode and counts no changes.
    """

    def __init__(self, tensors: Iterable[Tensor]):
        self._tensors = list({id(tensor): tensor for tensor in tensors}.values())
        if any(tensor.is_inference() for tensor in self._tensors):
            raise UnfitForTape("its weights were made under inference_mode and do not tell when they change")
        self._placed = [tensor for tensor in self._tensors if _has_data(tensor)]
        self._places = self._where()
        self._samples = _samples(self._placed)
        self.look()

    def look(self) -> None:
        """Takes the values as they are now."""
        self._seen = self._now()

    def moved(self) -> bool:
        """Whether a tensor was given other data, as `module.to()` does."""
        return self._where() != self._places

    def changed(self) -> bool:
        """Whether a tensor was written to."""
        versions, samples = self._now()
        return versions != self._seen[0] or not all(map(torch.equal, samples, self._seen[1]))

    def _where(self) -> list[int]:
        return list(map(Tensor.data_ptr, self._placed))

    def _now(self) -> tuple[int, list[Tensor]]:
        samples = [torch.cat(of_a_kind).view(torch.uint8) for of_a_kind in self._samples]
        return sum(map(_version, self._tensors)), samples


def _picker(module: nn.Module, but: set[str]) -> Callable[[dict], Iterable[Any]]:
    """What takes a module's attributes out of its dictionary, without the hooks and the book-keeping of torch."""
    names = [name for name in vars(module) if name not in _BOOKKEEPING and name not in but]
    return itemgetter(*names) if len(names) > 1 else lambda held: [held[name] for name in names]


def hooks(net: nn.Module) -> list[Any]:
    """Everything that is hooked to forward passes of the network's modules."""
    return [hook for module in net.modules() for kind in _HOOKS for hook in getattr(module, kind, {}).values()]


def strangers_hooks(net: nn.Module) -> list[Any]:
    """Hooks neither PyTorch's own, as of weight norm, nor dynnet's: a replay would not run them."""
    everywhere = [*torch_module._global_forward_hooks.values(), *torch_module._global_forward_pre_hooks.values()]
    found = []
    for hook in (*hooks(net), *everywhere):
        home = getattr(hook, "__module__", None) or type(hook).__module__
        if home.partition(".")[0] not in ("torch", "dynnet"):
            found.append(hook)
    return found


def fleeting(net: nn.Module, before: dict[int, dict[str, Any]]) -> dict[int, set[str]]:
    """{module: attributes that are others than `before`}; see `attributes`."""
    found: dict[int, set[str]] = {}
    for module in net.modules():
        old = before.get(id(module), {})
        names = {key for key, value in module.__dict__.items() if key not in old or old[key] is not value}
        if names:
            found[id(module)] = names
    return found


def attributes(net: nn.Module) -> dict[int, dict[str, Any]]:
    """The attributes of every module."""
    return {id(module): dict(module.__dict__) for module in net.modules()}


def _has_data(tensor: Tensor) -> bool:
    try:
        return tensor.numel() > 0 and tensor.layout is torch.strided and tensor.data_ptr() != 0
    except Exception:  # subclasses without memory of their own
        return False


def _samples(tensors: list[Tensor]) -> list[list[Tensor]]:
    """One number of each tensor, as views, sorted by kind."""
    kinds: dict[Any, list[Tensor]] = {}
    for tensor in tensors:
        view = tensor.detach().as_strided((1,), (1,), tensor.storage_offset())
        kinds.setdefault((tensor.device, tensor.dtype), []).append(view)
    return list(kinds.values())
