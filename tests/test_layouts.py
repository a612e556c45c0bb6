"""alpha along the axes that a block declares, whatever their order; what has no axis is refused."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.blocks import TokenTuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.layouts import check_layout, layout_of, places, spread

SIZES = {"B": 2, "C": 3, "D": 4, "H": 5, "W": 6, "L": 7, "T": 8, "N": 9}
LAYOUTS = ["BCHW", "BHWC", "BCL", "BLC", "BCDHW", "BDHWC", "BTC", "TBC", "BC", "CBT", "HWBC", "BNTC"]


def features(layout: str) -> Tensor:
    return torch.zeros([SIZES[letter] for letter in layout])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_alpha_for_each_picture_goes_along_the_batch(layout: str) -> None:
    z = features(layout)
    found = (spread(torch.tensor([0.5, -1.0]), z, layout) + z).movedim(layout.index("B"), 0)
    assert (found[0] == 0.5).all() and (found[1] == -1.0).all()


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if places(layout)])
def test_a_map_of_the_features_own_size_is_taken_as_it_is(layout: str) -> None:
    letters = "B" + places(layout)
    painted = torch.rand([SIZES[letter] for letter in letters])
    z = features(layout)
    found = spread(painted.unsqueeze(1), z, layout) + z
    expected = painted.permute([letters.index(letter) for letter in layout if letter in letters])
    for axis, letter in enumerate(layout):
        if letter not in letters:
            expected = expected.unsqueeze(axis)
    torch.testing.assert_close(found, expected.expand_as(z))


@pytest.mark.parametrize("layout", ["BCL", "BCDHW", "BDHWC", "BLC", "BHWC"])
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_a_larger_map_is_averaged_down_and_a_constant_one_stays(layout: str, factor: int) -> None:
    z, letters = features(layout), places(layout)
    sizes = [SIZES[letter] * factor for letter in letters]
    torch.testing.assert_close(spread(torch.full([1, 1, *sizes], 0.7), z, layout) + z, z + 0.7)
    ramp = torch.arange(sizes[0], dtype=torch.float32).view(1, 1, -1, *[1] * (len(sizes) - 1)).expand(1, 1, *sizes)
    found = (spread(ramp, z, layout) + z).movedim(layout.index(letters[0]), 0).flatten(1)
    inner = found[1:-1, 0]  # at the border there is less to average over
    expected = (torch.arange(SIZES[letters[0]], dtype=torch.float32) + 0.5) * factor - 0.5
    torch.testing.assert_close(inner, expected[1:-1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found, found[:, :1].expand_as(found), rtol=1e-5, atol=1e-5)


def test_a_map_of_a_picture_is_resized_as_pictures_are() -> None:
    alpha, z = torch.rand(2, 1, 20, 30), features("BCHW")
    expected = F.interpolate(alpha, (5, 6), mode="bilinear", antialias=True, align_corners=False)
    assert torch.equal(spread(alpha, z, "BCHW"), expected)
    assert torch.equal(spread(alpha, features("BHWC"), "BHWC"), expected.movedim(1, -1))


@pytest.mark.parametrize(
    ("layout", "shape", "fitting"),
    [
        ("BCHW", (3,), r"a number, \(2,\) or a map \(2, 1, H, W\); got \(3,\)"),
        ("BCHW", (2, 2, 5, 6), r"got \(2, 2, 5, 6\)"),
        ("BCHW", (2, 1, 5), r"got \(2, 1, 5\)"),
        ("BHWC", (3, 1, 5, 6), r"on a block of layout BHWC"),
        ("BTC", (2, 1, 7), r"a map \(2, 1, 8\); got \(2, 1, 7\)"),
        ("BTC", (2, 1, 4, 2), r"a map \(2, 1, 8\); got \(2, 1, 4, 2\)"),
        ("TBC", (8,), r"a number, \(2,\) or a map \(2, 1, 8\); got \(8,\)"),
        ("BC", (2, 1, 3, 3), r"is a number, \(2,\); got"),
        ("NTC", (9,), r"is a number; got \(9,\)"),
        ("NHWC", (2, 1, 5, 6), r"is a number; got"),
        ("BCL", (2, 1, 3, 3), r"a map \(2, 1, L\)"),
    ],
)
def test_what_fits_no_axis_is_refused(layout: str, shape: tuple[int, ...], fitting: str) -> None:
    with pytest.raises(DynnetError, match=fitting):
        spread(torch.ones(shape), features(layout), layout)


@pytest.mark.parametrize("layout", [*LAYOUTS, "NTC", None])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_number_fits_everywhere(layout: str | None, shape: tuple[int, ...]) -> None:
    z = features(layout or "BCHW")
    assert ((spread(torch.full(shape, 0.5), z, layout) + z) == 0.5).all()


def test_features_of_another_layout_are_refused() -> None:
    with pytest.raises(DynnetError, match=r"layout BHWC have 4 axes, got \(2, 3, 7\)"):
        spread(torch.ones(2), features("BCL"), "BHWC")


def test_windows_are_no_pictures() -> None:
    """swin, maxvit: (pictures × windows, h, w, C) for a map of whole pictures."""
    windows, whole = torch.zeros(8, 7, 7, 3), torch.zeros(2, 7, 7, 3)
    with pytest.raises(DynnetError, match=r"map of alpha cannot act on features \(8, 7, 7, 3\) of 2 pictures"):
        spread(torch.ones(1, 1, 14, 14), windows, "BHWC", pictures=2)
    assert spread(torch.ones(1, 1, 14, 14), whole, "BHWC", pictures=2).shape == (1, 7, 7, 1)
    with pytest.raises(DynnetError, match=r"is a number, \(8,\)"):
        spread(torch.ones(2), windows, "BHWC", pictures=2)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_without_a_layout_the_batch_comes_first(shape: tuple[int, ...]) -> None:
    z = torch.zeros(shape)
    assert (spread(torch.tensor([0.5, -1.0]), z, None) + z)[1].unique().tolist() == [-1.0]
    for other in (torch.ones(3), torch.ones(2, 1, *shape[2:], 1)):
        with pytest.raises(DynnetError, match="declares no layout"):
            spread(other, z, None)


def test_what_a_shape_does_not_tell_is_refused() -> None:
    """(B, T, C) or (T, B, C), with as many steps as pictures."""
    with pytest.raises(DynnetError, match="does not tell its axes apart"):
        spread(torch.ones(4), torch.zeros(4, 4, 3), None)


@pytest.mark.parametrize("length", [2, 5])
def test_time_first(length: int) -> None:
    main, x = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)), torch.rand(length, 2, 3)
    block = TokenTuningBlock(3, layout="TBC")
    nn.init.normal_(block.linear2.weight)
    net = DynamicNet(main, {"1": block})
    y = net(x, alpha=torch.tensor([0.5, -1.0]))
    torch.testing.assert_close(y[:, 0], net(x, alpha=0.5)[:, 0])
    torch.testing.assert_close(y[:, 1], net(x, alpha=-1.0)[:, 1])


@pytest.mark.parametrize("bad", ["", "BHW", "BCC", "BCX", "bchw", 4, ["B", "C"]])
def test_what_is_no_layout(bad: object) -> None:
    with pytest.raises(DynnetError, match="a layout names its axes by letters"):
        check_layout(bad)


@pytest.mark.parametrize(
    ("block", "layout"),
    [
        (nn.Conv2d(3, 3, 1), "BCHW"),
        (nn.Sequential(nn.Sequential(nn.Conv1d(3, 3, 1)), nn.ReLU()), "BCL"),
        (nn.Conv3d(3, 3, 1), "BCDHW"),
        (nn.Linear(3, 3), None),
        (nn.Sequential(nn.ReLU(), nn.Conv2d(3, 3, 1)), None),
        (nn.Sequential(), None),
        (nn.Identity(), None),
    ],
)
def test_the_layout_of_a_block_of_ones_own(block: nn.Module, layout: str | None) -> None:
    assert layout_of(block) == layout
    block.layout = "BTC"
    assert layout_of(block) == "BTC"
    block.layout = "tokens"
    with pytest.raises(DynnetError, match="a layout names its axes by letters"):
        layout_of(block)


def test_every_order_of_axes_spreads() -> None:
    for order in itertools.permutations("BCHW"):
        layout = "".join(order)
        z = features(layout)
        painted = torch.rand(2, 1, *(SIZES[letter] for letter in places(layout)))
        found = (spread(painted, z, layout) + z).permute(
            [layout.index(letter) for letter in "B" + places(layout) + "C"]
        )
        torch.testing.assert_close(found, painted.movedim(1, -1).expand_as(found))
