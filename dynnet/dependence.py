"""What depends on which alpha in a recorded pass, and so: what to run again, what to keep, what may be overwritten.

Sets of blocks are bit masks here. A step *runs on* the blocks whose change makes it run again. A tensor is kept when
some step that reads it may run without it: tensors that always come anew with their readers are let go.
"""

from collections.abc import Mapping
from itertools import pairwise

from dynnet.tape import Blend, Ref, Step, Tape, UnfitForTape


class Dependence:
    """The analysis of one tape.

    Args:
        ties: {block: an earlier one that is taken as changed with it}; costs time, saves memory.

    Attributes:
        runs_on: for every step, its mask; a psi's steps have their blend's, because they may run as late as that.
        of_slot: for every slot, the mask of the step that makes it.
        of_psi: for every blend, the blocks upstream of its psi.
        copying: steps that must work on copies of what they overwrite.
        readers: for every slot, the steps that read it; the output counts as one more step, after the last.
        fresh: blends whose result must be a new tensor even at alpha = 0.
        kept: slots to keep from one alpha to the next.

    Raises:
        UnfitForTape: something is overwritten in a way that cannot be repeated in part.
    """

    def __init__(self, tape: Tape, bits: Mapping[str, int], ties: Mapping[str, str] | None = None):
        self._tape = tape
        self._bits = dict(bits)
        for later, earlier in reversed(list((ties or {}).items())):
            self._bits[earlier] |= self._bits[later]
        self._extra = [0] * len(tape.steps)
        self._memory = [slot.memory for slot in tape.slots]
        self._index()
        self._site_of = {
            slot: step.site
            for step in tape.steps
            if isinstance(step, Step) and step.site is not None
            for slot in results(step)
        }
        self.copying: set[int] = set()
        self.written: set[int] = set()  # memory that is overwritten where it lies
        self._spread()
        self._check_psis()
        self._settle_writes()
        self.fresh = {
            step.site for step in tape.blends
            if {self._memory[step.base], self._memory[step.result]} & self.written
        }  # fmt: skip
        self.kept = self._to_keep()

    def kept_bytes(self) -> int:
        """Memory of what is kept, without weights and inputs."""
        outside = {self._memory[slot] for slot in (*self._tape.constants, *self._inputs())}
        sizes = {self._memory[slot]: self._tape.slots[slot].nbytes for slot in self.kept}
        return sum(size for memory, size in sizes.items() if memory not in outside)

    def overwritten(self, slot: int) -> bool:
        """Whether a tensor's memory is overwritten where it lies."""
        return self._memory[slot] in self.written

    def _inputs(self) -> list[int]:
        return [slot for slot in self._tape.inputs if slot is not None]

    def _index(self) -> None:
        """Who makes, reads and overwrites what."""
        count = len(self._tape.slots)
        self._born = [-1] * count
        self.readers: list[list[int]] = [[] for _ in range(count)]
        self._slots_in: list[list[int]] = [[] for _ in range(count)]
        self._touching: dict[int, list[int]] = {}
        self._writes: dict[int, list[int]] = {}
        for slot, memory in enumerate(self._memory):
            self._slots_in[memory].append(slot)
        for index, step in enumerate(self._tape.steps):
            for slot in results(step):
                self._born[slot] = index
            for slot in reads(step):
                self.readers[slot].append(index)
            for memory in {self._memory[slot] for slot in (*reads(step), *results(step))}:
                self._touching.setdefault(memory, []).append(index)
            for memory in {self._memory[before] for before, _ in writes_of(step)}:
                self._writes.setdefault(memory, []).append(index)
        for leaf in self._tape.outputs:
            if isinstance(leaf, Ref):
                self.readers[leaf.slot].append(len(self._tape.steps))

    def _spread(self) -> None:
        self.of_slot = [0] * len(self._tape.slots)
        self.of_psi = [0] * len(self._tape.blends)
        self.runs_on = []
        for step, mask in zip(self._tape.steps, self._extra, strict=True):
            for slot in reads(step):
                mask |= self.of_slot[slot]
            if isinstance(step, Blend):
                self.of_psi[step.site] |= self.of_slot[step.psi]
                mask |= self._bits[step.name]
            elif step.site is not None:
                self.of_psi[step.site] |= mask
            for slot in results(step):
                self.of_slot[slot] = mask
            self.runs_on.append(mask)
        of_blend = {step.site: mask for step, mask in zip(self._tape.steps, self.runs_on, strict=True)
                    if isinstance(step, Blend)}  # fmt: skip
        for index, step in enumerate(self._tape.steps):
            if isinstance(step, Step) and step.site is not None:
                self.runs_on[index] = of_blend[step.site]

    def _check_psis(self) -> None:
        for step in self._tape.steps:
            of = {self._site_of[slot] for slot in reads(step) if slot in self._site_of}
            if of - {step.site}:
                raise UnfitForTape("what a tuning-block computes is also used elsewhere")
        if any(isinstance(leaf, Ref) and leaf.slot in self._site_of for leaf in self._tape.outputs):
            raise UnfitForTape("what a tuning-block computes is also used elsewhere")

    def _settle_writes(self) -> None:
        """Decides for everything that is overwritten: where it lies, or on a copy; or its makers run more often."""
        settled = False
        while not settled:
            self.written.clear()
            settled = all([self._settle(memory) for memory in list(self._writes)])

    def _settle(self, memory: int) -> bool:
        writes = [index for index in self._writes[memory] if index not in self.copying]
        if not writes:
            return True
        touching = [index for index in self._touching[memory] if index <= writes[-1]]
        from_outside = any(self._memory[slot] == memory for slot in self._inputs())
        if not from_outside and len({self.runs_on[index] for index in touching}) == 1:
            self.written.add(memory)  # it all runs together, in the order of the pass
            return True
        if self._only_the_new_is_read(writes[0], memory):
            return self._settle(self._on_a_copy(writes[0], memory))
        if from_outside:
            raise UnfitForTape("it overwrites its input and reads it again")
        union = 0
        for index in touching:
            union |= self.runs_on[index]
        for index in touching:
            self._extra[index] |= union
        self._spread()
        return False

    def _only_the_new_is_read(self, index: int, memory: int) -> bool:
        """Whether a write can be had on a copy: nobody looks at the old tensor, or a view of it, any more."""
        writes = writes_of(self._tape.steps[index])
        old = [slot for slot in self._slots_in[memory] if self._born[slot] < index]
        return (
            len(writes) == 1
            and self._tape.slots[writes[0][0]].copies_alike
            and all(max(self.readers[slot], default=-1) <= index for slot in old)
        )

    def _on_a_copy(self, index: int, memory: int) -> int:
        self.copying.add(index)
        self._slots_in.append([slot for slot in self._slots_in[memory] if self._born[slot] >= index])
        new = len(self._slots_in) - 1
        for slot in self._slots_in[new]:
            self._memory[slot] = new
        touching = self._touching.pop(memory)
        for index in touching:
            for place in {
                self._memory[slot] for slot in (*reads(self._tape.steps[index]), *results(self._tape.steps[index]))
            }:
                if place in (memory, new):
                    self._touching.setdefault(place, []).append(index)
        self._writes[new] = [i for i in self._writes[memory] if i not in self.copying]
        self._writes[memory] = []
        return new

    def _to_keep(self) -> set[int]:
        kept = {leaf.slot for leaf in self._tape.outputs if isinstance(leaf, Ref)}
        for step, mask in zip(self._tape.steps, self.runs_on, strict=True):
            for slot in reads(step):
                site = self._site_of.get(slot)
                if site is None:
                    comes_with = self.of_slot[slot]
                elif isinstance(step, Blend):
                    comes_with = self.of_psi[site]
                else:
                    continue  # inside one psi
                if mask & ~comes_with:
                    kept.add(slot)
        return kept - set(self._tape.constants) - set(self._inputs())


