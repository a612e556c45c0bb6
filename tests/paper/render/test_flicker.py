import math

import pytest
import torch

from dynnet.paper.render.flicker import NOISE, flicker


def test_a_renderer_that_copies_is_as_restless_as_the_camera() -> None:
    found = flicker(lambda x: x, torch.full((1, 3, 64, 64), 0.5))
    assert found.ratio == pytest.approx(1)
    assert found.before == pytest.approx(255 * NOISE * 2 / math.sqrt(math.pi), rel=0.03)  # mean |a - b| of two normals


def test_one_that_amplifies_is_more_and_one_that_is_blind_not_at_all() -> None:
    scene = torch.full((1, 3, 64, 64), 0.5)
    assert flicker(lambda x: 0.5 + 3 * (x - 0.5), scene).ratio == pytest.approx(3, rel=1e-3)
    assert flicker(lambda x: 0 * x, scene).after == 0
