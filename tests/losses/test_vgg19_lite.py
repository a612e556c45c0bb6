"""The distilled network answers in VGG19's own shapes."""

import torch

from dynnet.losses.vgg19_lite import VGG19Lite
from dynnet.losses.vgg_teachers import vgg19


def test_taps_have_the_shapes_of_the_teacher() -> None:
    x = torch.rand(1, 3, 16, 20)
    with torch.no_grad():
        student, teacher = VGG19Lite()(x), vgg19("random")(x)
    assert {name: z.shape for name, z in student.items()} == {name: z.shape for name, z in teacher.items()}
    assert all(z.min() >= 0 for z in student.values())


def test_half_a_million_parameters() -> None:
    assert 4e5 < sum(p.numel() for p in VGG19Lite().parameters()) < 6e5


def test_it_starts_from_caffes_scale() -> None:
    network = VGG19Lite()
    grey = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1) / 255
    torch.testing.assert_close((grey - network.mean) / network.std, torch.zeros(1, 3, 1, 1))
    brighter = (grey + 57.375 / 255 - network.mean) / network.std
    torch.testing.assert_close(brighter, torch.ones(1, 3, 1, 1))
