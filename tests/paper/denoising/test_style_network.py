"""The style network of others at one style."""

import warnings

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.denoising import style_network
from dynnet.paper.denoising.blocks import with_new_blocks
from dynnet.paper.denoising.packages import missing_packages, package_file
from dynnet.paper.denoising.style_network import STYLES, load_style_network, one_style
from tests.tiny import awake

PLACES = ("network.res/4/0/Conv", "network.expand/1/Conv", "network.expand/2/Sigmoid")
needs_weights = pytest.mark.skipif(bool(missing_packages()), reason="needs the weights: dynnet[strangers]")


@pytest.mark.parametrize("index", [-1, STYLES])
def test_there_are_26_styles(index: int) -> None:
    with pytest.raises(DynnetError, match=f"the styles 0 to 25, got {index}"):
        one_style(index)


def test_without_the_package_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style_network, "PACKAGE", "no_such_stranger")
    with pytest.raises(DynnetError, match="no_such_stranger is not installed"):
        load_style_network(0)


@needs_weights
@torch.no_grad()
def test_it_runs_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_style_network(19)(torch.rand(1, 3, 32, 32))


@needs_weights
@torch.no_grad()
def test_it_is_what_onnxruntime_makes_of_the_file() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = package_file(style_network.PACKAGE, style_network.WEIGHTS)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = torch.rand(1, 3, 32, 32)
    wanted = session.run(None, {"image": x.numpy(), "style_weights": one_style(19).numpy()})[0]
    torch.testing.assert_close(load_style_network(19)(x), torch.from_numpy(wanted), rtol=0, atol=1e-4)


@needs_weights
@torch.no_grad()
def test_blocks_attach_and_alpha_0_is_the_network_bit_for_bit() -> None:
    main, x = load_style_network(19), torch.rand(2, 3, 32, 32)
    net = awake(with_new_blocks(main, PLACES, width=32), 0.3)
    assert torch.equal(net(x, alpha=0.0), main(x))
    assert not torch.allclose(net(x, alpha=1.0), main(x), atol=1e-3)
    with pytest.raises(DynnetError, match="convolution or the sigmoid"):
        main.input_channels("network.res/4/0/Relu")
