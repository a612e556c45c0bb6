"""Where a blend is followed by a convolution or a matrix product, every further alpha is nearly free.

conv(z + alpha psi) = conv(z) + alpha (conv(psi) - bias): two passes, then a line in alpha. What lies between the blend
and the convolution, such as padding or upsampling, is linear too and goes along.
"""

from dataclasses import dataclass

import torch

from dynnet.dependence import Dependence, reads, results
from dynnet.tape import Blend, Ref, Step, Tape

_aten = torch.ops.aten
_HEAVY = {_aten.convolution.default: 0, _aten._convolution.default: 0, _aten.mm.default: 0, _aten.addmm.default: 1}
_LIGHT = {
    _aten.reflection_pad1d.default, _aten.reflection_pad2d.default, _aten.reflection_pad3d.default,
    _aten.replication_pad1d.default, _aten.replication_pad2d.default, _aten.replication_pad3d.default,
    _aten.upsample_nearest1d.default, _aten.upsample_nearest2d.default, _aten.upsample_nearest3d.default,
    _aten.upsample_nearest2d.vec, _aten.upsample_bilinear2d.default, _aten.upsample_bilinear2d.vec,
    _aten.avg_pool2d.default, _aten.view.default, _aten._unsafe_view.default, _aten.permute.default,
    _aten.transpose.int, _aten.slice.Tensor, _aten.clone.default, _aten.detach.default,
}  # fmt: skip
_PRECISE = {torch.float32, torch.float64}  # elsewhere rounding takes the line too far from the plain pass


@dataclass(frozen=True)
class Line:
    """The steps between a blend and what is a line in its alpha.

    Attributes:
        steps: in order; the linear ones between blend and `ends`.
        ends: slots that the rest of the pass reads.
        skipped: steps that need not run while the ends are taken from the line.
        runs_on: blocks whose change moves the line itself.
    """

    blend: Blend
    steps: tuple[Step, ...]
    ends: tuple[int, ...]
    skipped: frozenset[int]
    runs_on: int


def lines_of(tape: Tape, dependence: Dependence) -> dict[int, Line]:
    """{site: the line of its alpha}, for those blends that a convolution or matrix product follows."""
    found = {step.site: _line(tape, dependence, index, step) for index, step in enumerate(tape.steps)
             if isinstance(step, Blend)}  # fmt: skip
    return {site: line for site, line in found.items() if line is not None}


def linearised(step: Step) -> Step:
    """The step without its constant term."""
    if step.function is _aten.addmm.default:
        return Step(_aten.mm.default, step.args[1:], {}, step.reads, step.results)
    if len(step.args) > 2 and step.function in _HEAVY:
        return Step(step.function, (*step.args[:2], None, *step.args[3:]), step.kwargs, step.reads, step.results)
    return step


def _line(tape: Tape, dependence: Dependence, start: int, blend: Blend) -> Line | None:
    if dependence.overwritten(blend.result):
        return None
    linear: dict[int, Step] = {}  # index: step
    makers = {blend.result: start}
    for index, step in enumerate(tape.steps[start + 1 :], start + 1):
        if isinstance(step, Step) and step.site is None and _is_linear(step, set(makers), dependence):
            linear[index] = step
            makers |= dict.fromkeys(results(step), index)
    before = _ancestors(tape, makers, [index for index, step in linear.items() if step.function in _HEAVY])
    linear = {index: step for index, step in linear.items() if index in before}

    def read_elsewhere(slot: int, inside: set[int]) -> bool:
        return slot in dependence.kept or any(reader not in inside for reader in dependence.readers[slot])

    needed = {index for index, step in linear.items() if step.function not in _HEAVY
              and any(read_elsewhere(slot, set(linear)) for slot in results(step))}  # fmt: skip
    run = _ancestors(tape, makers, sorted(needed), stop=_HEAVY)
    skipped = set(linear) - run
    ends = [slot for index in sorted(skipped) for slot in results(linear[index])
            if linear[index].function in _HEAVY and read_elsewhere(slot, skipped)]  # fmt: skip
    if not ends:
        return None
    if not all(tape.slots[slot].dtype in _PRECISE for slot in (blend.result, *ends)):
        return None
    if start not in run and not read_elsewhere(blend.result, set(linear)):
        skipped.add(start)
    others = {slot for step in linear.values() for slot in reads(step) if slot not in makers}
    moving = dependence.of_slot[blend.base] | dependence.of_psi[blend.site]
    for slot in others:
        moving |= dependence.of_slot[slot]
    return Line(blend, tuple(linear.values()), tuple(ends), frozenset(skipped), moving)


def _is_linear(step: Step, region: set[int], dependence: Dependence) -> bool:
    """Whether a step is linear, up to a constant, in the one tensor that it takes from the region."""
    place = _HEAVY.get(step.function, 0 if step.function in _LIGHT or _pads_by_zeros(step) else None)
    if place is None or step.kwargs.keys() - {"memory_format"} or len(step.args) <= place:
        return False
    operand = step.args[place]
    return (
        isinstance(operand, Ref)
        and operand.slot in region
        and not dependence.overwritten(operand.slot)
        and sum(slot in region for slot in step.reads) == 1
    )


def _pads_by_zeros(step: Step) -> bool:
    return step.function is _aten.constant_pad_nd.default and (len(step.args) < 3 or step.args[2] == 0)


def _ancestors(tape: Tape, makers: dict[int, int], indices: list[int], stop: object = ()) -> set[int]:
    """These steps and the steps of the region that lead to them; beyond a function in `stop` they are not followed."""
    found: set[int] = set()
    queue = list(indices)
    while queue:
        index = queue.pop()
        step = tape.steps[index]
        if index in found or (isinstance(step, Step) and step.function in stop):
            continue
        found.add(index)
        queue += [makers[slot] for slot in reads(step) if slot in makers and not isinstance(step, Blend)]
    return found
