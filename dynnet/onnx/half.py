"""Weights in half precision: half the file, and nothing to learn for a runtime.

Every large constant is stored as float16 and cast to float32 by the graph itself; runtimes do that once, when they load
it. The arithmetic stays float32: the network is the one whose weights were rounded.
"""

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

_LARGE = 256  # values; below, a cast is no smaller than what it saves


def with_half_weights(model: ModelProto) -> ModelProto:
    """The model with its float32 constants stored in half precision, those apart that are small or beyond its range."""
    found = ModelProto()
    found.CopyFrom(model)
    del found.graph.initializer[:]
    casts = []
    for tensor in model.graph.initializer:
        rounded = _rounded(tensor)
        found.graph.initializer.append(tensor if rounded is None else rounded)
        if rounded is not None:
            casts.append(helper.make_node("Cast", [rounded.name], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*casts, *found.graph.node]
    del found.graph.node[:]
    found.graph.node.extend(nodes)
    return found


def _rounded(tensor: TensorProto) -> TensorProto | None:
    if tensor.data_type != TensorProto.FLOAT:
        return None
    values = numpy_helper.to_array(tensor)
    if values.size < _LARGE or np.abs(values).max() > np.finfo(np.float16).max:
        return None
    return numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.half")
