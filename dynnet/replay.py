"""A recorded pass run again for other alphas: of every change only what is downstream of it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dynnet.actions import Action, Alphas, adding, calling, is_zero, same_alpha, then_forgetting
from dynnet.dependence import fitting, reads, results
from dynnet.kernels import FewChannels, faster
from dynnet.lines import Line, linearised, lines_of
from dynnet.structure import unflatten
from dynnet.tape import Blend, Ref, Step, Tape


class Replay:
    """One tape with the values of its last run.

    Args:
        room: bytes that values may take between runs.
        exact: do every step as in the plain pass, without lines and kernels of our own.

    Attributes:
        along: the blends that the last run moved along their lines.

    Raises:
        UnfitForTape: the tape cannot be run in part.
    """

    def __init__(self, tape: Tape, room: int, exact: bool = False):
        self._tape, self._exact = tape, exact
        self._kernels: dict[int, Callable] = {}  # by step
        names = dict.fromkeys(blend.name for blend in tape.blends)
        self._bits = {name: 1 << place for place, name in enumerate(names)}
        self._dependence = fitting(tape, self._bits, room)
        self._lines = {} if exact else self._affordable(room)
        self._plans: dict[tuple, list[Action]] = {}
        self.reset([None for _ in tape.inputs])

    def reset(self, inputs: list[Any]) -> None:
        """Forgets all values; the next run is of these leaves of the arguments."""
        self._values: list[Tensor | None] = [None] * len(self._tape.slots)
        for slot, tensor in self._tape.constants.items():
            self._values[slot] = tensor
        for slot, leaf in zip(self._tape.inputs, inputs, strict=True):
            if slot is not None:
                self._values[slot] = leaf
        self._alphas: Alphas | None = None
        for kernel in self._kernels.values():
            if isinstance(kernel, FewChannels):
                kernel.forget()
        self._ready: set[int] = set()  # sites whose psi is that of the present z
        self._ends: dict[int, list[tuple[Tensor, Tensor]]] = {}
        self.along: frozenset[int] = frozenset()

    def kept_bytes(self) -> int:
        """Memory of what is kept between runs, lines included."""
        ends = [slot for line in self._lines.values() for slot in line.ends]
        return self._dependence.kept_bytes() + 2 * sum(self._tape.slots[slot].nbytes for slot in ends)

    @property
    def has_values(self) -> bool:
        """Whether there was a run since the last reset."""
        return self._alphas is not None

    def is_at(self, alphas: Alphas) -> bool:
        """Whether the values are those of `alphas`."""
        return self.has_values and not self._changed(alphas)

    def run(self, alphas: Alphas) -> Any:
        """The output at `alphas`. After an exception, `reset`.

        Raises:
            OtherPath: the tape does not hold for this input and alpha.
        """
        everything = self._alphas is None
        changed = 0 if everything else self._changed(alphas)
        if everything or changed:
            self._alphas, key = None, self._key(alphas, everything, changed)
            self.along = key[-1]
            if key not in self._plans:
                self._plans[key] = self._plan(*key)
            for action in self._plans[key]:
                action(self._values, alphas)
            self._alphas = {
                name: value.clone() if isinstance(value, Tensor) else value for name, value in alphas.items()
            }
        leaves = [self._values[leaf.slot].clone() if isinstance(leaf, Ref) else leaf for leaf in self._tape.outputs]
        return unflatten(leaves, self._tape.spec)

    def _changed(self, alphas: Alphas) -> int:
        return sum(bit for name, bit in self._bits.items() if not same_alpha(alphas[name], self._alphas[name]))

    def _key(self, alphas: Alphas, everything: bool, changed: int) -> tuple:
        """What a plan hangs on: what has changed, whose psi must be computed, whose blend moves along a line."""
        stale = {
            blend.site for blend in self._tape.blends if everything or self._dependence.of_psi[blend.site] & changed
        }
        self._ready -= stale
        asked = {blend.site for blend in self._tape.blends if not is_zero(alphas[blend.name])}
        computed = frozenset(asked - self._ready)
        self._ready |= computed
        along = set()
        for site, line in self._lines.items():
            if everything or line.runs_on & changed:
                self._ends.pop(site, None)
            elif (
                self._bits[line.blend.name] & changed
                and site in self._ready
                and not isinstance(alphas[line.blend.name], Tensor)
            ):
                along.add(site)
        return everything, changed, computed, frozenset(along)

    def _plan(self, everything: bool, changed: int, computed: frozenset[int], along: frozenset[int]) -> list[Action]:
        chosen: list[tuple[int, Action, tuple[int, ...], tuple[int, ...]]] = []  # with what they read and fill
        skipped = {index for site in along for index in self._lines[site].skipped}
        for index, step in enumerate(self._tape.steps):
            if isinstance(step, Blend) and step.site in along:
                line = self._lines[step.site]
                chosen.append((index, self._move(line), (), line.ends))
            site = step.site if isinstance(step, Step) else None
            runs = everything or self._dependence.runs_on[index] & changed if site is None else site in computed
            if runs and index not in skipped:
                chosen.append((index, self._action(index, step), reads(step), results(step)))
        last = {slot: place for place, (_, _, used, filled) in enumerate(chosen) for slot in (*used, *filled)}
        passing = {slot for _, _, _, filled in chosen for slot in filled} - self._dependence.kept
        actions = []
        for place, (_, action, used, filled) in enumerate(chosen):
            done = tuple(slot for slot in {*used, *filled} if slot in passing and last[slot] == place)
            actions.append(then_forgetting(action, done) if done else action)
        return actions

    def _action(self, index: int, step: Step | Blend) -> Action:
        if isinstance(step, Blend):
            return adding(step, step.site in self._dependence.fresh, self._tape.slots[step.result].stride)
        return calling(step, index in self._dependence.copying, self._kernel(index, step))

    def _kernel(self, index: int, step: Step) -> Callable:
        if self._exact:
            return step.function
        return self._kernels.setdefault(index, faster(step.function))

    def _move(self, line: Line) -> Action:
        site, name = line.blend.site, line.blend.name

        def move(values: list, alphas: Alphas) -> None:
            if site not in self._ends:
                starts, slopes = self._through(line, line.blend.base), self._through(line, line.blend.psi)
                self._ends[site] = list(zip(starts, slopes, strict=True))
            for slot, (start, slope) in zip(line.ends, self._ends[site], strict=True):
                values[slot] = torch.add(start, slope, alpha=alphas[name])

        return move

    def _through(self, line: Line, source: int) -> list[Tensor]:
        """The ends of a line's steps for z, or for psi without their constant terms."""
        values = list(self._values)
        values[line.blend.result] = values[source]
        for step in line.steps:
            calling(linearised(step) if source == line.blend.psi else step)(values, {})
        return [values[slot] for slot in line.ends]

    def _affordable(self, room: int) -> dict[int, Line]:
        """Lines as long as there is room for their ends, two tensors each; the last blends come first."""
        room -= self._dependence.kept_bytes()
        found: dict[int, Line] = {}
        for site, line in reversed(lines_of(self._tape, self._dependence).items()):
            room -= 2 * sum(self._tape.slots[slot].nbytes for slot in line.ends)
            if room >= 0:
                found[site] = line
        return found
