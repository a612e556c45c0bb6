"""Packed blocks: they start at nothing, keep the shape, and know where in a square of the pattern a pixel lies."""

import pytest
import torch
from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.paper.denoising.blocks import PackedBlock, with_new_blocks


class Counted(nn.Module):
    """A network that knows how many channels enter its children."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wide(self.narrow(x))

    def input_channels(self, path: str) -> int:
        return self.get_submodule(path).in_channels


@pytest.mark.parametrize("size", [(8, 8), (12, 6), (4, 20)])
def test_a_new_block_is_zero_and_keeps_the_shape(size: tuple[int, int]) -> None:
    z = torch.rand(2, 3, *size)
    assert torch.equal(PackedBlock(3, 8)(z), torch.zeros_like(z))


@torch.no_grad()
def test_it_moves_with_the_pattern_and_not_with_single_pixels() -> None:
    block = PackedBlock(1, 4)
    nn.init.normal_(block.conv2.weight)
    z = torch.rand(1, 1, 32, 32)
    inner = (..., slice(12, 20), slice(12, 20))  # out of reach of the rim
    psi = block(z)
    torch.testing.assert_close(block(z.roll(2, -1))[inner], psi.roll(2, -1)[inner])
    assert not torch.allclose(block(z.roll(1, -1))[inner], psi.roll(1, -1)[inner])


def test_narrow_places_get_packed_blocks() -> None:
    net = with_new_blocks(Counted(), ("narrow", "wide"), width=8)
    assert isinstance(net.block("narrow"), PackedBlock) and isinstance(net.block("wide"), TuningBlock)
    assert net.names == ("narrow", "wide")
