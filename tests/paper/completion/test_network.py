"""The completion net: known pixels stay, the hole is drawn from all of them, and tuning-blocks fit the decoder."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.completion.holes import box_hole, centre_hole, random_holes, with_hole, with_mask
from dynnet.paper.completion.network import BLOCKS, FILL, CompletionNet
from tests.tiny import awake, convolutions_counted


def holed(batch: int = 2, size: int = 64) -> Tensor:
    return with_hole(torch.rand(batch, 3, size, size), centre_hole(size))


def dynamic_completion() -> DynamicNet:
    main = CompletionNet(2)
    return awake(DynamicNet(main, {path: TuningBlock(main.input_channels(path)) for path in BLOCKS}), 0.3).eval()


def entering(net: CompletionNet, x: Tensor) -> dict[str, Tensor]:
    """What enters each child, in the order of the calls."""
    seen: dict[str, Tensor] = {}
    for name, child in net.named_children():
        child.register_forward_pre_hook(lambda _, args, name=name: seen.update({name: args[0]}))
    net(x)
    return seen


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 64), (64, 96), (128, 128)])
def test_the_output_is_a_picture_of_the_same_size(height: int, width: int) -> None:
    mask = torch.zeros(2, 1, height, width)
    mask[..., 8:24, 8:24] = 1
    y = CompletionNet(2).train()(torch.cat([torch.rand(2, 3, height, width), mask], 1))
    assert y.shape == (2, 3, height, width)
    assert y.min() >= 0 and y.max() <= 1 and y[..., 8:24, 8:24].std() > 0


def test_known_pixels_stay_to_the_bit_and_the_hole_is_the_networks() -> None:
    net, drawn = dynamic_completion(), {}
    net.main.out.register_forward_hook(lambda _, args, y: drawn.update(y=y))
    truth, mask = torch.rand(2, 3, 64, 64), torch.cat([centre_hole(64), box_hole(64, 3, 40, 20)])
    for alpha in (0.0, 0.7, -3.0):
        y = net(with_hole(truth, mask), alpha=alpha)
        hole = mask.expand_as(y) == 1
        assert torch.equal(y[~hole], truth[~hole])
        assert torch.equal(y[hole], drawn["y"][hole])


def test_what_the_picture_holds_in_the_hole_is_never_seen() -> None:
    net, mask, truth = CompletionNet(2), centre_hole(64), torch.rand(2, 3, 64, 64)
    assert torch.equal(net(with_mask(truth, mask)), net(with_hole(truth, mask, FILL)))
    assert torch.equal(net(with_hole(truth, mask, 0.0)), net(with_hole(truth, mask, 1.0)))
    assert entering(net, with_mask(truth, mask))["down1"][:, :3, 16:48, 16:48].abs().max() == 0


def test_pictures_enter_on_pix2pixs_scale_and_the_mask_as_it_is() -> None:
    grey = torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    x = entering(CompletionNet(2), with_hole(grey, centre_hole(64)))["down1"]
    assert x[0, :, 0, 0].tolist() == [-1, 0, 1, 0]
    assert x[0, :, 32, 32].tolist() == [0, 0, 0, 1]


def test_the_output_is_a_tanh_on_our_scale() -> None:
    net, before = CompletionNet(2), {}
    net.out.conv.register_forward_hook(lambda _, args, y: before.update(y=y))
    y = net(holed())[..., 16:48, 16:48]
    torch.testing.assert_close(2 * y - 1, torch.tanh(before["y"][..., 16:48, 16:48]))


def test_every_pixel_of_the_hole_sees_every_known_one() -> None:
    """By convolutions alone: the norm, whose means reach everywhere, is taken out."""
    net = CompletionNet(2).double()
    for module in net.modules():
        if hasattr(module, "norm"):
            module.norm = nn.Identity()
        for parameter in module.parameters(recurse=False):  # no weight and no ReLU can hide a path
            nn.init.uniform_(parameter, 0.01, 0.02)
    x = with_hole(0.5 + torch.rand(1, 3, 128, 128).double() / 2, centre_hole(128)).requires_grad_()
    for row, column in [(32, 32), (32, 95), (63, 64), (95, 32), (95, 95)]:
        (gradient,) = torch.autograd.grad(net(x)[0, 0, row, column], x)
        known = centre_hole(128)[0, 0] == 0
        assert (gradient[0, :3, known] != 0).all()


def test_no_picture_sees_its_batch_in_any_mode() -> None:
    net, x = CompletionNet(2), holed(3)
    for mode in (True, False):
        torch.testing.assert_close(net.train(mode)(x)[1:2], net(x[1:2]))


def test_channels_double_up_to_eight_times_the_width() -> None:
    net = CompletionNet(4)
    down = [tuple(getattr(net, f"down{k}").conv.weight.shape) for k in range(1, 6)]
    up = [tuple(getattr(net, f"up{k}").conv.weight.shape) for k in range(1, 6)]
    assert down == [(4, 4, 4, 4), (8, 4, 4, 4), (16, 8, 4, 4), (32, 16, 4, 4), (32, 32, 4, 4)]
    assert up == [(32, 32, 3, 3), (16, 64, 3, 3), (8, 32, 3, 3), (4, 16, 3, 3), (4, 8, 3, 3)]
    assert not any(isinstance(module, nn.ConvTranspose2d | nn.Dropout) for module in net.modules())


def test_input_channels_are_what_enters_each_child() -> None:
    net = CompletionNet(3)
    seen = entering(net, holed(1, 128))
    assert {name: z.shape[1] for name, z in seen.items()} == {name: net.input_channels(name) for name in seen}
    assert list(seen) == [name for name, _ in net.named_children()]
    assert [z.shape[-1] for z in seen.values()] == [128, 64, 32, 16, 8, 4, 4, 8, 16, 32, 64, 128]


def test_skips_carry_the_encoder_to_the_decoder() -> None:
    net, left = CompletionNet(2), {}
    for k in range(1, 5):
        getattr(net, f"down{k}").register_forward_hook(lambda _, args, y, k=k: left.update({k: y}))
    seen = entering(net, holed())
    for k in range(1, 5):
        assert torch.equal(seen[f"up{6 - k}"][:, -left[k].shape[1] :], left[k])


def test_blocks_fit_at_every_child_and_cost_less_than_one_and_a_half_main_networks() -> None:
    net = CompletionNet(4)
    blocks = {name: TuningBlock(net.input_channels(name)) for name, _ in net.named_children()}
    assert awake(DynamicNet(net, blocks))(holed(1)).shape == (1, 3, 64, 64)
    seen = entering(net, x := holed(1, 128))
    three = sum(_products(blocks[name], seen[name]) for name in BLOCKS)
    assert three < 1.5 * _products(net, x)


def test_width_16_costs_less_than_a_quarter_of_a_billion_products() -> None:
    assert _products(CompletionNet(16), holed(1, 128)) < 0.25e9


def test_alpha_0_is_the_main_network_to_the_bit_and_every_block_matters() -> None:
    net, x = dynamic_completion(), holed()
    assert torch.equal(net(x, alpha=0.0), net.main(x))
    for name in BLOCKS:
        assert not torch.equal(net(x, alpha={name: 1.0}), net.main(x))


def test_gradients_reach_all_weights_and_no_known_pixel_changes_them() -> None:
    net, mask = CompletionNet(2), centre_hole(64)
    y = net(with_hole(torch.rand(2, 3, 64, 64), mask))
    (y * (1 - mask)).sum().backward()
    assert not any(p.grad.any() for p in net.parameters())
    net(with_hole(torch.rand(2, 3, 64, 64), mask)).square().sum().backward()
    assert all(p.grad.any() for p in net.parameters())


@pytest.mark.parametrize("size", [64, 128])
def test_incremental_evaluation_is_the_plain_pass(size: int) -> None:
    net = dynamic_completion()
    x = with_hole(torch.rand(2, 3, size, size), random_holes(2, size, np.random.default_rng(0)))
    render = IncrementalForward(net, x)
    render(1.0)
    for alpha in (0.3, -0.7, 0.0, 1.4, {"up3": 0.2, "out": 2.0}, torch.tensor([0.0, 0.5]), torch.rand(2, 1, 8, 8)):
        torch.testing.assert_close(render(alpha), net(x, alpha=alpha), rtol=0, atol=1e-5)
    other = with_hole(torch.rand(2, 3, size, size), centre_hole(size))  # a slider that moves the hole
    render.set_input(other)
    torch.testing.assert_close(render(0.4), net(other, alpha=0.4), rtol=0, atol=1e-5)
    assert render.incremental


@pytest.mark.usefixtures("operators_only")
def test_a_step_of_a_block_runs_nothing_before_it() -> None:
    net = dynamic_completion()
    render = IncrementalForward(net, holed(1))
    weights = {name: child.conv.weight for name, child in net.main.named_children() if name != "middle"}
    for _ in range(3):  # the first input and the second are compared with the plain pass
        render.set_input(holed(1))
        render(1.0)
        with convolutions_counted(weights) as first:
            render({"up3": 1.0, "up4": 1.0, "out": 0.5})
            render({"up3": 1.0, "up4": 1.0, "out": 0.6})
        with convolutions_counted(weights) as second:
            render({"up3": 1.0, "up4": 0.5, "out": 0.6})
    assert first == {"out": 2}  # of z and of psi(z), once for all alphas
    assert second == {"up4": 2, "up5": 1, "out": 1}


def test_what_is_refused() -> None:
    with pytest.raises(DynnetError, match="at least 1, got 0; pix2pix's is 64"):
        CompletionNet(0)
    with pytest.raises(DynnetError, match=r"no child 'up6'; it has down1, down2.*up5, out"):
        CompletionNet(2).input_channels("up6")
    for shape in [(1, 4, 48, 64), (1, 4, 64, 100), (1, 3, 64, 64), (4, 64, 64), (1, 4, 0, 64)]:
        with pytest.raises(DynnetError, match=r"takes \(B, 4, H, W\).*multiples of 32, got \(.*resize"):
            CompletionNet(2)(torch.rand(shape))


def _products(net: nn.Module, x: Tensor) -> int:
    """Multiplications of a pass for one picture, in convolutions."""
    products = []
    for conv in (module for module in net.modules() if isinstance(module, nn.Conv2d)):
        conv.register_forward_hook(lambda conv, _, y: products.append(y[0, 0].numel() * conv.weight.numel()))
    net(x)
    return sum(products)
