"""Instance norm with the statistics of a whole picture, where only a tile of it is at hand."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class Statistics(NamedTuple):
    """Mean and variance of every channel, (1, C, 1, 1), float64."""

    mean: Tensor
    variance: Tensor


class Reached(Exception):
    """A pass has come to the normalisation whose statistics are not known yet; `z` is what enters it."""

    def __init__(self, z: Tensor):
        super().__init__()
        self.z = z


class FixedNorms(TorchFunctionMode):
    """Inside, the n-th instance norm uses the n-th statistics; the first without any raises `Reached`.

    Args:
        known: in the order in which the pass comes to them.
    """

    def __init__(self, known: Sequence[Statistics]):
        super().__init__()
        self._known = list(known)
        self._next = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is not F.instance_norm:
            return func(*args, **kwargs)
        named = dict(zip(_NAMES, args, strict=False)) | kwargs
        if not named.get("use_input_stats", True):
            return func(*args, **kwargs)
        if self._next == len(self._known):
            raise Reached(named["input"])
        self._next += 1
        return _normed(self._known[self._next - 1], **named)


class PlainNorms(TorchFunctionMode):
    """Inside, every instance norm leaves what enters it alone; `count` says how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is not F.instance_norm:
            return func(*args, **(kwargs or {}))
        self.count += 1
        return args[0] if args else (kwargs or {})["input"]


class Sums:
    """Statistics of features that come piece by piece, each place once."""

    def __init__(self) -> None:
        self._count = 0
        self._sums: Tensor | None = None  # (2, C): of the values, of their squares

    def add(self, z: Tensor) -> None:
        """Takes (1, C, h, w)."""
        # two moments of a piece in float32, as torch's own kernel has them, and their sums in float64
        mean, variance = z.float().mean((0, 2, 3)).double(), z.float().var((0, 2, 3), correction=0).double()
        places = z.numel() // z.shape[1]
        sums = places * torch.stack([mean, variance + mean**2])
        self._sums = sums if self._sums is None else self._sums + sums
        self._count += places

    def statistics(self) -> Statistics:
        """Of all that was taken."""
        mean, square = self._sums / self._count
        return Statistics(mean.view(1, -1, 1, 1), (square - mean**2).clamp_min(0).view(1, -1, 1, 1))


_NAMES = ("input", "running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps")


def _normed(
    statistics: Statistics, input: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, **others: Any
) -> Tensor:
    scale = (statistics.variance + others.get("eps", 1e-5)).rsqrt()
    if weight is not None:
        scale = scale * weight.double().view(1, -1, 1, 1)
    shift = -statistics.mean * scale
    if bias is not None:
        shift = shift + bias.double().view(1, -1, 1, 1)
    return torch.addcmul(shift.to(input.dtype), input, scale.to(input.dtype))
