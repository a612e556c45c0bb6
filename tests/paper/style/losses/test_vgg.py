"""The VGG trunk: names, shapes, and weights that are constants."""

import pytest
import torch
import torch.nn.functional as F

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.vgg import VGGTrunk, conv_names, full_widths, relu_name

WIDTHS = {"conv1_1": 4, "conv1_2": 5, "conv2_1": 6, "conv2_2": 7, "conv3_1": 8}


def trunk(*taps: str) -> VGGTrunk:
    return VGGTrunk(WIDTHS, taps).frozen()


def test_layer_names_of_both_families() -> None:
    assert conv_names("vgg16", "conv2_1") == ["conv1_1", "conv1_2", "conv2_1"]
    assert len(conv_names("vgg16", "conv5_3")) == 13 and len(conv_names("vgg19", "conv5_4")) == 16
    assert relu_name("conv3_4") == "relu3_4"
    with pytest.raises(DynnetError, match=r"vgg16 has no layer 'conv3_4'; it has conv1_1"):
        conv_names("vgg16", "conv3_4")


def test_widths_of_the_original() -> None:
    assert full_widths("vgg19", "conv3_4") == dict(
        zip(conv_names("vgg19", "conv3_4"), [64] * 2 + [128] * 2 + [256] * 4, strict=True)
    )


def test_shapes_of_the_taps() -> None:
    features = trunk("relu1_2", "relu2_1", "relu3_1")(torch.rand(2, 3, 18, 24))
    shapes = {name: tuple(z.shape) for name, z in features.items()}
    assert shapes == {"relu1_2": (2, 5, 18, 24), "relu2_1": (2, 6, 9, 12), "relu3_1": (2, 8, 4, 6)}
    assert all(z.min() >= 0 and z.max() > 0 for z in features.values())


def test_values_against_the_layers_written_out() -> None:
    network, x = trunk("relu2_1"), torch.rand(1, 3, 8, 8)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    z = (x - mean) / std
    for name in ("conv1_1", "conv1_2", "conv2_1"):
        z = F.max_pool2d(z, 2) if name == "conv2_1" else z
        z = F.relu(F.conv2d(z, network.convs[name].weight, network.convs[name].bias, padding=1))
    torch.testing.assert_close(network(x)["relu2_1"], z)


def test_activations_are_all_layers() -> None:
    found = trunk("relu1_1").activations(torch.rand(1, 3, 16, 16))
    assert list(found) == [relu_name(name) for name in WIDTHS]


def test_gradients_reach_the_picture_and_no_weight() -> None:
    network, x = trunk("relu1_2", "relu3_1"), torch.rand(1, 3, 16, 16, requires_grad=True)
    sum(z.sum() for z in network(x).values()).backward()
    assert x.grad.abs().sum() > 0
    assert not network.training
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_an_unknown_tap_lists_the_taps() -> None:
    with pytest.raises(DynnetError, match=r"no activation 'relu4_1'.*it has relu1_1, .*relu3_1"):
        trunk("relu1_1", "relu4_1")


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 1, 16, 16), (1, 4, 16, 16)])
def test_what_is_no_batch_of_pictures_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DynnetError, match=r"takes pictures \(B, 3, H, W\) in \[0, 1\], got \("):
        trunk("relu1_1")(torch.rand(shape))
