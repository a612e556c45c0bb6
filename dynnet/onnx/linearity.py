"""Convolutions drawn past a blend: conv(z + alpha psi) = conv(z) + alpha conv(psi).

A stage that starts with a blend goes into two. The linear half blends and convolves, without biases; the mix adds
alpha times a slope to each of its results, then the biases, and goes on. With conv(z) and conv(psi) at hand, a new
alpha costs the mix alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from dynnet.onnx.capture import Site
from dynnet.onnx.graph import Graph, identity, inputs_of

_CONVOLUTIONS = ("Conv", "ConvTranspose", "MatMul")
_ON_THE_WAY = ("Pad", "Resize")


@dataclass(frozen=True)
class Halves:
    """The two models, and the terms of the mix: (block, slope, base that alpha times the slope is added to)."""

    linear: ModelProto
    mix: ModelProto
    terms: list[tuple[str, str, str]]


def split(
    graph: Graph, nodes: Sequence[NodeProto], site: Site, wanted: Collection[str], kinds: Mapping[str, str]
) -> Halves | None:
    """A stage as a linear half and the mix of its results; None when no convolution follows the blend.

    Args:
        nodes: the stage's: the blend and what hangs on it.
        wanted: what the stage gives to others.
        kinds: {block: "number" or "picture"}.
    """
    way, kinds = _way(graph, nodes, site.tuned), {block: kinds[block] for block in site.psis}
    if not way:
        return None
    blend = graph.needed([site.tuned], {site.z, *site.psis.values(), *graph.entering(nodes)})
    first = {id(node) for node in (*blend, *way)}
    rest = [node for node in nodes if id(node) not in first]
    used = {value for node in rest for value in inputs_of(node)} | set(wanted)
    front = [value for value in (site.tuned, *(node.output[0] for node in way)) if value in used]
    bases = [graph.type_of(value, _base(value)) for value in front]
    linear = [*blend, *map(_without_bias, way), *(identity(value, _base(value)) for value in front)]
    inputs = [graph.type_of(value) for value in graph.entering([*blend, *way])]
    mix = _Mix(graph, kinds, {node.output[0]: node.input[2] for node in way if _bias(node)})
    for value in front:
        mix.add(value)
    slopes = [graph.type_of(value, _slope(value, block)) for block in kinds for value in front]
    alphas = [graph.inputs[f"alpha.{block}"] for block in kinds]
    others = [graph.type_of(value) for value in graph.entering(rest) if value not in front]
    return Halves(
        graph.model(linear, inputs, bases),
        graph.model(
            [*mix.nodes, *rest],
            [*bases, *slopes, *alphas, *others],
            [graph.type_of(value) for value in wanted],
            mix.constants,
        ),
        [(block, _slope(value, block), _base(value)) for block in kinds for value in front],
    )


def _way(graph: Graph, nodes: Sequence[NodeProto], tuned: str) -> list[NodeProto]:
    """The convolutions that the blend enters, by way of linear operations alone, and those operations."""
    reached, way, convolutions = {tuned}, [], []
    for node in nodes:
        others = [value for value in node.input[1:] if value and value not in graph.constants]
        if node.input[0] not in reached or others:
            continue
        if node.op_type in _CONVOLUTIONS:
            convolutions.append(node)
        elif node.op_type in _ON_THE_WAY and _is_linear(graph, node):
            way.append(node)
            reached.add(node.output[0])
    leads_there = {id(node) for node in graph.needed([node.input[0] for node in convolutions], {tuned})}
    return [node for node in nodes if id(node) in leads_there or any(node is conv for conv in convolutions)]


def _is_linear(graph: Graph, node: NodeProto) -> bool:
    """Resizing is; padding is, unless with another constant than 0."""
    modes = [attribute.s for attribute in node.attribute if attribute.name == "mode"]
    if node.op_type != "Pad" or modes not in ([], [b"constant"]) or len(node.input) < 3 or not node.input[2]:
        return True
    return not numpy_helper.to_array(graph.constants[node.input[2]]).any()


def _bias(node: NodeProto) -> bool:
    return node.op_type in _CONVOLUTIONS and len(node.input) > 2


def _without_bias(node: NodeProto) -> NodeProto:
    if not _bias(node):
        return node
    plain = NodeProto()
    plain.CopyFrom(node)
    del plain.input[2:]
    return plain


def _base(value: str) -> str:
    return f"{value}.base"


def _slope(value: str, block: str) -> str:
    return f"{value}.slope.{block}"


@dataclass
class _Mix:
    """The nodes of value = base + sum of alpha slope + bias."""

    graph: Graph
    kinds: Mapping[str, str]
    biases: Mapping[str, str]
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def add(self, value: str) -> None:
        rank = len(self.graph.type_of(value).type.tensor_type.shape.dim)
        terms = [_base(value)]
        for block, kind in self.kinds.items():
            alpha = f"alpha.{block}"
            if kind == "picture":
                sides = self._constant(f"{value}.{block}.sides", np.array([-1] + [1] * (rank - 1)))
                alpha = self._node("Reshape", [alpha, sides], f"{value}.{block}.alpha")
            terms.append(self._node("Mul", [alpha, _slope(value, block)], f"{value}.{block}.term"))
        if value in self.biases:
            bias = numpy_helper.to_array(self.graph.constants[self.biases[value]])
            terms.append(self._constant(f"{value}.bias", bias.reshape(-1, *[1] * (rank - 2))))
        total = terms[0]
        for i, term in enumerate(terms[1:], 1):
            total = self._node("Add", [total, term], value if i == len(terms) - 1 else f"{value}.sum{i}")

    def _node(self, op: str, inputs: Sequence[str], output: str) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output]))
        return output

    def _constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(values, name))
        return name
