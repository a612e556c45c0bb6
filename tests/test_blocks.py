"""Tuning-blocks for every layout: the paper's own, and those that are it, turned about."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.blocks import (
    ChannelsLastTuningBlock,
    TokenTuningBlock,
    TuningBlock,
    TuningBlock1d,
    TuningBlock3d,
    block_for,
)
from dynnet.errors import DynnetError

KINDS = {
    "BCHW": (TuningBlock, (2, 5, 6, 7)),
    "BCL": (TuningBlock1d, (2, 5, 6)),
    "BCDHW": (TuningBlock3d, (2, 5, 3, 4, 5)),
    "BHWC": (ChannelsLastTuningBlock, (2, 6, 7, 5)),
    "BTC": (TokenTuningBlock, (2, 6, 5)),
}


def awake(block: nn.Module) -> nn.Module:
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.5)
    return block


@pytest.mark.parametrize("layout", KINDS)
@pytest.mark.parametrize("rank", [None, 1, 2, 9])
def test_a_block_keeps_the_shape_and_starts_at_zero(layout: str, rank: int | None) -> None:
    kind, shape = KINDS[layout]
    block, z = kind(5, rank=rank), torch.randn(shape)
    assert block.layout == layout
    assert torch.equal(block(z), torch.zeros(shape))
    assert awake(block)(z).shape == shape and block(z).std() > 0
    assert type(block)(**block.arguments()).state_dict().keys() == block.state_dict().keys()


def test_the_papers_block_is_stored_as_ever() -> None:
    shapes = {name: tuple(value.shape) for name, value in TuningBlock(5).state_dict().items()}
    expected = {
        f"conv{i}.{part}": shape for i in range(3) for part, shape in (("weight", (5, 5, 3, 3)), ("bias", (5,)))
    }
    assert shapes == expected


def test_a_rank_makes_a_block_small() -> None:
    """At the input of resnet50's layer4, where the paper's block is larger than the network."""
    with torch.device("meta"):
        full, small = (sum(p.numel() for p in TuningBlock(1024, rank=rank).parameters()) for rank in (None, 64))
    assert full == 3 * (9 * 1024 + 1) * 1024 and small == 2 * 9 * 64 * 1024 + 9 * 64 * 64 + 64 + 64 + 1024


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_channels_last_block_is_the_papers(size: int) -> None:
    block, last = awake(TuningBlock(5, size)), ChannelsLastTuningBlock(5, size)
    last.load_state_dict(block.state_dict())
    z = torch.randn(2, 5, 6, 7)
    torch.testing.assert_close(last(z.movedim(1, -1)), block(z).movedim(1, -1))


def test_a_block_for_signals_is_the_papers_on_rows_of_one_place() -> None:
    """A signal as a picture of equal columns, through kernels that look along the rows alone."""
    block, flat = awake(TuningBlock1d(4)), TuningBlock(4)
    for name, value in block.state_dict().items():
        if value.ndim == 1:
            flat.state_dict()[name].copy_(value)
        else:
            flat.state_dict()[name].copy_(torch.stack([0 * value, value, 0 * value], -1))
    z = torch.randn(2, 4, 9)
    torch.testing.assert_close(flat(z.unsqueeze(-1).expand(-1, -1, -1, 3))[..., 1], block(z))


def test_tokens_are_tuned_each_by_itself() -> None:
    block, z = awake(TokenTuningBlock(5)), torch.randn(2, 6, 5)
    torch.testing.assert_close(block(z)[:, 2:4], block(z[:, 2:4]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (2, 5), (1, 2)])
@pytest.mark.parametrize("size", [3, 5])
def test_features_of_few_places(shape: tuple[int, int], size: int) -> None:
    """Reflected where that can be done; else the border goes on."""
    block, z = awake(TuningBlock(3, size)), torch.randn(2, 3, *shape)
    assert block(z).shape == z.shape

    def padded(z: Tensor) -> Tensor:
        for axis, length in ((2, shape[0]), (3, shape[1])):
            around = torch.arange(-(size // 2), length + size // 2)
            inside = around.abs() if length > size // 2 else around
            inside = torch.where(inside >= length, 2 * (length - 1) - inside, inside) if length > size // 2 else inside
            z = z.index_select(axis, inside.clamp(0, length - 1))
        return z

    expected = z
    for conv in (block.conv0, block.conv1, block.conv2):
        expected = nn.functional.conv2d(padded(expected), conv.weight, conv.bias)
        expected = expected if conv is block.conv2 else expected.relu()
    torch.testing.assert_close(block(z), expected)


@pytest.mark.parametrize(("kind", "shape"), [(TuningBlock1d, (1, 3, 1)), (TuningBlock3d, (1, 3, 1, 2, 5))])
def test_signals_and_volumes_of_few_places(kind: type, shape: tuple[int, ...]) -> None:
    assert awake(kind(3))(torch.randn(shape)).shape == shape


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: TuningBlock(4, 2), "odd size, e.g. 3, got 2"),
        (lambda: TuningBlock(4, rank=0), "rank is 1 or more, got 0"),
        (lambda: TokenTuningBlock(4, rank=-1), "rank is 1 or more, got -1"),
        (lambda: TokenTuningBlock(4, layout="BCHW"), "channels last, e.g. \"BTC\", got 'BCHW'"),
        (lambda: TokenTuningBlock(4, layout="BQC"), "a layout names its axes by letters"),
    ],
)
def test_blocks_that_cannot_be(make: object, complaint: str) -> None:
    with pytest.raises(DynnetError, match=complaint):
        make()


@pytest.mark.parametrize("layout", [*KINDS, "BC", "TBC", "NTC", "NHWC", "NCHW", "BDHWC", "BNTC", "NNTC"])
def test_there_is_a_block_for_every_layout_that_is_found(layout: str) -> None:
    sizes = [{"C": 5}.get(letter, 4) for letter in layout]
    block = block_for(layout, 5, rank=2)
    assert block.layout == layout and awake(block)(torch.randn(sizes)).shape == tuple(sizes)
    if layout in KINDS:
        assert type(block) is KINDS[layout][0]
