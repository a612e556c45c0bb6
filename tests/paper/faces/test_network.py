"""DCGAN: latents in, faces out; no picture sees its batch; tuning-blocks go where the official code puts them."""

import pytest
import torch
from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.faces.network import OFFICIAL_BLOCKS, Discriminator, Generator
from tests.tiny import awake, convolutions_counted


def dynamic_generator() -> DynamicNet:
    main = Generator(2, latent=5)
    main(torch.randn(8, 5))  # statistics that are not the initial ones
    return awake(DynamicNet(main, {path: TuningBlock(main.input_channels(path)) for path in OFFICIAL_BLOCKS}), 0.5)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1, 1)])
def test_latents_become_faces(shape: tuple[int, ...]) -> None:
    y = Generator(2, latent=5)(30 * torch.randn(shape))
    assert y.shape == (3, 3, 64, 64)
    assert y.min() >= 0 and y.max() <= 1 and y.std() > 0


def test_the_output_is_dcgans_tanh_on_our_scale() -> None:
    net, before = Generator(2, latent=5).eval(), {}
    net.out.conv.register_forward_hook(lambda _, args, y: before.update(y=y))
    y = net(50 * torch.randn(3, 5))
    torch.testing.assert_close(2 * y - 1, torch.tanh(before["y"]))


def test_both_shapes_of_latents_mean_the_same() -> None:
    net, z = Generator(2, latent=5).eval(), torch.randn(3, 5)
    assert torch.equal(net(z), net(z[..., None, None]))


def test_a_face_does_not_see_its_batch_in_eval_mode() -> None:
    net, z = dynamic_generator().eval(), torch.randn(4, 5)
    torch.testing.assert_close(net(z)[1:2], net(z[1:2]))
    main = net.main.train()
    assert not torch.allclose(main(z)[1:2], main(z[:2])[1:2])  # what the official code does


def test_a_logit_does_not_see_its_batch_in_any_mode() -> None:
    net, x = Discriminator(2), torch.rand(4, 3, 64, 64)
    assert net(x).shape == (4,)
    for mode in (True, False):
        torch.testing.assert_close(net.train(mode)(x)[1:2], net(x[1:2]))


def test_the_discriminator_sees_pictures_on_dcgans_scale() -> None:
    net, seen = Discriminator(2), {}
    net.down1.register_forward_pre_hook(lambda _, args: seen.update(x=args[0]))
    net(torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 64, 64))
    assert seen["x"][0, :, 7, 7].tolist() == [-1, 0, 1]


def test_the_papers_layers() -> None:
    def sizes(net: nn.Module, kind: type[nn.Module]) -> list[tuple[int, ...]]:
        return [tuple(m.weight.shape) for m in net.modules() if isinstance(m, kind)]

    up = sizes(Generator(), nn.ConvTranspose2d)
    assert up == [(100, 1024, 4, 4), (1024, 512, 4, 4), (512, 256, 4, 4), (256, 128, 4, 4), (128, 3, 4, 4)]
    assert sizes(Generator(4), nn.BatchNorm2d) == [(32,), (16,), (8,), (4,)]
    down = sizes(Discriminator(4), nn.Conv2d)
    assert down == [(4, 3, 4, 4), (8, 4, 4, 4), (16, 8, 4, 4), (32, 16, 4, 4), (1, 32, 4, 4)]
    assert sizes(Discriminator(4), nn.GroupNorm) == [(8,), (16,), (32,)]


@pytest.mark.parametrize("make", [Generator, Discriminator])
def test_weights_are_drawn_as_dcgans(make: type[nn.Module]) -> None:
    for name, values in make(16).state_dict().items():
        if "conv.weight" in name or name == "out.weight":
            assert values.std().item() == pytest.approx(0.02, rel=0.1) and abs(values.mean()) < 0.005
        elif "norm.weight" in name:
            assert values.mean().item() == pytest.approx(1, abs=0.02) and 0 < values.std() < 0.04
        elif "bias" in name:
            assert not values.any()


def test_input_channels_are_what_enters_each_child() -> None:
    net, entering = Generator(3, latent=7), {}
    for name, child in net.named_children():
        child.register_forward_pre_hook(lambda _, args, name=name: entering.update({name: args[0].shape[1:]}))
    net(torch.randn(2, 7))
    assert {name: shape[0] for name, shape in entering.items()} == {name: net.input_channels(name) for name in entering}
    assert list(entering) == [name for name, _ in net.named_children()]
    assert [shape[-1] for shape in entering.values()] == [1, 4, 8, 16, 32]


def test_the_official_block_has_256_channels_at_16_pixels() -> None:
    assert [Generator().input_channels(path) for path in OFFICIAL_BLOCKS] == [256]
    net, seen = dynamic_generator(), {}
    net.block(OFFICIAL_BLOCKS[0]).register_forward_pre_hook(lambda _, args: seen.update(shape=args[0].shape))
    net(torch.randn(2, 5))
    assert seen["shape"] == (2, 4, 16, 16)


def test_blocks_fit_at_every_child() -> None:
    net = Generator(2, latent=5)
    sizes = {name: 1 if name == "project" else 3 for name, _ in net.named_children()}  # one pixel has no reflection
    blocks = {name: TuningBlock(net.input_channels(name), size) for name, size in sizes.items()}
    assert awake(DynamicNet(net, blocks))(torch.randn(2, 5)).shape == (2, 3, 64, 64)


def test_alpha_0_is_the_main_network_to_the_bit() -> None:
    net, z = dynamic_generator(), torch.randn(3, 5)
    assert torch.equal(net(z, alpha=0.0), net.main(z))
    assert not torch.equal(net(z, alpha=1.0), net.main(z))


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1, 1)])
def test_incremental_evaluation_is_the_plain_pass(shape: tuple[int, ...]) -> None:
    net, z = dynamic_generator(), torch.randn(shape)
    render = IncrementalForward(net, z)
    render(1.0)
    for alpha in (0.3, -0.7, 0.0, 1.4, torch.tensor([0.0, 0.5, 1.0])):
        torch.testing.assert_close(render(alpha), net(z, alpha=alpha), rtol=0, atol=1e-5)
    assert render.incremental
    with convolutions_counted({"project": net.main.project.conv.weight, "out": net.main.out.conv.weight}) as counts:
        render(0.9)
    assert counts == {"out": 1}


def test_what_is_refused() -> None:
    with pytest.raises(DynnetError, match="at least 1, got 0 and 100"):
        Generator(0)
    with pytest.raises(DynnetError, match="at least 1, got 2 and 0"):
        Generator(2, latent=0)
    with pytest.raises(DynnetError, match="at least 1, got 0; DCGAN's is 128"):
        Discriminator(0)
    with pytest.raises(DynnetError, match=r"no child 'l4'; it has project, up1, up2, up3, out"):
        Generator(2).input_channels("l4")
    for shape in [(2, 6), (10,), (1, 5, 2, 2), (10, 1)]:
        with pytest.raises(DynnetError, match=r"takes latents \(B, 5\) or \(B, 5, 1, 1\), got"):
            Generator(2, latent=5)(torch.randn(shape))
    with pytest.raises(DynnetError, match=r"takes \(B, 3, 64, 64\), got \(2, 3, 128, 128\); resize"):
        Discriminator(2)(torch.rand(2, 3, 128, 128))
