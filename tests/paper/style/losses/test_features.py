"""The feature networks by name, and what lambda weighs on each."""

from pathlib import Path
from urllib.error import URLError

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.style.losses import features as losses
from dynnet.paper.style.losses.features import LAMBDA_UNIT, feature_network, style_weight


def test_the_shipped_network_is_a_constant_with_three_taps() -> None:
    network, x = feature_network("vgg19_lite"), torch.rand(1, 3, 16, 16, requires_grad=True)
    features = network(x)
    assert {name: z.shape[1] for name, z in features.items()} == {"relu1_2": 64, "relu2_2": 128, "relu3_4": 256}
    assert not network.training and not any(p.requires_grad for p in network.parameters())
    sum(z.sum() for z in features.values()).backward()
    assert torch.isfinite(x.grad).all() and x.grad.abs().sum() > 0


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(DynnetError, match=r"no feature network 'resnet'; there are vgg19_lite and vgg16"):
        feature_network("resnet")


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "VGG19_LITE", tmp_path / "vgg19_lite.safetensors")
    with pytest.raises(DynnetError, match="no checkpoint at"):
        feature_network("vgg19_lite")


def test_vgg16_without_a_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError(OSError("no route to host"))

    monkeypatch.setattr("torchvision.models.get_model", offline)
    with pytest.raises(DynnetError, match="vgg16 could not be fetched"):
        feature_network("vgg16")


def test_style_weight_is_proportional_to_lambda() -> None:
    for name, unit in LAMBDA_UNIT.items():
        assert style_weight(2e4, name) == pytest.approx(2e4 * unit)
        assert style_weight(0, name) == 0
    assert style_weight(1e6, "vgg16") == 1e6  # the paper's own network and units
