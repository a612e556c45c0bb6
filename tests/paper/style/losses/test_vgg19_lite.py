"""The distilled network answers in VGG19's own shapes."""

import torch
from torch import nn

from dynnet.checkpoints import read_manifest
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.style.losses.features import features_sha256
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite, low_rank_conv
from dynnet.paper.style.losses.vgg_teachers import vgg19


def test_taps_have_the_shapes_of_the_teacher() -> None:
    x = torch.rand(1, 3, 16, 20)
    with torch.no_grad():
        student, teacher = VGG19Lite()(x), vgg19("random")(x)
    assert {name: z.shape for name, z in student.items()} == {name: z.shape for name, z in teacher.items()}
    assert all(z.min() >= 0 for z in student.values())


def test_it_fits_two_megabytes_in_half_precision() -> None:
    parameters = sum(p.numel() for p in VGG19Lite().parameters())
    assert 2 * parameters < 2e6 and parameters < sum(p.numel() for p in vgg19("random").parameters()) / 2


def test_a_low_rank_convolution_varies_in_that_many_directions() -> None:
    conv = low_rank_conv(nn.Conv2d(6, 10, 3, padding=1), 4)
    answers = conv(torch.randn(2, 6, 9, 7))
    assert answers.shape == (2, 10, 9, 7)
    centred = answers.transpose(0, 1).flatten(1) - conv[1].bias[:, None]
    assert torch.linalg.matrix_rank(centred, rtol=1e-5) == 4


def test_what_ships_is_near_vgg19() -> None:
    """Bands of what was measured when the weights were made; the weights are tied to these numbers by their hash."""
    line = read_manifest(CHECKPOINTS)["vgg19_lite.safetensors"]
    assert line["sha256"] == features_sha256("vgg19_lite") and line["bytes"] < 2e6
    bands = {"feature": (0.005, 0.05, 0.05), "gram": (0.001, 0.015, 0.015)}
    for kind, highest in bands.items():
        assert all(e <= band for e, band in zip(line["relative_errors"]["end"][kind].values(), highest, strict=True))
    ratios = [losses["ratio"] for losses in line["painted_style_losses"].values()]
    assert len(ratios) == 5 and max(ratios) <= 1.25


def test_it_starts_from_caffes_scale() -> None:
    network = VGG19Lite()
    grey = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1) / 255
    torch.testing.assert_close((grey - network.mean) / network.std, torch.zeros(1, 3, 1, 1))
    brighter = (grey + 57.375 / 255 - network.mean) / network.std
    torch.testing.assert_close(brighter, torch.ones(1, 3, 1, 1))
