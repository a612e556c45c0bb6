"""Runs a staged network, and of it only the stages that a change touches; numpy in, numpy out, without torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime
from onnxruntime import OrtValue

Arrays = Mapping[str, np.ndarray]


def session(model: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A model ready to run on the processor.

    Args:
        threads: of one operation; operations run one after the other.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Threads that wait in a loop for more to do, as they would, take the cores from whatever runs next: another stage,
    # which has threads of its own, or torch. On two cores a walk in stages took three times as long.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; it warns of open shapes, and ours are meant to be open
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Whole:
    """A network in one graph; every run computes all of it.

    Args:
        manifest: what the folder of an export holds (see the package).
        load: gives the model of an entry of the manifest.
    """

    def __init__(self, manifest: Mapping[str, Any], load: Callable[[Mapping[str, Any]], bytes], threads: int = 1):
        self._session = session(load(manifest["whole"]), threads)
        self._takes = {value.name for value in self._session.get_inputs()}
        self._outputs = [value.name for value in self._session.get_outputs()]
        self.set_inputs({})

    def set_inputs(self, inputs: Arrays) -> None:
        """Changes the network's inputs."""
        self._inputs = dict(inputs)

    def run(self, alphas: Arrays) -> dict[str, np.ndarray]:
        """The network's outputs at {block: its alpha, of the kind and size that the graph takes}."""
        feeds = self._inputs | {f"alpha.{block}": alpha for block, alpha in alphas.items()}
        feeds = {name: value for name, value in feeds.items() if name in self._takes}  # a block may change nothing
        return dict(zip(self._outputs, self._session.run(self._outputs, feeds), strict=True))


@dataclass
class _Line:
    """What a linear stage gave for one z: a point, or the line through all of them."""

    ground: tuple  # numbers of what it took, alphas and psis apart
    alphas: tuple  # of the point
    drawn: bool = False
    slopes: set[str] = field(default_factory=set)


class Staged:
    """A staged network with the values of its last evaluation.

    Every value has a number that changes when it is computed again; a stage runs when the numbers of what it takes are
    not those of its last run. psi of a block runs only while its alpha is not 0. A linear stage blends and goes
    straight on where z is new; from the second alpha for one z on, it gives the line in alpha, of which the mix behind
    it takes a point.

    Args:
        manifest: what the folder of an export holds (see the package).
        load: gives the model of an entry of the manifest.
    """

    def __init__(self, manifest: Mapping[str, Any], load: Callable[[Mapping[str, Any]], bytes], threads: int = 1):
        self._stages = manifest["stages"]
        self._outputs = manifest["outputs"]
        self._block_of = {block["alpha"]: block["name"] for block in manifest["blocks"]}
        self._sessions = [session(load(stage), threads) for stage in self._stages]
        psis = ((i, stage) for i, stage in enumerate(self._stages) if stage["kind"] == "psi")
        self._psi_stage = {value: i for i, stage in psis for value in stage["outputs"]}
        self.set_inputs({})

    def set_inputs(self, inputs: Arrays) -> None:
        """Changes the network's inputs; the next run computes everything once."""
        self._values = {name: OrtValue.ortvalue_from_numpy(value) for name, value in inputs.items()}
        self._numbers = dict.fromkeys(self._values, 0)
        self._count = 0
        self._done: dict[int, tuple] = {}  # {stage: numbers of what its last run took}
        self._lines: dict[int, _Line] = {}

    def run(self, alphas: Arrays) -> dict[str, np.ndarray]:
        """The network's outputs at {block: its alpha, of the kind and size that the stages take}."""
        for index, stage in enumerate(self._stages):
            if stage["kind"] == "linear":
                mixed = self._run_linear(index, alphas)
            elif stage["kind"] == "mix":
                self._run(index, mixed)  # it comes right behind its linear stage
            elif stage["kind"] != "psi":  # those run when a blend asks for them
                self._run(index, alphas)
        return {name: self._values[value].numpy() for name, value in self._outputs.items()}

    def _run(self, index: int, alphas: Arrays) -> None:
        feeds, numbers = self._taken(index, alphas)
        if self._done.get(index) != numbers:
            self._done.pop(index, None)  # whatever interrupts us, nothing counts as done that is not
            outputs = self._stages[index]["outputs"]
            self._keep(outputs, self._sessions[index].run_with_ort_values(outputs, feeds))
            self._done[index] = numbers

    def _run_linear(self, index: int, alphas: Arrays) -> Arrays:
        """Brings a linear stage up to date; gives the alphas for the mix behind it."""
        at_zero = {block: np.zeros_like(alpha) for block, alpha in alphas.items()}
        blocks = [term["block"] for term in self._stages[index]["terms"]]
        ground, here = self._taken(index, at_zero)[1], tuple(_key(alphas[block]) for block in blocks)
        line = self._lines.get(index)
        if line is None or line.ground != ground:
            self._run(index, alphas)
            self._lines[index] = _Line(ground, here)
            return at_zero
        if not line.drawn and line.alphas == here:
            return at_zero
        self._run(index, at_zero)
        line.drawn = True
        for block in blocks:
            if block not in line.slopes and alphas[block].any():
                self._draw(index, block, at_zero)
                line.slopes.add(block)
        return alphas

    def _draw(self, index: int, block: str, at_zero: Arrays) -> None:
        """The slope of a block: what the linear stage makes of psi in the place of z."""
        stage, slope_of = self._stages[index], _terms(self._stages[index + 1], block)
        feeds, _ = self._taken(index, at_zero)
        ((z, psi),) = _terms(stage, block).items()
        self._up_to_date(psi, at_zero)
        feeds |= {name: self._values[psi] for name in (z, *(term["value"] for term in stage["terms"]))}
        values = self._sessions[index].run_with_ort_values(stage["outputs"], feeds)
        self._keep([slope_of[output] for output in stage["outputs"]], values)

    def _taken(self, index: int, alphas: Arrays) -> tuple[dict[str, OrtValue], tuple]:
        """What a stage takes, and its numbers; where an alpha is 0 any tensor will do for what it multiplies."""
        stage = self._stages[index]
        terms = stage.get("terms", ())
        busy = {term["value"] for term in terms if alphas[term["block"]].any()}
        idle = {term["value"]: term["to"] for term in terms if term["value"] not in busy}
        feeds, numbers = {}, []
        for name in stage["inputs"]:
            if name in self._block_of:
                alpha = alphas[self._block_of[name]]
                feeds[name] = OrtValue.ortvalue_from_numpy(alpha)
                numbers.append(_key(alpha))
            else:
                source = idle.get(name, name)
                self._up_to_date(source, alphas)
                feeds[name] = self._values[source]
                numbers.append((source, self._numbers[source]))
        return feeds, tuple(numbers)

    def _up_to_date(self, value: str, alphas: Arrays) -> None:
        if value in self._psi_stage:
            self._run(self._psi_stage[value], alphas)

    def _keep(self, names: list[str], values: list[OrtValue]) -> None:
        for name, value in zip(names, values, strict=True):
            self._count += 1
            self._values[name], self._numbers[name] = value, self._count


def _terms(stage: Mapping[str, Any], block: str) -> dict[str, str]:
    """{what a term of the block is added to: the value that alpha multiplies}."""
    return {term["to"]: term["value"] for term in stage["terms"] if term["block"] == block}


def _key(alpha: np.ndarray) -> tuple:
    return alpha.shape, alpha.tobytes()
