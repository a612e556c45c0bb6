"""Weights in half precision: the network whose weights were rounded, in half the room."""

from pathlib import Path

import onnx
import pytest
import torch
from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.onnx import OnnxRenderer, export
from dynnet.onnx.half import with_half_weights
from tests.tiny import awake


def wide() -> DynamicNet:
    main = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.Tanh(), nn.Conv2d(16, 3, 3, padding=1))
    return awake(DynamicNet(main, {"2": TuningBlock(16)}))


def test_it_is_the_network_with_rounded_weights(tmp_path: Path) -> None:
    net, x = wide(), torch.rand(1, 3, 12, 12)
    full, half = export(net, x, tmp_path / "full", free=False), export(net, x, tmp_path / "half", half=True, free=False)
    for parameter in net.parameters():
        if parameter.numel() >= 256:
            parameter.data = parameter.half().float()
    render = OnnxRenderer(half)
    render.set_input(x)
    for alpha in (0.0, 0.5, -1.0):
        torch.testing.assert_close(render(alpha), net(x, alpha=alpha).detach(), atol=1e-5, rtol=1e-5)
    sizes = [sum(file.stat().st_size for file in folder.glob("*.onnx")) for folder in (full, half)]
    assert sizes[1] < 0.65 * sizes[0]  # biases and the graph itself stay as they are


@pytest.mark.parametrize(("value", "stored"), [(1e5, onnx.TensorProto.FLOAT), (6e4, onnx.TensorProto.FLOAT16)])
def test_weights_beyond_half_precision_stay(value: float, stored: int) -> None:
    weights = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [256], [value] * 256)
    node = onnx.helper.make_node("Add", ["x", "w"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [256]) for name in "xy"]
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [weights])
    model = with_half_weights(onnx.helper.make_model(graph))
    onnx.checker.check_model(model)
    assert [tensor.data_type for tensor in model.graph.initializer] == [stored]
