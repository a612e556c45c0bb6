"""Convolutions to a few channels, row by row, are the same convolutions."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from dynnet.onnx.thin import by_rows


def convolution(channels: int, size: tuple[int, int], bias: bool, **attributes: object) -> onnx.ModelProto:
    rng = np.random.default_rng(0)
    weights = {"w": rng.standard_normal((channels, 4, *size), np.float32)}
    weights |= {"b": rng.standard_normal(channels, np.float32)} if bias else {}
    node = helper.make_node("Conv", ["x", *weights], ["y"], **attributes)
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, n, None, None]) for name, n in
            (("x", 4), ("y", channels))]  # fmt: skip
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=providers).run(["y"], {"x": x})[0]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(5, 5), (9, 3), (7, 1)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [2, 1, 3, 0]])
def test_it_is_the_same(channels: int, size: tuple[int, int], bias: bool, pads: list[int]) -> None:
    plain = convolution(channels, size, bias, pads=pads)
    model = by_rows(plain)
    onnx.checker.check_model(model)
    assert {node.op_type for node in model.graph.node} == {"Conv", "Slice", "Add"}
    x = np.random.default_rng(1).standard_normal((2, 4, 13, 11), np.float32)
    np.testing.assert_allclose(run(model, x), run(plain, x), atol=1e-4)


@pytest.mark.parametrize(
    ("channels", "size", "attributes"),
    [
        (5, (9, 9), {}),
        (3, (3, 3), {}),
        (3, (9, 9), {"strides": [2, 2]}),
        (3, (5, 5), {"dilations": [2, 2]}),
        (3, (5, 5), {"auto_pad": "SAME_UPPER"}),
    ],
)
def test_others_are_left_alone(channels: int, size: tuple[int, int], attributes: dict) -> None:
    plain = convolution(channels, size, True, **attributes)
    assert by_rows(plain) == plain
