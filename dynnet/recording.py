"""Recordings: a pass of a `DynamicNet` on one kind of input, with all that tells how long it holds."""

import random
from collections.abc import Iterable, Set
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.actions import Alphas
from dynnet.blending import blend, run_block
from dynnet.changes import Attributes, Contents, attributes, fleeting, strangers_hooks
from dynnet.dynamic import DynamicNet
from dynnet.layouts import layout_of
from dynnet.recorder import Peeks, Recorder
from dynnet.replay import Replay
from dynnet.structure import flatten, is_plain
from dynnet.tape import Tape, UnfitForTape


class Recording:
    """A pass written down, and whether the network is still the one that it was written down of.

    Args:
        args, kwargs: the pass may overwrite them.
        alphas: any; all blocks are recorded whatever they are.
        room: bytes that values may take between runs.

    Attributes:
        replay: runs the pass again.
        kind, casts: of the input that it holds for.
        agreed: patterns of alpha at which it was found to give the plain pass.
        exact: whether every step is done as in the plain pass.

    Raises:
        UnfitForTape: the pass cannot be repeated from a recording.
        Exception: whatever the network itself raises.
    """

    def __init__(self, net: DynamicNet, args: tuple, kwargs: dict[str, Any], alphas: Alphas, room: int):
        if strangers := strangers_hooks(net):
            raise UnfitForTape(f"it carries hooks of others ({getattr(strangers[0], '__qualname__', strangers[0])})")
        self._room, self.exact = room, False
        self.kind, self.casts = kind_of(args, kwargs), casts_on(devices_of(args, kwargs))
        owned = [*net.parameters(), *net.buffers()]
        members, before, contents = Attributes(net, everything=False), attributes(net), Contents(owned)
        self._tape = _record(net, args, kwargs, alphas, {id(tensor) for tensor in owned})
        if members.changed() or contents.moved() or contents.changed():
            raise UnfitForTape("it changes its own weights or modules as it runs")
        self._attributes = Attributes(net, fleeting(net, before))
        self._contents = Contents([*owned, *self._tape.constants.values()])
        self._leaves: list[Any] = [None for _ in self._tape.inputs]
        self._inputs = 0
        self.agreed: set[tuple] = set()
        self.replay = Replay(self._tape, room)

    def enter(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Takes an input of the kind; comparisons begin again with the first, second, fourth, eighth ... of them."""
        self._leaves, _ = flatten((args, kwargs))
        self._leaves = [leaf.clone() if isinstance(leaf, Tensor) else leaf for leaf in self._leaves]
        self._inputs += 1
        if self._inputs & (self._inputs - 1) == 0:
            self.agreed.clear()
        self.replay.reset(self._leaves)

    def leave(self) -> None:
        """Lets go of the input and all values."""
        self._leaves = [None for _ in self._leaves]
        self.replay.reset(self._leaves)

    def holds(self) -> bool:
        """Whether it can go on; where only weights have changed, without the values that it had."""
        if self._attributes.changed() or self._contents.moved():
            return False
        if self._contents.changed():
            self._contents.look()
            self.agreed.clear()
            self.replay.reset(self._leaves)
        return True

    def be_exact(self) -> None:
        """From now on every step is done as in the plain pass."""
        self.exact = True
        self.replay = Replay(self._tape, self._room, exact=True)
        self.replay.reset(self._leaves)


def kind_of(args: tuple, kwargs: dict[str, Any]) -> tuple:
    """The kind of an input: its structure, and its tensors' shapes, strides, types and devices."""
    leaves, spec = flatten((args, kwargs))
    return spec, tuple(map(_kind, leaves))


def devices_of(args: tuple, kwargs: dict[str, Any]) -> tuple[str, ...]:
    """Kinds of devices whose automatic casts concern a pass."""
    return tuple(
        sorted({"cpu"} | {leaf.device.type for leaf in flatten((args, kwargs))[0] if isinstance(leaf, Tensor)})
    )


def casts_on(devices: Iterable[str]) -> list[tuple[bool, torch.dtype | None]]:
    """The automatic casts in force."""
    return [_autocast(device) for device in devices]


def _kind(leaf: Any) -> tuple:
    if isinstance(leaf, Tensor):
        return leaf.shape, leaf.stride() if leaf.layout is torch.strided else (), leaf.dtype, leaf.device
    return (type(leaf), leaf) if is_plain(leaf) else (type(leaf), id(leaf))


def _autocast(device: str) -> tuple[bool, torch.dtype | None]:
    enabled = torch.is_autocast_enabled(device)
    return enabled, torch.get_autocast_dtype(device) if enabled else None


def _record(net: DynamicNet, args: tuple, kwargs: dict[str, Any], alphas: Alphas, owned: Set[int]) -> Tape:
    leaves, _ = flatten((args, kwargs))
    recorder = Recorder(leaves, owned)
    before = _random_state(leaves)
    tune = partial(_tune, recorder, alphas)
    with recorder, Peeks(recorder):
        output = net.observed(tune, args, kwargs)
    if not all(map(torch.equal, before[0], _random_state(leaves)[0])) or before[1] != random.getstate():
        raise UnfitForTape("it draws random numbers")
    return recorder.finish(output)


def _tune(
    recorder: Recorder, alphas: Alphas, name: str, block: nn.Module, z: Tensor, base: Tensor, _: object, pictures: int
) -> Tensor:
    with recorder.psi():
        psi = run_block(block, z)
    apply = partial(blend, layout=layout_of(block), pictures=pictures)
    return recorder.blend(name, base, psi, alphas[name], apply)


def _random_state(leaves: list[Any]) -> tuple[list[Tensor], object]:
    states = [torch.get_rng_state()]
    devices = {leaf.device for leaf in leaves if isinstance(leaf, Tensor) and leaf.device.type == "cuda"}
    return states + [torch.cuda.get_rng_state(device) for device in devices], random.getstate()
