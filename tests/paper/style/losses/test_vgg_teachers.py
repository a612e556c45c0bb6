"""The original VGG networks: Caffe weights from an npz, torchvision's where they can be fetched."""

from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.vgg_teachers import vgg16, vgg19

CAFFE_MEAN_BGR = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
SHAPES = {"conv1_1": (64, 3, 3, 3), "conv1_2": (64, 64, 3, 3), "conv2_1": (128, 64, 3, 3)}


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = {}
    for name, shape in SHAPES.items():
        arrays[f"{name}.weight"] = (rng.standard_normal(shape) * 0.1).astype(np.float32)
        arrays[f"{name}.bias"] = (10 * rng.standard_normal(shape[0])).astype(np.float32)
    return arrays


def caffe_activations(weights: dict[str, np.ndarray], x: Tensor) -> dict[str, Tensor]:
    """As Caffe had it: BGR, 0 ... 255, mean subtracted."""
    z, out = 255 * x.flip(1) - CAFFE_MEAN_BGR, {}
    for name in SHAPES:
        z = F.max_pool2d(z, 2) if name == "conv2_1" else z
        z = F.conv2d(z, *(torch.from_numpy(weights[f"{name}.{part}"]) for part in ("weight", "bias")), padding=1).relu()
        out[name.replace("conv", "relu")] = z
    return out


def test_caffe_weights_give_caffes_activations_over_57_375(tmp_path: Path, weights: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "vgg.npz", **weights)
    x = torch.rand(2, 3, 12, 10)
    network = vgg19(tmp_path / "vgg.npz", taps=("relu1_1", "relu1_2", "relu2_1"))
    expected = caffe_activations(weights, x)
    for name, z in network(x).items():
        torch.testing.assert_close(z, expected[name] / 57.375, rtol=1e-4, atol=1e-4)
    assert not network.training and not any(p.requires_grad for p in network.parameters())


def test_a_missing_file_a_missing_key_and_another_shape_are_refused(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    with pytest.raises(DynnetError, match=r"no VGG19 weights at .*gone\.npz"):
        vgg19(tmp_path / "gone.npz")
    np.savez(tmp_path / "short.npz", **weights)
    with pytest.raises(DynnetError, match=r"does not hold the VGG19 weights conv1_1 \.\.\. conv3_4.*conv2_2"):
        vgg19(tmp_path / "short.npz")
    np.savez(tmp_path / "other.npz", **weights | {"conv1_1.bias": np.zeros(7, np.float32)})
    with pytest.raises(DynnetError, match="does not hold"):
        vgg19(tmp_path / "other.npz", taps=("relu1_2",))


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vgg.npz").write_bytes(content)
    with pytest.raises(DynnetError, match="does not hold"):
        vgg19(tmp_path / "vgg.npz")


def test_a_single_array_is_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "vgg.npy", np.zeros(3))
    with pytest.raises(DynnetError, match="does not hold"):
        vgg19(tmp_path / "vgg.npy")


def test_random_weights_have_the_layers_up_to_the_last_tap() -> None:
    network = vgg16("random", taps=("relu1_2", "relu2_2"))
    assert list(network.convs) == ["conv1_1", "conv1_2", "conv2_1", "conv2_2"]
    assert {n: z.shape[1] for n, z in network(torch.rand(1, 3, 16, 16)).items()} == {"relu1_2": 64, "relu2_2": 128}
    assert list(vgg19("random").convs)[-1] == "conv3_4"
    with pytest.raises(DynnetError, match="'imagenet' or 'random', got 'places'"):
        vgg16("places")


def test_torchvisions_weights_go_to_the_layers_of_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    convs = [nn.Conv2d(3, 64, 3), nn.Conv2d(64, 64, 3), nn.Conv2d(64, 128, 3), nn.Conv2d(128, 128, 3)]
    layers = [layer for conv in convs for layer in (conv, nn.ReLU())]
    fetched = []

    def get_model(family: str, weights: str) -> SimpleNamespace:
        fetched.append((family, weights))
        return SimpleNamespace(features=nn.Sequential(*layers))

    monkeypatch.setattr("torchvision.models.get_model", get_model)
    network = vgg16(taps=("relu1_2", "relu2_1"))
    assert fetched == [("vgg16", "IMAGENET1K_V1")]
    assert list(network.convs) == list(SHAPES)
    for mine, theirs in zip(network.convs.values(), convs[:3], strict=True):
        assert torch.equal(mine.weight, theirs.weight) and torch.equal(mine.bias, theirs.bias)


def test_without_a_network_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError(OSError("no route to host"))

    monkeypatch.setattr("torchvision.models.get_model", offline)
    for make in (vgg16, vgg19):
        with pytest.raises(DynnetError, match=r"could not be fetched.*no route to host.*make data.*vgg19_lite"):
            make("imagenet")