def fitting(tape: Tape, bits: Mapping[str, int], room: int) -> Dependence:
    """The analysis that keeps no more than `room` bytes, at the least cost in ties.

    Raises:
        UnfitForTape: there is none.
    """
    order = list(dict.fromkeys(blend.name for blend in tape.blends))
    ties: dict[str, str] = {}
    found = Dependence(tape, bits)
    while found.kept_bytes() > room:
        free = [(later, earlier) for earlier, later in pairwise(order) if later not in ties]
        if not free:
            size = found.kept_bytes() / 1e6
            raise UnfitForTape(f"it would keep {size:.0f} MB, more than cache_bytes allows ({room / 1e6:.0f} MB)")
        choices = [{**ties, later: earlier} for later, earlier in free]
        ties = min(choices, key=lambda choice: Dependence(tape, bits, _ordered(choice, order)).kept_bytes())
        found = Dependence(tape, bits, _ordered(ties, order))
    return found


def reads(step: Step | Blend) -> tuple[int, ...]:
    """Slots that a step needs."""
    return (step.base, step.psi) if isinstance(step, Blend) else step.reads


def results(step: Step | Blend) -> tuple[int, ...]:
    """Slots that a step fills."""
    if isinstance(step, Blend):
        return (step.result,)
    return (*(slot for slot in step.results if slot is not None), *(after for _, after in step.writes))


def writes_of(step: Step | Blend) -> tuple[tuple[int, int], ...]:
    """What a step changes in place."""
    return () if isinstance(step, Blend) else step.writes


def _ordered(ties: Mapping[str, str], order: list[str]) -> dict[str, str]:
    return {name: ties[name] for name in order if name in ties}
