"""Re-evaluation of only what a change of alpha touches; sliders and the 1000-point grid run on it.

One pass is written down (`dynnet.tape`) and run again in part (`dynnet.replay`). Whatever speaks against that, found
before or on the way, ends in plain passes, aloud.
"""

import logging
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from dynnet.actions import Alphas, OtherPath
from dynnet.agreement import relative_gap
from dynnet.dynamic import Alpha, DynamicNet
from dynnet.errors import first_line
from dynnet.recording import Recording, casts_on, devices_of, kind_of
from dynnet.structure import clone
from dynnet.tape import UnfitForTape

_log = logging.getLogger(__name__)

TOLERANCE = 1e-5  # largest difference from the plain pass, relative to the output's own size
CACHE_BYTES = 2**30
_RECORDINGS = 8  # shapes of input that are remembered
_TIMED = 5  # re-renders whose median is held against the plain pass
_DETOURS = 3  # recordings anew, for control flow on values, before they must be rare


class IncrementalForward:
    """`DynamicNet` evaluated on one input at many working points.

    Args:
        net: put in eval mode; nothing else is done to it or to its main network.
        args, kwargs: input of the main network; `set_input` changes it.
        cache_bytes: memory for what is kept from one alpha to the next, besides input, output and weights. Where it is
            short, blocks share what is kept, which costs time; where that does not help, every call is a plain pass.

    Attributes:
        incremental: False where every call is a plain pass; a warning said why.

    Example:
        >>> render = IncrementalForward(net, x)
        >>> y = render({"res3": 0.5, "out": 1.0})

    Outputs are those of `net(..., alpha=alpha)` without gradients, within 1e-5 of their own size. They are compared
    with it at the first alpha, at every new pattern of zeros, numbers and maps in alpha, at the first use of every
    short cut, and so again at the second, fourth, eighth ... input. A network whose weights, modules, modes, hooks or
    attributes have changed is computed afresh. `incremental` becomes False for passes that draw random numbers, write
    to their own weights, carry hooks of others, or turn out slower this way. Calls from several threads wait for each
    other.
    """

    def __init__(self, net: DynamicNet, *args: Any, cache_bytes: int = CACHE_BYTES, **kwargs: Any):
        self.net = net.eval()
        self.cache_bytes = cache_bytes
        self._start()
        self.set_input(*args, **kwargs)

    @torch.inference_mode(False)  # inference tensors do not tell what is changed
    @torch.no_grad()
    def set_input(self, *args: Any, **kwargs: Any) -> None:
        """Changes the input; the next call computes everything once."""
        with self._lock:
            self.args, self.kwargs = clone((args, kwargs))
            self._look_at_input()
            self._leave()

    @torch.inference_mode(False)
    @torch.no_grad()
    def __call__(self, alpha: Alpha = 1.0) -> Any:
        """What `net(..., alpha=alpha)` gives, within 1e-5; see `DynamicNet.forward` for alpha."""
        with self._lock:
            alphas = self.net.alphas(alpha)
            if self.incremental:
                try:
                    return self._replayed(alphas)
                except UnfitForTape as reason:
                    self._fall_back(str(reason))
                except Exception as error:  # whatever a stranger's network raises: the plain pass decides
                    self._recording = None
                    y = self._plain(alphas)
                    self._fall_back(f"{type(error).__name__}: {first_line(error)}")
                    return y
                except BaseException:  # an interrupted cell: some values are of the new alpha, others of the old
                    self._recording = None
                    raise
            return self._plain(alphas)

    def __getstate__(self) -> dict[str, Any]:
        return {"net": self.net, "args": self.args, "kwargs": self.kwargs, "cache_bytes": self.cache_bytes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()
        self._look_at_input()

    def _start(self) -> None:
        self.incremental = True
        self._lock = threading.RLock()
        self._recordings: list[Recording] = []
        self._recording: Recording | None = None  # the one that holds values of this input
        self._calls = self._detours = 0
        self._judging = True
        self._seconds: list[float] = []
        self._plain_seconds: list[float] = []

    def _leave(self) -> None:
        if self._recording is not None:
            self._recording.leave()
            self._recording = None

    def _look_at_input(self) -> None:
        self._kind, self._devices = kind_of(self.args, self.kwargs), devices_of(self.args, self.kwargs)

    def _replayed(self, alphas: Alphas) -> Any:
        self._calls += 1
        recording = self._current(_other_than(alphas))
        again = self._judging and recording.replay.has_values and not recording.replay.is_at(alphas)
        try:
            y, seconds = self._timed(lambda: recording.replay.run(alphas))
        except OtherPath:
            recording, again, seconds = self._detour(alphas), False, 0.0
            y = recording.replay.run(alphas)
        if (way := (_pattern(alphas), recording.replay.along)) not in recording.agreed:
            y = self._compared(recording, alphas, y)
            recording.agreed.add(way)
        elif again:
            self._judge(seconds, alphas)
        return y

    def _current(self, alphas: Alphas) -> Recording:
        """The recording for this input; made anew, at `alphas`, where none holds for the network as it is."""
        if self._recording is not None and self._recording.casts != casts_on(self._devices):
            self._leave()
        if self._recording is None:
            self._recording = next(filter(self._fits, self._recordings), None)
            if self._recording is not None:
                self._recording.enter(self.args, self.kwargs)
        if self._recording is not None and not self._recording.holds():
            self._recording = None
            self._recordings.clear()
        return self._recording or self._record(alphas)

    def _record(self, alphas: Alphas) -> Recording:
        others = [known for known in self._recordings if not self._fits(known)]
        self._recording = Recording(self.net, clone(self.args), clone(self.kwargs), alphas, self.cache_bytes)
        self._recording.enter(self.args, self.kwargs)
        self._recordings = [*others[1 - _RECORDINGS :], self._recording]
        return self._recording

    def _fits(self, recording: Recording) -> bool:
        return recording.kind == self._kind and recording.casts == casts_on(self._devices)

    def _detour(self, alphas: Alphas) -> Recording:
        """A recording of the way that the pass takes at these very alphas."""
        self._detours += 1
        if self._detours > _DETOURS and 4 * self._detours > self._calls:
            raise UnfitForTape("its control flow hangs on values, which change with alpha")
        return self._record(alphas)

    def _compared(self, recording: Recording, alphas: Alphas, y: Any) -> Any:
        """The output, once it is found to be that of the plain pass; else what is left is done exactly as there."""
        plain, seconds = self._timed(lambda: self._plain(alphas))
        self._plain_seconds.append(seconds)
        gap = relative_gap(y, plain)
        if gap > TOLERANCE / 4 and not recording.exact:  # what rounding does hangs on alpha
            recording.be_exact()
            y = recording.replay.run(alphas)
            gap = relative_gap(y, plain)
        if gap > TOLERANCE:
            raise UnfitForTape(f"the recorded pass differs from the plain one by {gap:.1e} of the output")
        return y

    def _judge(self, seconds: float, alphas: Alphas) -> None:
        """Whether this is faster than plain passes; where that is not plain, some more are timed side by side."""
        self._seconds.append(seconds)
        if len(self._seconds) <= _TIMED:
            self._judging = len(self._seconds) < _TIMED or median(self._seconds) > 0.9 * min(self._plain_seconds)
            return
        self._plain_seconds.append(self._timed(lambda: self._plain(alphas))[1])
        if len(self._seconds) == 2 * _TIMED:
            self._judging = False
            taken, plain = median(self._seconds[-_TIMED:]), median(self._plain_seconds[-_TIMED:])
            if taken > plain:
                raise UnfitForTape(
                    f"a re-render takes {taken * 1e3:.1f} ms this way, a plain pass {plain * 1e3:.1f} ms"
                )

    def _timed(self, action: Callable[[], Any]) -> tuple[Any, float]:
        started = time.perf_counter()
        result = action()
        if self._judging:
            _wait(result)
        return result, time.perf_counter() - started

    def _plain(self, alphas: Alphas) -> Any:
        return self.net(*clone(self.args), alpha=alphas, **clone(self.kwargs))  # a pass may overwrite its input

    def _fall_back(self, reason: str) -> None:
        self.incremental = False
        self._recording = None
        self._recordings.clear()
        _log.warning("incremental evaluation is off: %s; every change of alpha is a plain pass", reason)


def _pattern(alphas: Alphas) -> tuple:
    return tuple(tuple(a.shape) if isinstance(a, Tensor) else a == 0 for a in alphas.values())


def _other_than(alphas: Alphas) -> dict[str, float]:
    """Where to record: another alpha than the one asked for, so that the comparison shows what hangs on it unseen."""
    return {
        name: 0.375 if not isinstance(alpha, Tensor) and alpha == 0.625 else 0.625 for name, alpha in alphas.items()
    }


def _wait(result: Any) -> None:
    if any(isinstance(leaf, Tensor) and leaf.is_cuda for leaf in tree_leaves(result)):
        torch.cuda.synchronize()
