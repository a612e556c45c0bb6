"""The demosaicking network: the authors' arithmetic on a continued mosaic, traceable, and theirs bit for bit at 0."""

import pytest
import torch
import torch.nn.functional as F

from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.samples import sample_crops
from dynnet.paper.denoising.blocks import with_new_blocks
from dynnet.paper.denoising.measures import psnr
from dynnet.paper.denoising.mosaics import bayer_mosaic, noisy_mosaic
from dynnet.paper.denoising.network import BayerNet, load_bayer_net
from dynnet.paper.denoising.packages import missing_packages
from tests.tiny import awake

PLACES = ("main_processor.conv2", "residual_predictor", "fullres_processor.post_conv")
needs_weights = pytest.mark.skipif("demosaicnet" in missing_packages(), reason="needs the weights: dynnet[strangers]")


def authors(network: BayerNet, mosaic: torch.Tensor) -> torch.Tensor:
    """What the package computes: nothing is padded, and the mosaic is cropped to what is left."""
    z = mosaic
    for layer in network.main_processor:
        z = layer(z)
    width = z.shape[1] // 2
    upsampled = network.upsampler(network.residual_predictor(z[:, :width] * z[:, width:]))
    crop = (mosaic.shape[-1] - upsampled.shape[-1]) // 2
    return network.fullres_processor(torch.cat([mosaic[..., crop:-crop, crop:-crop], upsampled], 1))


def test_parameters_are_as_many_and_named_as_the_authors_are() -> None:
    network = BayerNet()
    assert sum(p.numel() for p in network.parameters()) == 560_886
    names = {name.rpartition(".")[0] for name, _ in network.named_parameters()}
    assert names == {
        "main_processor.pack_mosaic",
        *(f"main_processor.conv{i}" for i in range(1, 16)),
        "residual_predictor",
        "upsampler",
        "fullres_processor.post_conv",
        "fullres_processor.output",
    }


@pytest.mark.parametrize("size", [(24, 24), (36, 26)])
@torch.no_grad()
def test_it_is_the_authors_arithmetic_on_a_mosaic_continued_by_reflection(size: tuple[int, int]) -> None:
    network, mosaic = BayerNet(depth=3, width=4).eval(), bayer_mosaic(torch.rand(2, 3, *size))
    y = network(mosaic)
    wanted = authors(network, F.pad(mosaic, (8,) * 4, mode="reflect"))
    assert y.shape == mosaic.shape
    assert torch.equal(y, wanted[..., 1:-1, 1:-1])


@torch.no_grad()
def test_it_can_be_traced_with_blocks() -> None:
    net = awake(with_new_blocks(BayerNet(depth=3, width=8), PLACES, width=8), 0.3)
    x = bayer_mosaic(torch.rand(1, 3, 24, 24))
    render = IncrementalForward(net, x)
    for alpha in (0.0, 0.7, {"residual_predictor": 1.0}):
        torch.testing.assert_close(render(alpha), net(x, alpha=alpha), rtol=0, atol=1e-5)
    assert render.incremental


@pytest.mark.parametrize("path", ["main_processor.relu1", "conv1", ""])
def test_blocks_go_before_convolutions(path: str) -> None:
    with pytest.raises(DynnetError, match=f"{path!r} is none"):
        BayerNet(depth=2, width=4).input_channels(path)


def test_without_the_package_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynnet.paper.denoising.network.PACKAGE", "no_such_stranger")
    with pytest.raises(DynnetError, match="no_such_stranger is not installed"):
        load_bayer_net()


@needs_weights
@torch.no_grad()
def test_the_released_weights_demosaic_and_do_not_denoise() -> None:
    network, x = load_bayer_net(), to_tensor(sample_crops(2, 96))
    clean, noisy = (psnr(network(noisy_mosaic(x, sigma, seed=0)), x).mean().item() for sigma in (0.0, 0.05))
    assert clean > 33  # bilinear interpolation gives less than 30 on such crops
    assert noisy < clean - 5  # 0.05 alone is 26 dB


@needs_weights
@torch.no_grad()
def test_alpha_0_is_the_authors_network_bit_for_bit() -> None:
    net = awake(with_new_blocks(load_bayer_net(), ("main_processor.conv11", *PLACES[1:]), width=64), 0.3)
    mosaic = noisy_mosaic(torch.rand(1, 3, 40, 40), 0.05, seed=0)
    wanted = authors(net.main, F.pad(mosaic, (32,) * 4, mode="reflect"))[..., 1:-1, 1:-1]
    assert torch.equal(net(mosaic, alpha=0.0), wanted)
    assert not torch.equal(net(mosaic, alpha=1.0), wanted)
