"""The brush on a photo, moved by code: alpha is one number where it painted, and another elsewhere."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from dynnet.paper.show.brush import SIDE
from dynnet.paper.style.brush_explorer import ON, RESULT, BrushExplorer
from tests.paper.show.files import assert_shows, black_png, decoded, frame_of
from tests.tiny import dynamic_transformer

PICTURES = {"noise": torch.rand(1, 3, 48, 64), "grey": torch.full((1, 3, 32, 32), 0.5)}
NET = dynamic_transformer()


@pytest.fixture
def explorer() -> BrushExplorer:
    return BrushExplorer(NET, PICTURES, low=-1.0, high=2.0)


def give_mask(explorer: BrushExplorer, name: str, content: bytes) -> None:
    """What the browser does when somebody picks a file."""
    explorer._uploaded(SimpleNamespace(new=({"name": name, "content": memoryview(content)},)))


@torch.no_grad()
def plain(alpha: float | torch.Tensor, name: str = "noise") -> torch.Tensor:
    return NET(PICTURES[name], alpha=alpha)


def test_a_mask_of_one_value_is_that_alpha_everywhere(explorer: BrushExplorer) -> None:
    explorer.painted.value, explorer.elsewhere.value = 1.5, 0.2
    for mask, alpha in ((np.ones, 1.5), (np.zeros, 0.2)):
        explorer.brush.mask = mask((SIDE, SIDE))
        torch.testing.assert_close(explorer.picture, plain(alpha), rtol=0, atol=1e-5)


@torch.no_grad()
def test_left_and_right_have_their_own_alpha(explorer: BrushExplorer) -> None:
    left = np.pad(np.ones((SIDE, SIDE // 2)), ((0, 0), (0, SIDE // 2)))
    explorer.brush.mask = left
    explorer.painted.value, explorer.elsewhere.value = 1.0, -0.5
    (strength,) = {id(a): a for a in explorer.alphas(1.0).values()}.values()
    inside = NET.main.cropped(strength, 48, 64)
    assert torch.all(inside[..., :30] == 1) and torch.all(inside[..., 34:] == -0.5)
    torch.testing.assert_close(explorer.picture, plain(strength), rtol=0, atol=1e-5)


def test_a_stroke_of_the_browser_and_the_clear_button_change_the_picture(explorer: BrushExplorer) -> None:
    before = decoded(explorer._image)
    explorer.brush.set_state({"painted": memoryview(b"\xff" * SIDE**2)})
    assert not np.array_equal(decoded(explorer._image), before)
    explorer.clear.click()
    assert not explorer.brush.mask.any()
    torch.testing.assert_close(explorer.picture, plain(0.0), rtol=0, atol=1e-5)


def test_the_brush_s_size_and_whether_it_erases_are_the_buttons(explorer: BrushExplorer) -> None:
    explorer.size.value, explorer.erase.value = 0.4, True
    assert explorer.brush.size == 0.4 and explorer.brush.erasing


def test_another_picture_keeps_what_is_painted(explorer: BrushExplorer) -> None:
    mask = explorer.brush.painted
    explorer.choice.menu.value = "grey"
    assert explorer.picture.shape == (1, 3, 32, 32) and explorer.brush.painted == mask


def test_a_mask_from_a_file_and_a_bad_one(explorer: BrushExplorer) -> None:
    give_mask(explorer, "mask.png", black_png(48, 64))
    assert not explorer.brush.mask.any() and explorer.choice.status.value == ""
    shown = explorer.picture
    for name, content, said in (
        ("notes.txt", b"no picture", "expected"),
        ("square.png", black_png(64, 64), "as wide for its height"),
    ):
        give_mask(explorer, name, content)
        assert name in explorer.choice.status.value and said in explorer.choice.status.value
    assert explorer.picture is shown


@torch.no_grad()
def test_frames_are_what_the_slider_would_show_and_leave_it_alone(explorer: BrushExplorer) -> None:
    shown = explorer.picture
    frame = frame_of(explorer.view, 0.6)
    assert_shows(frame.pictures[RESULT], plain(explorer.alphas(0.6)["res3"]))
    assert Image.fromarray(frame.pictures[ON]).size == (64, 48)
    assert explorer.picture is shown
