"""Blocks alone in a file: what comes back is what went in, on the same main network and on no other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from dynnet.blocks import (
    ChannelsLastTuningBlock,
    TokenTuningBlock,
    TuningBlock,
    TuningBlock1d,
    TuningBlock3d,
    block_for,
)
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.memory import at_most
from tests.tiny import BatchNormNet, Twice, awake

X = torch.rand(2, 3, 8, 8)


def net_of(main: nn.Module, sets: bool = False) -> DynamicNet:
    blocks: dict = {"norm": TuningBlock(4, 5), "conv2": TuningBlock(4, rank=2)}
    return awake(DynamicNet(main, {"one": blocks, "other": {"norm": TuningBlock(4)}} if sets else blocks), 0.3)


@pytest.mark.parametrize("sets", [False, True])
def test_what_comes_back_is_what_went_in(tmp_path: Path, sets: bool) -> None:
    main = BatchNormNet()
    net = net_of(main, sets)
    net.save_blocks(tmp_path / "a.safetensors")
    found = DynamicNet.load(main, tmp_path / "a.safetensors")
    assert found.names == net.names and found.sets == net.sets and not found.training
    for alpha in (1.0, -0.3, {net.names[0]: 0.5}):
        assert torch.equal(found(X, alpha=alpha), net(X, alpha=alpha))
    assert {name: type(block) for name, block in found.blocks.items()} == {n: type(b) for n, b in net.blocks.items()}


@pytest.mark.parametrize(
    "block",
    [
        TuningBlock(4, 1),
        TuningBlock1d(4, 3, 2),
        TuningBlock3d(4),
        ChannelsLastTuningBlock(4, rank=1),
        TokenTuningBlock(4, 2, "TBC"),
        block_for("NCHW", 4),
        block_for("NHWC", 4, 3),
        TuningBlock(4).bfloat16(),
        TuningBlock(4).double(),
    ],
)
def test_every_kind_of_block(tmp_path: Path, block: nn.Module) -> None:
    net = awake(DynamicNet(Twice(), {"a": block}))
    net.save_blocks(tmp_path / "a.safetensors")
    found = DynamicNet.load(Twice(), str(tmp_path / "a.safetensors")).block("a")
    assert type(found) is type(block) and found.layout == block.layout and found.arguments() == block.arguments()
    for name, value in found.state_dict().items():
        assert torch.equal(value, block.state_dict()[name]) and value.dtype == block.state_dict()[name].dtype


@pytest.mark.parametrize("given", [list, dict])
def test_several_files_are_sets(tmp_path: Path, given: type) -> None:
    main = BatchNormNet()
    nets = {"soft": net_of(main), "sharp": net_of(main)}
    files = {name: tmp_path / f"{name}.safetensors" for name in nets}
    for name, net in nets.items():
        net.save_blocks(files[name])
    both = DynamicNet.load(main, files if given is dict else list(files.values()))
    assert list(both.sets) == ["soft", "sharp"]
    for name, net in nets.items():
        assert torch.equal(both(X, alpha={name: 0.7}), net(X, alpha=0.7))


def test_a_file_of_sets_beside_another(tmp_path: Path) -> None:
    main = BatchNormNet()
    net_of(main, sets=True).save_blocks(tmp_path / "two.safetensors")
    net_of(main).save_blocks(tmp_path / "third.safetensors")
    files = [tmp_path / "two.safetensors", tmp_path / "third.safetensors"]
    assert list(DynamicNet.load(main, files).sets) == ["one", "other", "third"]
    with pytest.raises(DynnetError, match=r"holds named sets \('one' is one\), none to call 'mine'"):
        DynamicNet.load(main, {"mine": files[0]})
    with pytest.raises(DynnetError, match="two files hold a set 'third'"):
        DynamicNet.load(main, [files[1], files[1]])


def test_another_main_network_is_refused_by_name(tmp_path: Path) -> None:
    net_of(BatchNormNet()).save_blocks(tmp_path / "a.safetensors")
    for main, name in ((BatchNormNet(), "BatchNormNet"), (Twice(), "Twice")):
        match = rf"a\.safetensors holds blocks of another main network: a BatchNormNet .* this one is a {name} of"
        with pytest.raises(DynnetError, match=match):
            DynamicNet.load(main, tmp_path / "a.safetensors")
        assert main.training


def test_the_same_main_network_in_another_precision_if_the_caller_says_so(tmp_path: Path) -> None:
    main = BatchNormNet().eval()
    net = net_of(main)
    net.save_blocks(tmp_path / "a.safetensors")
    expected = net(X, alpha=0.5)
    main.double()
    with pytest.raises(DynnetError, match="strict=False"):
        DynamicNet.load(main, tmp_path / "a.safetensors")
    found = DynamicNet.load(main, tmp_path / "a.safetensors", strict=False)
    torch.testing.assert_close(found(X.double(), alpha=0.5).float(), expected)


def test_main_networks_with_infinite_buffers_and_tied_weights(tmp_path: Path) -> None:
    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = nn.Linear(4, 4), nn.Linear(4, 4)
            self.other.weight = self.one.weight
            self.register_buffer("mask", torch.full((4,), -torch.inf))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.other(self.one(x)).maximum(self.mask)

    main, x = Main(), torch.rand(2, 4)
    net = awake(DynamicNet(main, {"other": TokenTuningBlock(4, layout="BC")}))
    net.save_blocks(tmp_path / "a.safetensors")
    assert torch.equal(DynamicNet.load(main, tmp_path / "a.safetensors")(x), net(x))


class Own(nn.Module):
    def __init__(self, factor: float = 2.0) -> None:
        super().__init__()
        self.factor, self.scale = factor, nn.Parameter(torch.ones(4, 1, 1))
        self.layout = "BCHW"

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.factor * self.scale * z


def test_a_block_of_ones_own_is_made_by_its_owner(tmp_path: Path) -> None:
    main = BatchNormNet()
    net = awake(DynamicNet(main, {"norm": Own(3.0), "conv2": TuningBlock(4)}))
    net.save_blocks(tmp_path / "a.safetensors")
    with pytest.raises(DynnetError, match=r"block 'norm' of .* is a Own, which is none of dynnet's"):
        DynamicNet.load(main, tmp_path / "a.safetensors")
    found = DynamicNet.load(main, tmp_path / "a.safetensors", blocks={"norm": Own(3.0)})
    assert torch.equal(found(X), net(X))
    found = DynamicNet.load(main, {"mine": tmp_path / "a.safetensors"}, blocks={"mine/norm": Own(3.0)})
    assert torch.equal(found(X), net(X))
    with pytest.raises(DynnetError, match=r"'scale' of block 'norm' in .* the file has \(4, 1, 1\), the block none"):
        DynamicNet.load(main, tmp_path / "a.safetensors", blocks={"norm": nn.Identity()})


def test_a_subclass_of_a_known_block_is_ones_own(tmp_path: Path) -> None:
    class Louder(TuningBlock):
        pass

    net = DynamicNet(BatchNormNet(), {"norm": Louder(4)})
    net.save_blocks(tmp_path / "a.safetensors")
    with pytest.raises(DynnetError, match="is a Louder, which is none of dynnet's"):
        DynamicNet.load(net.main, tmp_path / "a.safetensors")


def test_a_block_of_another_shape_is_refused(tmp_path: Path) -> None:
    net = DynamicNet(BatchNormNet(), {"norm": Own()})
    net.save_blocks(tmp_path / "a.safetensors")
    wide = Own()
    wide.scale = nn.Parameter(torch.ones(5, 1, 1))
    with pytest.raises(DynnetError, match=r"the file has \(4, 1, 1\), the block \(5, 1, 1\)"):
        DynamicNet.load(net.main, tmp_path / "a.safetensors", blocks={"norm": wide})


def test_one_block_at_two_children_stays_one(tmp_path: Path) -> None:
    main, block = BatchNormNet(), TuningBlock(4)
    net = awake(DynamicNet(main, {"norm": block, "conv2": block}))
    net.save_blocks(tmp_path / "a.safetensors")
    found = DynamicNet.load(main, tmp_path / "a.safetensors")
    assert found.block("norm") is found.block("conv2") and torch.equal(found(X), net(X))


def test_tied_weights_inside_a_block(tmp_path: Path) -> None:
    main, tied = BatchNormNet(), TuningBlock(4)
    tied.conv1.weight = tied.conv0.weight
    net = awake(DynamicNet(main, {"norm": tied}))
    net.save_blocks(tmp_path / "a.safetensors")
    assert torch.equal(DynamicNet.load(main, tmp_path / "a.safetensors")(X), net(X))


class Stateful(Own):
    def get_extra_state(self) -> dict:
        return {"steps": 3}

    def set_extra_state(self, state: dict) -> None:
        pass


@pytest.mark.parametrize("make", [Stateful, lambda: TuningBlock(4).to("meta"), lambda: sparse(Own())])
def test_what_cannot_be_saved_is_refused_and_nothing_is_written(tmp_path: Path, make: Callable) -> None:
    net = DynamicNet(BatchNormNet(), {"norm": make()})
    with pytest.raises(DynnetError, match="is no plain tensor with values and cannot be saved"):
        net.save_blocks(tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def sparse(block: nn.Module) -> nn.Module:
    block.register_buffer("few", torch.eye(3).to_sparse())
    return block


def test_there_is_no_pickle_in_the_file(tmp_path: Path) -> None:
    net_of(BatchNormNet()).save_blocks(tmp_path / "a.safetensors")
    with safe_open(tmp_path / "a.safetensors", framework="pt") as content:
        header = json.loads(content.metadata()["dynnet_blocks"])
    assert [block["path"] for block in header["blocks"]] == ["norm", "conv2"]
    assert header["blocks"][1]["arguments"] == {"channels": 4, "size": 3, "rank": 2}
    assert header["main"]["class"] == "BatchNormNet" and len(header["main"]["sha256"]) == 64
    assert set(load_file(tmp_path / "a.safetensors")) == {
        f"{path}.conv{i}.{part}" for path in ("norm", "conv2") for i in range(3) for part in ("weight", "bias")
    }


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 a pickle", "other"])
def test_what_is_no_file_of_blocks(tmp_path: Path, content: object) -> None:
    path = tmp_path / "a.safetensors"
    if content == "other":
        save_file({"weight": torch.ones(3)}, path)
    elif content is not None:
        path.write_bytes(content)
    match = "no file of tuning-blocks at" if content is None else "is no file of tuning-blocks"
    with pytest.raises(DynnetError, match=match):
        DynamicNet.load(BatchNormNet(), path)


def test_saving_needs_no_attachment_and_overwrites_as_a_whole(tmp_path: Path) -> None:
    net = net_of(BatchNormNet())
    net.save_blocks(tmp_path / "a.safetensors")
    awake(net, 0.7)
    expected = net(X)
    net.detach()
    net.save_blocks(tmp_path / "a.safetensors")
    assert torch.equal(DynamicNet.load(net.main, tmp_path / "a.safetensors")(X), expected)
    with pytest.raises(DynnetError, match="cannot write"):
        net.save_blocks(tmp_path / "a.safetensors" / "below")


@pytest.mark.parametrize(
    "change",
    [
        lambda h: None,
        lambda h: [],
        lambda h: h | {"main": None},
        lambda h: h | {"main": {"class": 3, "sha256": None}},
        lambda h: h | {"blocks": None},
        lambda h: h | {"blocks": []},
        lambda h: h | {"blocks": [3]},
        lambda h: h | {"blocks": [{"path": "norm"}]},
        lambda h: h | {"blocks": h["blocks"] + h["blocks"]},
        lambda h: h | {"blocks": [b | {"same_as": "nobody"} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"same_as": b["path"]} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"arguments": []} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"arguments": {"channels": "4"}} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"arguments": {"channels": 2**20}} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"arguments": {"channels": 4, "size": -3}} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"arguments": {"channels": 4, "size": 99_999}} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"layout": "XYZ"} for b in h["blocks"]]},
        lambda h: h | {"blocks": [b | {"path": "gone"} for b in h["blocks"][:1]]},
    ],
)
def test_an_odd_header_is_refused_in_a_line_and_costs_nothing(tmp_path: Path, change: Callable[[Any], Any]) -> None:
    main, file = BatchNormNet(), tmp_path / "a.safetensors"
    net = net_of(main)
    net.save_blocks(file)
    net.detach()
    with safe_open(file, framework="pt") as content:
        header = json.loads(content.metadata()["dynnet_blocks"])
    save_file(load_file(file), file, {"dynnet_blocks": json.dumps(change(header))})
    with at_most(200), pytest.raises(DynnetError) as caught:
        DynamicNet.load(main, file)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600
