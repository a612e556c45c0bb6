"""The table of children: what can carry a block, of which layout and width, and why the others cannot."""

import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.attachable import attachable
from dynnet.blocks import ChannelsLastTuningBlock, TokenTuningBlock, TuningBlock, TuningBlock1d, TuningBlock3d
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.tiny import BatchNormNet


class Everything(nn.Module):
    """Convolutions, channels-last layers, tokens, windows, attention, and children that are not called."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.last = nn.Sequential(nn.LayerNorm(6), nn.Linear(6, 8), nn.GELU())
        self.windows = nn.Linear(8, 8)
        self.tokens = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.heads = nn.LayerNorm(4)
        self.signal = nn.Conv1d(8, 8, 3, padding=1)
        self.head = nn.Linear(8, 5)
        self.unused = nn.Linear(8, 8)
        self.listed = nn.ModuleList([nn.Identity(), nn.Identity()])
        self.pair = nn.Bilinear(5, 5, 5)
        self.ids = nn.Embedding(7, 5)

    def forward(self, x: Tensor, size: tuple[int, int] = (2, 2)) -> Tensor:
        x = self.last(self.stem(x).permute(0, 2, 3, 1))
        batch, height, width, channels = x.shape
        x = x.reshape(batch * (height // size[0]), size[0], width, channels)
        x = self.windows(x).reshape(batch, -1, channels)
        x = self.tokens(x)
        x = self.heads(x.reshape(batch, -1, 2, 4).transpose(1, 2)).transpose(1, 2).reshape(x.shape)
        x = self.signal(x.transpose(1, 2))
        x = self.listed[1](self.listed[0](self.head(x.mean(2))))
        x = self.pair(x, x)
        return x + self.ids(torch.zeros(batch, dtype=torch.long))


EXAMPLE = torch.rand(2, 3, 16, 24)
FOUND = {
    "stem": ("BCHW", (2, 3, 16, 24)),
    "stem.0": ("BCHW", (2, 3, 16, 24)),
    "stem.1": ("BCHW", (2, 6, 8, 12)),
    "stem.2": ("BCHW", (2, 6, 8, 12)),
    "last": ("BHWC", (2, 8, 12, 6)),
    "last.0": ("BHWC", (2, 8, 12, 6)),
    "last.2": ("BHWC", (2, 8, 12, 8)),
    "windows": ("NNTC", (8, 2, 12, 8)),
    "tokens": ("BTC", (2, 96, 8)),
    "tokens.linear1": ("BTC", (2, 96, 8)),
    "heads": ("BNTC", (2, 2, 96, 4)),
    "signal": ("BCL", (2, 8, 96)),
    "head": ("BC", (2, 8)),
}


def test_layouts_and_shapes_are_found_and_their_blocks_run() -> None:
    main = Everything()
    table = {child.path: child for child in attachable(main, EXAMPLE)}
    assert list(table) == [path for path, _ in main.named_modules() if path]
    for path, (layout, shape) in FOUND.items():
        assert (table[path].layout, table[path].shape, table[path].why_not) == (layout, shape, "")
    able = [path for path, child in table.items() if not child.why_not]
    assert set(FOUND) <= set(able)
    for path in able:
        net = DynamicNet.at_children(main, [path], EXAMPLE)
        block = net.block(path)
        assert sum(p.numel() for p in block.parameters()) == table[path].parameters
        with torch.no_grad():
            torch.testing.assert_close(net(EXAMPLE, alpha=1.0), main(EXAMPLE))
        net.detach()


@pytest.mark.parametrize(
    ("path", "why_not"),
    [
        ("unused", "it was not called"),
        ("listed", "a ModuleList is never called itself"),
        ("tokens.self_attn", "called with 3 floating-point tensors"),
        ("tokens.self_attn.out_proj", "its parent, a MultiheadAttention, uses its weights"),
        ("pair", "called with 2 floating-point tensors"),
        ("ids", "called with 0 floating-point tensors"),
    ],
)
def test_why_not(path: str, why_not: str) -> None:
    child = next(child for child in attachable(Everything(), EXAMPLE) if child.path == path)
    assert why_not in child.why_not and child.parameters is None
    with pytest.raises(DynnetError, match=f"'{path}' cannot carry a tuning-block: .*{why_not}"):
        DynamicNet.at_children(Everything(), [path], EXAMPLE)


def test_a_look_leaves_the_network_as_it_was() -> None:
    main = BatchNormNet()
    main.norm.eval()
    numbers, states = torch.get_rng_state(), random.getstate()
    before = {name: value.clone() for name, value in main.state_dict().items()}
    attachable(main, torch.rand(2, 3, 8, 8, generator=torch.Generator()))
    assert all(torch.equal(value, before[name]) for name, value in main.state_dict().items())
    assert main.training and main.conv1.training and not main.norm.training
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in main.modules())
    assert torch.equal(torch.get_rng_state(), numbers) and random.getstate() == states


def test_a_network_that_does_not_run_is_said_and_left_as_it_was() -> None:
    main = BatchNormNet()
    with pytest.raises(DynnetError, match="the network does not run on the example: Given groups=1"):
        attachable(main, torch.rand(2, 4, 8, 8))
    assert main.training and not any(m._forward_pre_hooks or m._forward_hooks for m in main.modules())


@pytest.mark.parametrize(
    ("layer", "shape", "kind", "layout"),
    [
        (nn.Conv1d(4, 4, 1), (2, 4, 7), TuningBlock1d, "BCL"),
        (nn.Conv2d(4, 4, 1), (2, 4, 5, 6), TuningBlock, "BCHW"),
        (nn.ConvTranspose2d(4, 4, 1), (2, 4, 5, 6), TuningBlock, "BCHW"),
        (nn.Conv3d(4, 4, 1), (2, 4, 3, 5, 6), TuningBlock3d, "BCDHW"),
        (nn.Linear(4, 4), (2, 7, 4), TokenTuningBlock, "BTC"),
        (nn.Linear(4, 4), (2, 4), TokenTuningBlock, "BC"),
        (nn.BatchNorm1d(4), (2, 4), TokenTuningBlock, "BC"),
        (nn.GroupNorm(2, 4), (2, 4, 5, 6), TuningBlock, "BCHW"),
        (nn.RMSNorm(4), (2, 7, 4), TokenTuningBlock, "BTC"),
    ],
)
def test_a_block_for_each_kind_of_layer(layer: nn.Module, shape: tuple[int, ...], kind: type, layout: str) -> None:
    net = DynamicNet.at_children(nn.Sequential(nn.Identity(), layer), ["0", "1"], torch.rand(shape), rank=2)
    for name in net.names:
        assert type(net.block(name)) is kind and net.block(name).layout == layout and net.block(name).rank == 2


def test_channels_last_pictures() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.norm = nn.Conv2d(3, 4, 1), nn.LayerNorm(4)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(self.stem(x).movedim(1, -1))

    net = DynamicNet.at_children(Last(), ["norm"], torch.rand(1, 3, 8, 6))
    assert type(net.block("norm")) is ChannelsLastTuningBlock
    right = torch.zeros(1, 1, 8, 6)
    right[..., 3:] = 1
    nn.init.constant_(net.block("norm").conv2.bias, 1.0)
    nn.init.normal_(net.block("norm").conv2.weight)
    x = torch.rand(1, 3, 8, 6)
    y = net(x, alpha=right)
    assert torch.equal(y[:, :, :3], net.main(x)[:, :, :3]) and not torch.equal(y[:, :, 3:], net.main(x)[:, :, 3:])


def test_time_first_and_what_the_example_does_not_tell() -> None:
    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(x.transpose(0, 1))

    assert attachable(Main(), torch.rand(2, 7, 3))[0].layout == "TBC"
    assert attachable(Main(), torch.rand(1, 7, 3))[0].layout == "TBC"
    child = attachable(Main(), torch.rand(3, 3, 3))[0]
    assert child.layout is None and "declare block.layout" in child.why_not


def test_a_child_that_is_called_with_several_widths() -> None:
    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu, self.one, self.two = nn.ReLU(), nn.Conv2d(3, 4, 1), nn.Conv2d(4, 5, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.relu(self.two(self.relu(self.one(x))))

    relu = attachable(Main(), torch.rand(1, 3, 4, 4))[0]
    assert relu.calls == 2 and relu.why_not == "its calls are with features of different widths"


@pytest.mark.parametrize("example", [(EXAMPLE, (4, 4)), {"x": EXAMPLE, "size": (4, 4)}, [EXAMPLE, (4, 4)]])
def test_examples_of_several_inputs(example: object) -> None:
    table = {child.path: child for child in attachable(Everything(), example)}
    assert table["windows"].shape == (4, 4, 12, 8)
    DynamicNet.at_children(Everything(), ["windows"], example)


def test_sets_at_children() -> None:
    net = DynamicNet.at_children(BatchNormNet(), {"one": ["norm", "conv2"], "other": ["conv2"]}, torch.rand(1, 3, 8, 8))
    assert net.names == ("one/norm", "one/conv2", "other/conv2")


def test_an_alias_names_the_same_child() -> None:
    main = BatchNormNet()
    main.also = main.norm
    assert DynamicNet.at_children(main, ["also"], torch.rand(1, 3, 8, 8)).block("also").channels == 4
    with pytest.raises(DynnetError, match="no child 'neither'"):
        DynamicNet.at_children(main, ["neither"], torch.rand(1, 3, 8, 8))


def test_the_table_reads_as_one() -> None:
    lines = str(attachable(BatchNormNet(), torch.rand(1, 3, 8, 8))).splitlines()
    assert lines[0].split() == ["child", "class", "calls", "features", "layout", "block"]
    assert lines[2].split() == ["norm", "BatchNorm2d", "1", "1", "×", "4", "×", "8", "×", "8", "BCHW", "444"]
    assert len(lines) == 4 and repr(attachable(BatchNormNet(), torch.rand(1, 3, 8, 8))).splitlines() == lines


def test_a_network_attached_to_is_looked_at_as_the_main_network() -> None:
    main, x = BatchNormNet(), torch.rand(1, 3, 8, 8)
    net = DynamicNet(main, {"norm": TuningBlock(4)})
    assert [child.path for child in attachable(main, x)] == ["conv1", "norm", "conv2"]
    assert torch.equal(
        net(x, alpha=0.0), F.conv2d(F.relu(main.norm(main.conv1(x))), main.conv2.weight, main.conv2.bias, padding=1)
    )


@pytest.mark.parametrize("shape", [(2, 0, 4, 4), (0, 3, 4, 4), (2, 3, 0, 4)])
def test_empty_features_carry_no_block(shape: tuple[int, ...]) -> None:
    class Main(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            self[0](torch.zeros(shape))
            return self[1](x)

    (empty, child) = attachable(Main(nn.ReLU(), nn.Conv2d(3, 2, 1)), torch.rand(2, 3, 4, 4))
    assert "empty" in empty.why_not and not child.why_not
