"""Convolutions to a few channels, row by row.

Runtimes compute output channels in blocks of 8 or 16, so a convolution to three colours does the work of one to eight
or sixteen. A kernel of h rows is h kernels of one row, whose results are added up, each shifted by its row: one
convolution to 3 h channels, and hardly anything wasted. The 9x9 convolution at the end of a transformer net takes a
quarter of the time so.
"""

from collections.abc import Mapping

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from dynnet.onnx.graph import inputs_of

_FEW_CHANNELS, _MANY_ROWS = 4, 5  # with fewer rows the additions cost what the convolution saves


def by_rows(model: ModelProto) -> ModelProto:
    """The model with its convolutions from many rows to few channels in this form; the same up to rounding."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    found = ModelProto()
    found.CopyFrom(model)
    del found.graph.node[:]
    for node in model.graph.node:
        if _fits(node, weights):
            nodes, constants = _rows(node, weights)
            found.graph.node.extend(nodes)
            found.graph.initializer.extend(constants)
        else:
            found.graph.node.append(node)
    _drop_unused(found)
    return found


def _fits(node: NodeProto, weights: Mapping[str, TensorProto]) -> bool:
    if node.op_type != "Conv" or node.input[1] not in weights:
        return False
    if len(node.input) > 2 and node.input[2] not in weights:
        return False
    attributes, dims = _attributes(node), weights[node.input[1]].dims
    plain = (
        attributes.get("group", 1) == 1
        and attributes.get("auto_pad", b"NOTSET") == b"NOTSET"
        and all(step == 1 for step in (*attributes.get("strides", ()), *attributes.get("dilations", ())))
    )
    return plain and len(dims) == 4 and dims[0] <= _FEW_CHANNELS and dims[2] >= _MANY_ROWS


def _rows(node: NodeProto, weights: Mapping[str, TensorProto]) -> tuple[list[NodeProto], list[TensorProto]]:
    x, y = node.input[0], node.output[0]
    kernel = numpy_helper.to_array(weights[node.input[1]])
    channels, _, height, _ = kernel.shape
    stacked = kernel.transpose(2, 0, 1, 3).reshape(channels * height, kernel.shape[1], 1, kernel.shape[3])
    constants = [numpy_helper.from_array(np.ascontiguousarray(stacked), f"{y}.rows")]
    inputs = [x, f"{y}.rows"]
    if len(node.input) > 2:
        bias = numpy_helper.to_array(weights[node.input[2]])
        constants.append(numpy_helper.from_array(np.pad(bias, (0, len(stacked) - channels)), f"{y}.bias_once"))
        inputs.append(f"{y}.bias_once")
    pads = _attributes(node).get("pads", [0, 0, 0, 0])
    nodes = [helper.make_node("Conv", inputs, [f"{y}.by_rows"], pads=pads, kernel_shape=[1, kernel.shape[3]])]
    constants.append(numpy_helper.from_array(np.array([1, 2]), f"{y}.axes"))
    for row in range(height):
        start = np.array([row * channels, row])
        end = np.array([(row + 1) * channels, row - height + 1 if row < height - 1 else np.iinfo(np.int64).max])
        constants += [
            numpy_helper.from_array(start, f"{y}.{row}.start"),
            numpy_helper.from_array(end, f"{y}.{row}.end"),
        ]
        place = [f"{y}.by_rows", f"{y}.{row}.start", f"{y}.{row}.end", f"{y}.axes"]
        nodes.append(helper.make_node("Slice", place, [f"{y}.{row}"]))
    total = f"{y}.0"
    for row in range(1, height):  # no Sum: runtimes on graphics cards do not all know it
        nodes.append(helper.make_node("Add", [total, f"{y}.{row}"], [y if row == height - 1 else f"{y}.to{row}"]))
        total = nodes[-1].output[0]
    return nodes, constants


def _attributes(node: NodeProto) -> dict:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _drop_unused(model: ModelProto) -> None:
    used = {value for node in model.graph.node for value in inputs_of(node)}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
