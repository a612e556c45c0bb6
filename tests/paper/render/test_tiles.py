"""Tiles give what one pass gives: within rounding of float32 in every layer, far from 2/255."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.render.chain import is_chain, stages_of
from dynnet.paper.render.tiles import TiledNet, Way
from tests.tiny import dynamic_transformer, two_sets_transformer

ROUNDING = 1e-4


def gap(net: DynamicNet, height: int, width: int, alpha: object, kept: int, tile: int = 32) -> float:
    x = torch.rand(1, 3, height, width)
    with torch.no_grad():
        whole = net(x, alpha=alpha)
    tiled = TiledNet(net, kept, tile)
    tiled._agrees = True  # its own trial is a test further down
    return float((tiled(x, alpha) - whole).abs().max())


@pytest.mark.parametrize("size", [(96, 128), (97, 131), (40, 203)])
@pytest.mark.parametrize("kept", [1, 4 * 8 * 40 * 40, 10**9], ids=["nothing kept", "small stages kept", "all kept"])
def test_tiles_give_what_one_pass_gives(size: tuple[int, int], kept: int) -> None:
    assert gap(dynamic_transformer(), *size, 1.0, kept) < ROUNDING


@pytest.mark.parametrize("alpha", [0.0, -0.5, {"res3": 1.0, "out": 0.5}])
def test_at_every_alpha(alpha: object) -> None:
    assert gap(dynamic_transformer(), 90, 110, alpha, 4 * 8 * 30 * 30) < ROUNDING


def test_with_maps_of_alpha() -> None:
    net = dynamic_transformer()
    ramp = torch.linspace(0, 1, 110).expand(1, 1, 90, 110)
    assert gap(net, 90, 110, net.main.canvas(ramp), 4 * 8 * 30 * 30) < ROUNDING


def test_with_several_sets_at_one_child() -> None:
    assert gap(two_sets_transformer(), 80, 80, {"coarse": 1.0, "fine": -0.5}, 4 * 8 * 30 * 30) < ROUNDING


def test_statistics_of_a_tile_alone_would_be_seen() -> None:
    """What the sweeps are for: a tile rendered by itself is off by many grey levels."""
    net, x = dynamic_transformer(), torch.rand(1, 3, 96, 128)
    x[..., :64] *= 0.2
    with torch.no_grad():
        alone = (net(x[..., :64], alpha=1.0) - net(x, alpha=1.0)[..., :64])[..., 16:-16, 16:-16].abs().max()
    assert alone > 2 / 255 > 100 * ROUNDING / 2


@pytest.mark.parametrize("end", range(1, 12))
def test_nothing_on_the_way_to_a_tile_is_larger_than_a_tile_and_the_margins_of_one_place(end: int) -> None:
    """A tile of features at a quarter of the resolution comes of a part of the picture four times as long."""
    tiled, canvas = TiledNet(dynamic_transformer(), 1, tile := 64), torch.empty(1, 3, 4000, 3000, device="meta")
    ways = list(tiled._ways(chain := tiled.stages[:end], canvas))
    height, width = ways[0].sizes[-1]
    assert sum((w.out[0].stop - w.out[0].start) * (w.out[1].stop - w.out[1].start) for w in ways) == height * width
    one = Way.to((slice(height // 2, height // 2 + 1), slice(width // 2, width // 2 + 1)), chain, ways[0].sizes)
    for way in ways:
        for box, margins in zip(way.boxes, one.boxes, strict=True):
            for part, margin in zip(box, margins, strict=True):
                assert part.stop - part.start <= tile + margin.stop - margin.start


def test_stages_are_as_the_network_is_made() -> None:
    found = {
        stage.name: (float(stage.scale), stage.norms, stage.channels) for stage in stages_of(dynamic_transformer(3))
    }
    assert found["conv1"] == (1, 1, 3) and found["conv2"] == (0.5, 1, 6) and found["res4"] == (1, 2, 12)
    assert found["up1"] == (2, 1, 6) and found["out"] == (1, 0, 3)
    reach = {stage.name: stage.reach for stage in stages_of(dynamic_transformer(3))}
    assert reach["conv1"] >= 4 and reach["res4"] >= 2 and reach["res3"] >= 5  # its block looks 3 places further


class Chained(nn.Module):
    """Two stages that are told to be a chain; `odd` is the second."""

    stages = ("first", "odd")

    def __init__(self, odd: nn.Module):
        super().__init__()
        self.first, self.odd = nn.Conv2d(3, 3, 3, padding=1), odd

    def forward(self, x: Tensor) -> Tensor:
        return self.odd(self.first(x))

    def canvas(self, x: Tensor) -> Tensor:
        return x

    def cropped(self, y: Tensor, height: int, width: int) -> Tensor:
        return y


class Global(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean((2, 3), keepdim=True)


class OwnNorm(nn.Module):
    """Depends on where in the picture it is: in tiles it is another picture."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.linspace(0, 1, x.shape[-1])


@pytest.mark.parametrize("odd", [Global(), OwnNorm()])
def test_a_network_that_is_not_itself_in_tiles_is_refused(odd: nn.Module) -> None:
    main = Chained(odd)
    assert is_chain(main) and not is_chain(nn.Conv2d(3, 3, 3))
    with pytest.raises(DynnetError, match="tiles"):
        TiledNet(DynamicNet(main.eval(), {"first": TuningBlock(3)}), 1)(torch.rand(1, 3, 64, 64), 1.0)


def test_its_guess_of_memory_grows_with_the_picture() -> None:
    tiled = TiledNet(dynamic_transformer(), 1)
    assert tiled.bytes_whole(200, 200) == pytest.approx(4 * tiled.bytes_whole(100, 100), rel=1e-6)
