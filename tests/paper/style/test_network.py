"""The transformer net: any size in, the same size out, and the widths that tuning-blocks need."""

import numpy as np
import pytest
import torch
from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.style.network import OFFICIAL_BLOCKS, TransformerNet


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 16), (18, 23), (31, 20)])
def test_output_is_as_large_as_the_input_and_a_picture(height: int, width: int) -> None:
    y = TransformerNet(2)(torch.rand(2, 3, height, width))
    assert y.shape == (2, 3, height, width)
    assert y.min() >= 0 and y.max() <= 1 and y.std() > 0


def test_the_picture_is_continued_by_reflection_and_the_output_cut_back() -> None:
    net, x, seen = TransformerNet(2).eval(), torch.rand(1, 3, 18, 20), {}
    net.conv1.register_forward_pre_hook(lambda _, args: seen.update(entering=args[0]))
    net.out.register_forward_hook(lambda _, args, y: seen.update(leaving=y))
    y = net(x)
    continued = np.pad(x, ((0, 0), (0, 0), (12, 12 + 2), (12, 12)), mode="reflect")  # 2 more rows make 44
    assert np.array_equal(seen["entering"], continued)
    assert torch.equal(seen["leaving"][..., 12:30, 12:32], y)


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    net, x = TransformerNet(2).train(), torch.rand(3, 3, 16, 16)
    torch.testing.assert_close(net(x)[1:2], net(x[1:2]))


def test_input_channels_are_what_enters_each_child() -> None:
    net, entering = TransformerNet(3), {}
    for name, child in net.named_children():
        child.register_forward_pre_hook(lambda _, args, name=name: entering.update({name: args[0].shape[1]}))
    net(torch.rand(1, 3, 16, 16))
    assert entering == {name: net.input_channels(name) for name, _ in net.named_children()}


def test_blocks_fit_at_every_child() -> None:
    net = TransformerNet(2)
    blocks = {name: TuningBlock(net.input_channels(name)) for name, _ in net.named_children()}
    assert DynamicNet(net, blocks)(torch.rand(1, 3, 16, 16)).shape == (1, 3, 16, 16)
    assert set(OFFICIAL_BLOCKS) <= set(blocks)


def test_the_papers_layers() -> None:
    net = TransformerNet(4)
    sizes = [tuple(m.weight.shape) for m in net.modules() if isinstance(m, nn.Conv2d)]
    residual = [(16, 16, 3, 3)] * 10
    down, up = [(4, 3, 9, 9), (8, 4, 3, 3), (16, 8, 3, 3)], [(8, 16, 3, 3), (4, 8, 3, 3), (3, 4, 9, 9)]
    assert sizes == down + residual + up


def test_bad_width_and_bad_child() -> None:
    with pytest.raises(DynnetError, match="at least 1, got 0"):
        TransformerNet(0)
    with pytest.raises(DynnetError, match=r"no child 'res6'; it has .*res1.*out|no child 'res6'"):
        TransformerNet(2).input_channels("res6")
