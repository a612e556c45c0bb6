import torch

from dynnet.paper.render.measures import gaps
from tests.paper.render.pictures_for_tests import tiny_net


def test_tiles_are_far_nearer_than_cheap_statistics() -> None:
    found = gaps(tiny_net(), torch.rand(1, 3, 96, 128), tile=32)
    assert found.tiles < 0.05 and found.half > 2
