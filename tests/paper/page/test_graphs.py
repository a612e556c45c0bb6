"""Networks that go onto the page are the exported ones, their weights taken out; and they are made once."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.page import graphs
from dynnet.paper.page.graphs import Inputs, packed, plain, staged
from dynnet.paper.page.tensors import Pack


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(3, 12, 3, padding=1), nn.Conv2d(12, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.last(torch.relu(self.first(x))))


class Measure(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (self.conv(x).mean((1, 2, 3)),)


@pytest.fixture(scope="module")
def net() -> DynamicNet:
    torch.manual_seed(0)
    net = DynamicNet(Small(), {"last": TuningBlock(12)})
    for parameter in net.blocks.parameters():
        nn.init.normal_(parameter, std=0.1)
    return net.eval()


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    torch.manual_seed(0)
    return Inputs(torch.rand(2, 3, 24, 24), torch.rand(1, 3, 24, 20), (60.0, 60.0))


@pytest.fixture(scope="module")
def folder(net: DynamicNet, inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staged(net, inputs, tmp_path_factory.mktemp("cache"))


def array_of(pack: Pack, name: str) -> np.ndarray:
    """A tensor of a pack, as `unpack.js` reads it."""
    entry = pack.tensors[name]
    count, at = int(np.prod(entry["dims"])), entry["at"]
    body = bytes(pack.body)
    if "step" not in entry:
        return np.frombuffer(body, np.float32, count, at)
    integers = np.frombuffer(body, np.uint8, count, at).astype(int) - 128
    integers += 256 * np.frombuffer(body, np.int8, count, at + count).astype(int)
    return (integers * (4 + entry["step"] % 4) * 2.0 ** (entry["step"] // 4)).astype(np.float32)


def test_graphs_with_their_weights_put_back_do_what_was_exported(folder: Path, inputs: Inputs, tmp_path: Path) -> None:
    pack = Pack("pack", {})
    manifest = packed(folder, pack)
    files = sorted(folder.glob("*.onnx"))
    assert len(files) == len(manifest["stages"]) and any(stage["tensors"] for stage in manifest["stages"])
    stepped = 0
    for file, stage in zip(files, manifest["stages"], strict=True):
        offset, length = stage["graph"]
        (tmp_path / "graph.onnx").write_bytes(bytes(pack.body[offset : offset + length]))
        weights = [array_of(pack, name) for name in stage["tensors"]]
        stepped += sum("step" in pack.tensors[name] for name in stage["tensors"])
        (tmp_path / "weights").write_bytes(b"".join(array.tobytes() for array in weights))
        ours, theirs = (onnxruntime.InferenceSession(path) for path in (tmp_path / "graph.onnx", file))
        feeds = {one.name: _example(one, inputs.other) for one in theirs.get_inputs()}
        for mine, wanted in zip(ours.run(None, feeds), theirs.run(None, feeds), strict=True):
            np.testing.assert_array_equal(mine, wanted)
    assert stepped


def _example(value: onnxruntime.NodeArg, x: Tensor) -> np.ndarray:
    if value.name == "x":
        return x.numpy()
    sides = {1: x.shape[2], 2: x.shape[3]}
    shape = [dim if isinstance(dim, int) else 1 if i == 0 else sides[i - 1] for i, dim in enumerate(value.shape)]
    return np.random.default_rng(0).random(shape, np.float32)


def test_it_is_made_once(net: DynamicNet, inputs: Inputs, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "export", None)
    assert staged(net, inputs, folder.parent) == folder


@pytest.mark.parametrize("changed", ["typical", "other", "fineness", "weights"])
def test_whatever_changes_makes_it_anew(
    net: DynamicNet, inputs: Inputs, folder: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    monkeypatch.setattr(graphs, "export", None)
    other = {
        "typical": replace(inputs, typical=inputs.typical + 0.1),
        "other": replace(inputs, other=inputs.other.mT),
        "fineness": replace(inputs, fineness=(60.0, 61.0)),
    }
    if changed == "weights":
        net = copy.deepcopy(net)
        next(net.blocks.parameters()).data.mul_(1.5)
    with pytest.raises(TypeError, match="not callable"):
        staged(net, other.get(changed, inputs), folder.parent)


def test_a_grid_that_changes_pictures_is_refused(net: DynamicNet, inputs: Inputs, tmp_path: Path) -> None:
    coarse = Inputs(inputs.typical, inputs.other, (0.5, 0.5))
    with pytest.raises(DynnetError, match=r"rounded weights change .* make the grids finer"):
        staged(net, coarse, tmp_path)
    assert not list(tmp_path.glob("*/*"))


def test_a_network_that_measures_is_one_stage(inputs: Inputs, tmp_path: Path) -> None:
    pack = Pack("pack", {})
    manifest = packed(plain(Measure(), inputs, ("mean",), tmp_path, 0.1), pack)
    assert [stage["outputs"] for stage in manifest["stages"]] == [["mean"]] and manifest["blocks"] == []
    offset, length = manifest["stages"][0]["graph"]
    onnx.load_from_string(bytes(pack.body[offset : offset + length]))
