"""What a node of an ONNX graph needs, and pieces of a graph as models of their own."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto


class Graph:
    """A model's graph, made to be cut.

    Identities are gone: `name(value)` says which value a name stands for. Notes of the exporter, which hold the paths
    of source files, are gone too.
    """

    def __init__(self, model: ModelProto):
        graph = model.graph
        self._opsets, self._ir_version = list(model.opset_import), model.ir_version
        self._aliases = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
        self.inputs = {value.name: value for value in graph.input}
        self.constants = {tensor.name: tensor for tensor in graph.initializer} | dict(_constants(graph))
        plain = (node for node in graph.node if node.op_type != "Identity" and node.output[0] not in self.constants)
        self.nodes = [self._plain(node) for node in plain]
        self.producer = {output: node for node in self.nodes for output in node.output if output}
        self._types = {value.name: value for value in (*graph.input, *graph.value_info, *graph.output)}

    def name(self, value: str) -> str:
        """The value that a name stands for, past all identities."""
        while value in self._aliases:
            value = self._aliases[value]
        return value

    def needed(self, values: Iterable[str], given: Collection[str]) -> list[NodeProto]:
        """The nodes that `values` are computed by, in order, from `given` values and constants."""
        found: set[int] = set()
        waiting = [value for value in values if value not in given]
        while waiting:
            node = self.producer.get(waiting.pop())
            if node is not None and id(node) not in found:
                found.add(id(node))
                waiting.extend(value for value in inputs_of(node) if value not in given)
        return [node for node in self.nodes if id(node) in found]

    def entering(self, nodes: Sequence[NodeProto]) -> list[str]:
        """The values that some nodes take from elsewhere, constants apart, in order and each once."""
        made = {output for node in nodes for output in node.output}
        taken = dict.fromkeys(value for node in nodes for value in inputs_of(node))
        return [value for value in taken if value not in made and value not in self.constants]

    def type_of(self, value: str, name: str | None = None) -> ValueInfoProto:
        """A value's type and shape, without torch's formulae for the sides, under a name (default: its own)."""
        found = ValueInfoProto()
        found.CopyFrom(self._types[value])
        found.name = name or value
        del found.metadata_props[:]
        if value not in self.inputs:
            for dim in found.type.tensor_type.shape.dim:
                dim.ClearField("dim_param")
        return found

    def model(
        self, nodes: Sequence[NodeProto], inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto],
        extra: Sequence[TensorProto] = (),
    ) -> ModelProto:  # fmt: skip
        """Some nodes as a model, with the constants that they use; `extra` are constants of nodes not of this graph."""
        used = {value for node in nodes for value in inputs_of(node)} | {value.name for value in outputs}
        graph = GraphProto(name="dynnet", node=nodes, input=inputs, output=outputs, initializer=extra)
        for name in sorted(used & self.constants.keys()):
            graph.initializer.add().CopyFrom(self.constants[name])
        for tensor in graph.initializer:
            del tensor.metadata_props[:]
        return ModelProto(ir_version=self._ir_version, opset_import=self._opsets, graph=graph, producer_name="dynnet")

    def _plain(self, node: NodeProto) -> NodeProto:
        plain = NodeProto()
        plain.CopyFrom(node)
        del plain.metadata_props[:]
        plain.doc_string = ""
        plain.input[:] = [self.name(value) for value in node.input]
        return plain


def _constants(graph: GraphProto) -> Iterator[tuple[str, TensorProto]]:
    """The tensors that nodes hold, as constants of the graph."""
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = TensorProto()
            tensor.CopyFrom(node.attribute[0].t)
            tensor.name = node.output[0]
            yield tensor.name, tensor


def inputs_of(node: NodeProto) -> list[str]:
    """The values that a node takes, those that its branches and loop bodies take from outside among them."""
    found = [value for value in node.input if value]
    for attribute in node.attribute:
        for body in (attribute.g, *attribute.graphs):
            found.extend(_captured(body))
    return found


def _captured(body: GraphProto) -> list[str]:
    own = {value.name for value in (*body.input, *body.initializer)}
    own |= {output for node in body.node for output in node.output}
    return [value for node in body.node for value in inputs_of(node) if value not in own]


def identity(source: str, target: str) -> NodeProto:
    """A node that gives a value a second name."""
    return onnx.helper.make_node("Identity", [source], [target])
