"""Colours, masks and equal steps: what is done to a painting besides α."""

from itertools import pairwise

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.render.colours import luminance, with_colours_of
from dynnet.paper.render.equal_steps import equal_steps
from dynnet.paper.render.look import Look
from dynnet.paper.render.mask import Mask
from dynnet.paper.render.painter import Painter
from dynnet.paper.render.strengths import strengths
from tests.paper.render.pictures_for_tests import photo, save, tiny_net


def test_the_painting_gives_light_and_the_photo_hue() -> None:
    a, b = torch.rand(1, 3, 700, 9), torch.rand(1, 3, 700, 9)
    mixed = with_colours_of(a, b)
    assert mixed.min() >= 0 and mixed.max() <= 1
    assert torch.allclose(luminance(mixed), luminance(b), atol=1e-5)
    chroma, wanted = mixed - luminance(mixed), a - luminance(a)
    cosine = torch.cosine_similarity(chroma, wanted, dim=1)[chroma.norm(dim=1) > 1e-2]
    assert len(cosine) > 1000 and cosine.min() > 0.999
    assert torch.allclose(with_colours_of(a, a), a, atol=1e-6)


def test_a_mask_is_alpha_place_by_place(tmp_path) -> None:
    net = tiny_net()
    half = photo(64, 64) * 0
    half[:, 32:] = 255
    x = torch.rand(1, 3, 64, 64)
    painter, (one,) = Painter(net), strengths("1")
    look = Look((one,), Mask(save(tmp_path / "mask.png", half)))
    painted = look.painting(painter, x, "x", False, float)(one, 0.0)
    with torch.no_grad():
        ramp = torch.zeros(1, 1, 64, 64)
        ramp[..., 32:] = 1
        assert torch.allclose(painted, net(x, alpha=net.main.canvas(ramp)), atol=1e-5)
        assert not torch.allclose(painted, net(x, alpha=1.0), atol=1e-3)


@pytest.mark.parametrize(("grey", "alpha"), [(0, 0.0), (255, 0.8), (51, 0.16)])
def test_an_even_mask_is_a_number(tmp_path, grey: int, alpha: float) -> None:
    net, x = tiny_net(), torch.rand(1, 3, 40, 60)
    (one,) = strengths("0.8")
    look = Look((one,), Mask(save(tmp_path / "mask.png", photo(20, 30) * 0 + grey)))
    painted = look.painting(Painter(net), x, "x", False, float)(one, 0.0)
    with torch.no_grad():
        assert torch.allclose(painted, net(x, alpha=alpha), atol=1e-5)


def test_a_mask_of_another_shape_is_refused(tmp_path) -> None:
    mask = Mask(save(tmp_path / "mask.png", photo(32, 48)))
    assert mask.at(64, 96, "x").shape == (1, 1, 64, 96)
    with pytest.raises(DynnetError, match=r"photo.jpg: expected a picture as wide .* mask .*mask.png \(48 x 32\)"):
        mask.at(64, 64, "photo.jpg")


def test_equal_steps_change_the_picture_equally() -> None:
    net, x = tiny_net(), torch.rand(1, 3, 48, 48)
    painter = Painter(net)
    steps = equal_steps(painter, x)
    assert steps(0.0) == pytest.approx(0, abs=1e-3) and steps(1.0) == pytest.approx(1, abs=1e-3)
    paint = painter.painting(x, several=True)

    def way(low: float, high: float) -> float:
        between = [paint(low + (high - low) * k / 8) for k in range(9)]
        return sum(float((b - a).abs().mean()) for a, b in pairwise(between))

    parts = [way(steps(k / 4), steps((k + 1) / 4)) for k in range(4)]
    assert max(parts) < 1.1 * min(parts)


def test_equal_steps_of_a_network_that_does_not_change_are_refused() -> None:
    net = tiny_net()
    for block in net.blocks.values():
        torch.nn.init.zeros_(block.conv2.weight)
        torch.nn.init.zeros_(block.conv2.bias)
    with pytest.raises(DynnetError, match="--equal-steps: expected a network whose pictures change"):
        equal_steps(Painter(net), torch.rand(1, 3, 32, 32))


def test_a_block_that_is_not_there_is_named() -> None:
    with pytest.raises(DynnetError, match="no tuning-block at 'res9'"):
        Look(strengths("res9=1")).check(tiny_net())


def test_painters_agree_whatever_memory_they_have() -> None:
    net, x = tiny_net(), torch.rand(1, 3, 100, 140)
    wanted = Painter(net).painting(x)(0.7)
    tiled = Painter(net, most=200_000)
    assert tiled._tiles(100, 140) is not None and Painter(net)._tiles(100, 140) is None
    assert torch.allclose(tiled.painting(x)(0.7), wanted, atol=1e-4)
    assert torch.allclose(Painter(net).painting(x, several=True)(0.7), wanted, atol=1e-4)


def test_a_picture_that_is_no_number_is_an_error() -> None:
    with pytest.raises(DynnetError, match="the network gave NaN"):
        Painter(tiny_net()).painting(torch.rand(1, 3, 32, 32))(1e38)


def test_a_precision_that_is_none_is_refused() -> None:
    with pytest.raises(DynnetError, match="--precision half: expected one of 32-true"):
        Painter(tiny_net(), precision="half")
