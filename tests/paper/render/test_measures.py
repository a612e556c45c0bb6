import torch

from dynnet.paper.render.measures import gaps
from tests.paper.render.pictures_for_tests import tiny_net


def test_tiles_are_far_nearer_than_cheap_statistics() -> None:
    found = gaps(tiny_net(), torch.rand(1, 3, 96, 128), tile=32)
    assert found.tiles < 0.05 and found.half > 2


def test_cheap_statistics_are_right_where_half_the_size_is_the_same_picture() -> None:
    assert gaps(tiny_net(), torch.full((1, 3, 96, 128), 0.5), tile=32).half < 0.05
