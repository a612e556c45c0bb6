"""Two sets under one hand, moved by code: pad, sliders and picture are at one working point."""

import numpy as np
import pytest
import torch

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join
from dynnet.paper.style.pad_explorer import RESULT, PadExplorer
from tests.paper.show.files import assert_shows, black_png, decoded, frame_of, upload
from tests.tiny import dynamic_transformer, two_sets_transformer

PICTURES = {"noise": torch.rand(1, 3, 24, 32), "grey": torch.full((1, 3, 16, 20), 0.5)}
NET = two_sets_transformer()  # of "coarse" and "fine"
MARKS = [(1.0, 0.0, "coarse"), (0.0, 1.0, "fine")]


@pytest.fixture
def explorer() -> PadExplorer:
    return PadExplorer(NET, PICTURES, MARKS, low=-0.5, high=1.5)


@torch.no_grad()
def assert_at(explorer: PadExplorer, x: float, y: float) -> None:
    """That dot, sliders and picture are at (x, y)."""
    point = pytest.approx((x, y), abs=1e-12)
    assert (explorer.pad.x, explorer.pad.y) == point
    assert tuple(slider.value for slider in explorer.sliders.values()) == point
    assert tuple(explorer.alphas.values()) == point
    wanted = NET(explorer.choice.picture, alpha={"coarse": x, "fine": y})
    torch.testing.assert_close(explorer.picture, wanted, rtol=0, atol=1e-5)
    assert decoded(explorer._image).shape == (*wanted.shape[-2:], 3)


def drag(explorer: PadExplorer, x: float, y: float) -> None:
    """What comes from the browser."""
    explorer.pad.set_state({"x": x, "y": y})


def test_it_begins_in_the_middle(explorer: PadExplorer) -> None:
    assert list(explorer.sliders) == ["coarse", "fine"]
    assert (explorer.pad.x_name, explorer.pad.y_name) == ("α of coarse", "α of fine")
    assert explorer.pad.marks == [list(mark) for mark in MARKS]
    assert_at(explorer, 0.5, 0.5)


def test_the_dot_moves_sliders_and_picture(explorer: PadExplorer) -> None:
    before = decoded(explorer._image)
    for x, y in ((1.5, -0.5), (0.0, 0.0), (0.3, 0.8), (-0.25, 0.8)):
        drag(explorer, x, y)
        assert_at(explorer, x, y)
    assert not np.array_equal(decoded(explorer._image), before)


def test_a_slider_moves_the_dot_and_the_picture(explorer: PadExplorer) -> None:
    explorer.sliders["coarse"].value = 1.2
    assert_at(explorer, 1.2, 0.5)
    explorer.sliders["fine"].value = -0.4
    assert_at(explorer, 1.2, -0.4)


def test_blocks_of_two_joined_nets_have_each_its_own_alpha() -> None:
    one = dynamic_transformer()
    other = DynamicNet(one.main, {"res3": two_sets_transformer().block("fine/res3")})
    both = join({"glass": one, "knife": other})
    explorer = PadExplorer(both, PICTURES)
    drag(explorer, 0.75, 0.0)
    with torch.no_grad():
        torch.testing.assert_close(explorer.picture, one(PICTURES["noise"], alpha=0.75), rtol=0, atol=1e-5)


def test_the_budget_scales_the_point_back_where_it_is_and_where_it_goes(explorer: PadExplorer) -> None:
    drag(explorer, 1.5, 0.5)
    explorer.budget.value = True
    assert explorer.pad.budget
    assert_at(explorer, 0.75, 0.25)
    drag(explorer, 0.6, 0.9)
    assert_at(explorer, 0.4, 0.6)
    drag(explorer, 0.3, 0.2)
    assert_at(explorer, 0.3, 0.2)
    explorer.budget.value = False
    drag(explorer, 1.5, 1.5)
    assert_at(explorer, 1.5, 1.5)


@pytest.mark.parametrize(("moved", "to", "left"), [(0, 0.8, 0.2), (1, 0.8, 0.2), (0, 1.3, -0.3), (1, 1.5, -0.5)])
def test_with_the_budget_a_slider_stays_where_it_is_moved_and_the_other_gives_way(
    explorer: PadExplorer, moved: int, to: float, left: float
) -> None:
    explorer.budget.value = True
    list(explorer.sliders.values())[moved].value = to
    assert_at(explorer, *((to, left) if moved == 0 else (left, to)))


@pytest.mark.parametrize("low", [0.0, -0.3])
def test_a_slider_cannot_be_moved_where_no_budget_is_left(low: float) -> None:
    explorer = PadExplorer(NET, PICTURES, low=low, high=2.0)
    explorer.budget.value = True
    for _ in range(2):
        explorer.sliders["fine"].value = 2.0
        assert_at(explorer, low, 1 - low)


def test_another_picture_and_an_upload_keep_the_working_point(explorer: PadExplorer) -> None:
    drag(explorer, 0.25, 1.0)
    explorer.choice.menu.value = "grey"
    assert_at(explorer, 0.25, 1.0)
    upload(explorer.choice, "mine.png", black_png(30, 50))
    assert explorer.picture.shape == (1, 3, 30, 50)
    assert_at(explorer, 0.25, 1.0)
    shown = explorer.picture
    upload(explorer.choice, "notes.txt", b"no picture")
    assert "notes.txt" in explorer.choice.status.value and explorer.picture is shown


@torch.no_grad()
@pytest.mark.parametrize(
    ("walk", "point"),
    [("coarse instead of fine", (1.25, -0.25)), ("coarse, with fine at 0.5", (1.25, 0.5)),
     ("fine, with coarse at 0.5", (0.5, 1.25))],
)  # fmt: skip
def test_frames_are_what_the_pad_would_show_and_leave_it_alone(
    explorer: PadExplorer, walk: str, point: tuple[float, float]
) -> None:
    shown = explorer.picture
    frame = frame_of(explorer.view, 1.25, walk)
    assert_shows(frame.pictures[RESULT], NET(PICTURES["noise"], alpha=dict(zip(NET.sets, point, strict=True))))
    assert frame.reading == f"α of coarse: {point[0]:.2f}, α of fine: {point[1]:.2f}"
    assert explorer.picture is shown
    assert_at(explorer, 0.5, 0.5)


def test_without_a_kernel_there_is_a_pad_with_a_dot(explorer: PadExplorer) -> None:
    book = explorer.view._book.html(frames=3)
    assert book.count("<option") == 3 and 'class="dot"' in book and "working point" in book


def three_sets() -> DynamicNet:
    net = dynamic_transformer()
    return join({name: net for name in "abc"})


@pytest.mark.parametrize(
    ("net", "got"),
    [(dynamic_transformer, "one set without a name"), (three_sets, "a, b, c"),
     (lambda: join({"only": dynamic_transformer()}), "only")],
)  # fmt: skip
def test_any_other_number_of_sets_is_refused(net, got: str) -> None:
    with pytest.raises(DynnetError, match=f"with two named sets of blocks, got {got}; join two into one"):
        PadExplorer(net(), PICTURES)


@pytest.mark.parametrize(("low", "high"), [(0.1, 1.0), (-1.0, 0.0), (float("nan"), 1.0)])
def test_a_range_without_the_main_network_is_refused(low: float, high: float) -> None:
    with pytest.raises(DynnetError, match="a range of alpha with 0 in it"):
        PadExplorer(NET, PICTURES, low=low, high=high)


def test_a_mark_outside_of_the_range_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"expected a number from 0 to 1, got 1\.5"):
        PadExplorer(NET, PICTURES, marks=[(1.5, 0.0, "far")])
