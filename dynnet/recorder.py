"""Writes a pass down as it runs.

The pass is an ordinary one, on the ordinary object; a dispatch mode looks on. So whatever the plain pass can do can be
written down, and nothing of the network is touched. What Python decides from values on the way (`if x.mean() > 0`) is
written down as a guard: a later pass on the tape is good for as long as it finds the same.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from dynnet.structure import flatten, is_plain
from dynnet.tape import Blend, Ref, Slot, Step, Tape, UnfitForTape, outline

_GUARDED = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
_PEEKS = {Tensor.tolist, Tensor.numpy, Tensor.__array__, Tensor.__dlpack__}  # contents that leave PyTorch
_LARGEST_PEEK = 2**24  # numbers


class Recorder(TorchDispatchMode):
    """Writes down what runs while it is entered.

    Args:
        inputs: leaves of the arguments of the pass.
        owned: ids of the network's parameters and buffers.
    """

    def __init__(self, inputs: list[Any], owned: Set[int]):
        super().__init__()
        self.tape = Tape()
        self._slot_of: Any = WeakTensorKeyDictionary()  # weak: values die as in a plain pass
        self._constant_memory: dict[int, int] = {}
        self._owned = owned
        self._sites = 0
        self._site: int | None = None
        self._paused = False
        for leaf in inputs:
            self.tape.inputs.append(self._new(leaf, {}) if isinstance(leaf, Tensor) else None)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operator imports torch.compile's machinery, for seconds

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        if self._paused:
            return func(*args, **kwargs)
        if func is torch.ops.aten.lift_fresh.default:  # a literal; what is made of it must not be the literal itself
            func = torch.ops.aten.clone.default
        if kwargs.get("generator") is not None:
            raise UnfitForTape("it draws random numbers")
        arguments = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        step = Step(func, self._template(args), self._template(kwargs), (), site=self._site)
        step.reads = tuple(dict.fromkeys(self._ref(tensor).slot for tensor in arguments))
        memory = {_storage(tensor): self.tape.slots[self._slot_of[tensor]].memory for tensor in arguments}
        result = func(*args, **kwargs)
        step.writes = tuple(self._overwritten(tensor, memory) for tensor in _written(func, args, kwargs))
        step.results = tuple(self._result(leaf, memory) for leaf in tree_leaves(result))
        if not _GUARDED.isdisjoint(func.tags):
            step.expected = outline(result)
        self.tape.steps.append(step)
        return result

    @contextmanager
    def psi(self) -> Iterator[None]:
        """What runs in here is needed for the next blend alone."""
        self._site = self._sites
        try:
            yield
        finally:
            self._site = None

    def blend(
        self,
        name: str,
        base: Tensor,
        psi: Tensor,
        alpha: float | Tensor,
        apply: Callable[[Tensor, Tensor, Any], Tensor],
    ) -> Tensor:
        """z + alpha psi, written down as one step; `apply` computes it."""
        with self._unseen():
            result = base.clone() if not isinstance(alpha, Tensor) and alpha == 0 else apply(base, psi, alpha)
        base_slot, psi_slot = self._ref(base).slot, self._ref(psi).slot
        self.tape.steps.append(Blend(name, base_slot, psi_slot, self._new(result, {}), self._sites, apply))
        self._sites += 1
        return result

    def peek(self, tensor: Tensor) -> None:
        """Python looks at the contents: the tape is good only while they are the same."""
        if self._paused:
            return
        if tensor.numel() > _LARGEST_PEEK:
            raise UnfitForTape("it works outside PyTorch on its way")
        with self._unseen():
            seen = tensor.detach().clone()
        ref = self._ref(tensor)
        self.tape.steps.append(
            Step(
                lambda now: torch.equal(now, seen), (ref,), {}, (ref.slot,), (None,), expected=(True,), site=self._site
            )
        )

    def finish(self, output: Any) -> Tape:
        """The tape of a pass that is over.

        Raises:
            UnfitForTape: the output is something that may hold tensors and cannot be taken apart.
        """
        leaves, self.tape.spec = flatten(output)
        if opaque := [leaf for leaf in leaves if not isinstance(leaf, Tensor) and not is_plain(leaf)]:
            raise UnfitForTape(f"its output holds a {type(opaque[0]).__name__}, which cannot be taken apart")
        self.tape.outputs = [self._ref(leaf) if isinstance(leaf, Tensor) else leaf for leaf in leaves]
        return self.tape

    @contextmanager
    def _unseen(self) -> Iterator[None]:
        outer, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = outer

    def _template(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self._ref(value)
        if isinstance(value, list | tuple):
            return type(value)(self._template(item) for item in value)
        if isinstance(value, dict):
            return {key: self._template(item) for key, item in value.items()}
        return value

    def _ref(self, tensor: Tensor) -> Ref:
        slot = self._slot_of.get(tensor)
        if slot is None:
            slot = self._constant(tensor)
        return Ref(slot)

    def _constant(self, tensor: Tensor) -> int:
        storage = _storage(tensor)
        if storage and id(tensor) not in self._owned and storage in self._live_storages():
            raise UnfitForTape("it makes views of tensors unseen by PyTorch's dispatcher")
        slot = self._new(tensor, self._constant_memory)
        self._constant_memory[storage] = self.tape.slots[slot].memory
        self.tape.constants[slot] = tensor  # also keeps it, so that no other takes its place in memory
        return slot

    def _live_storages(self) -> set[int]:
        return {_storage(tensor) for tensor, slot in self._slot_of.items() if slot not in self.tape.constants}

    def _new(self, tensor: Tensor, memory: Mapping[int, int]) -> int:
        slots, storage = self.tape.slots, _storage(tensor)
        with self._unseen():
            stride = tuple(tensor.stride()) if tensor.layout is torch.strided else ()
            alike = stride == tuple(torch.empty_like(tensor, device="meta").stride()) if stride else True
        nbytes = tensor.untyped_storage().nbytes() if storage else 0
        slots.append(Slot(memory.get(storage, len(slots)), nbytes, tensor.dtype, stride, alike))
        self._slot_of[tensor] = len(slots) - 1
        return len(slots) - 1

    def _overwritten(self, tensor: Tensor, memory: Mapping[int, int]) -> tuple[int, int]:
        before = self._slot_of[tensor]
        if memory[_storage(tensor)] in self._constant_memory.values():
            raise UnfitForTape("it writes to tensors that outlive the pass")
        return before, self._new(tensor, {_storage(tensor): self.tape.slots[before].memory})

    def _result(self, leaf: Any, memory: Mapping[int, int]) -> int | None:
        if not isinstance(leaf, Tensor) or leaf in self._slot_of:  # one of the arguments, given back
            return None
        return self._new(leaf, memory)


class Peeks(TorchFunctionMode):
    """Tells the recorder when Python takes the contents of a tensor out of PyTorch (`tolist`, `numpy`)."""

    def __init__(self, recorder: Recorder):
        super().__init__()
        self._recorder = recorder

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if func in _PEEKS:
            self._recorder.peek(args[0])
        return func(*args, **(kwargs or {}))


def _storage(tensor: Tensor) -> int:
    """Identifies the memory; 0 for layouts that have none of their own."""
    try:
        return tensor.untyped_storage()._cdata
    except (NotImplementedError, RuntimeError):
        return 0


def _written(func: Any, args: tuple, kwargs: dict) -> list[Tensor]:
    found: list[Tensor] = []
    for place, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[place] if place < len(args) else kwargs.get(argument.name)
            found += [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]
    return found
