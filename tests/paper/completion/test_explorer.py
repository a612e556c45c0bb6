"""The completion's sliders, moved by code: alpha, a hole that stays inside, another face, the best alpha for it."""

import numpy as np
import pytest
import torch

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.completion.best_alpha import Criterion
from dynnet.paper.completion.explorer import CompletionExplorer, HoleSliders
from dynnet.paper.completion.holes import box_hole, centre_hole, with_hole
from dynnet.paper.completion.l1 import hole_l1
from dynnet.paper.completion.measures import realism
from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from tests.paper.show.files import assert_shows, black_png, decoded, frame_of, upload
from tests.tiny import awake

SIZE = 64
CRITERION = Criterion(l1_at_one=0.2, l1_unit=0.05, realism_at_zero=0.0, realism_unit=2.0)
FACES = {
    "noise": torch.randint(0, 256, (1, 3, SIZE, SIZE)) / 255,
    "grey": torch.full((1, 3, SIZE, SIZE), 51 / 255),
    "wide": torch.randint(0, 256, (1, 3, 40, 80)) / 255,
}


@pytest.fixture
def explorer() -> CompletionExplorer:
    main = CompletionNet(2).eval()
    net = awake(DynamicNet(main, {path: TuningBlock(main.input_channels(path)) for path in ("up4", "out")}), 0.3)
    shown = CompletionExplorer(net, PatchDiscriminator(2).eval(), CRITERION, FACES, SIZE)
    shown.net = net
    return shown


def pixels(explorer: CompletionExplorer, name: str) -> np.ndarray:
    return decoded(explorer._images[name]).astype(int)


def plain(explorer: CompletionExplorer, name: str, mask: torch.Tensor, alpha: float) -> torch.Tensor:
    with torch.no_grad():
        return explorer.net(with_hole(FACES[name], mask), alpha=alpha)


def test_the_picture_is_the_plain_pass_at_the_sliders_alpha(explorer: CompletionExplorer) -> None:
    for alpha in (0.6, 0.0, 1.0):
        explorer.alpha.value = alpha
        expected = plain(explorer, "noise", centre_hole(SIZE), alpha)
        torch.testing.assert_close(explorer.picture, expected, rtol=0, atol=1e-5)


def test_the_hole_moves_and_the_alpha_stays(explorer: CompletionExplorer) -> None:
    explorer.alpha.value = 0.4
    explorer.hole.size.value = 20
    explorer.hole.left.value, explorer.hole.top.value = 3, 40
    mask = box_hole(SIZE, 3, 40, 20)
    torch.testing.assert_close(explorer.hole.mask, mask)
    torch.testing.assert_close(explorer.picture, plain(explorer, "noise", mask, 0.4), rtol=0, atol=1e-5)


def test_the_three_pictures_are_what_they_are_called(explorer: CompletionExplorer) -> None:
    explorer.choice.menu.value = "grey"
    hole, true = pixels(explorer, "with a hole"), pixels(explorer, "true")
    assert abs(true - 51).max() <= 3 and abs(hole[:8] - 51).max() <= 3
    assert abs(hole[20:44, 20:44] - 128).max() <= 3
    before = pixels(explorer, "completed")
    explorer.alpha.value = 1.0
    assert not np.array_equal(pixels(explorer, "completed"), before)
    assert np.array_equal(pixels(explorer, "true"), true)


def test_the_text_is_the_measures_of_the_picture_shown(explorer: CompletionExplorer) -> None:
    for move in (
        lambda: None,
        lambda: setattr(explorer.alpha, "value", 0.8),
        lambda: setattr(explorer.hole.top, "value", 5),
    ):
        move()
        mask = explorer.hole.mask
        with torch.no_grad():
            l1 = hole_l1(explorer.picture, FACES["noise"], mask).item()
            real = realism(explorer._critic, explorer.picture, mask).item()
        text = explorer.measures.value
        assert f"L1 {l1:.4f}" in text and f"realism {real:+.2f}" in text
        assert f"cost {CRITERION.cost(l1, real):.2f}" in text


@torch.no_grad()
def test_the_button_finds_the_alpha_of_lowest_cost(explorer: CompletionExplorer) -> None:
    explorer.hole.left.value = 0
    mask, costs = explorer.hole.mask, {}
    for alpha in np.linspace(0, 1, 11):
        y = plain(explorer, "noise", mask, float(alpha))
        costs[alpha] = float(
            CRITERION.cost(hole_l1(y, FACES["noise"], mask).item(), realism(explorer._critic, y, mask).item())
        )
    best = min(costs, key=costs.get)
    explorer.alpha.value = 1.0 if best < 0.5 else 0.0
    explorer.button.click()
    assert explorer.alpha.value == pytest.approx(best)
    torch.testing.assert_close(explorer.picture, plain(explorer, "noise", mask, best), rtol=0, atol=1e-5)


def test_the_button_weighs_realism_against_l1(explorer: CompletionExplorer) -> None:
    found = []
    for unit in (1e9, 1e-9):  # realism for nothing; nothing but realism
        explorer._criterion = Criterion(0.2, 0.05, 0.0, unit)
        explorer.button.click()
        found.append(explorer._measured(explorer.picture))
    at = {alpha: explorer._measured(explorer._complete(alpha)) for alpha in explorer._settings}
    assert found[0][0] == pytest.approx(min(l1 for l1, _ in at.values()), abs=1e-6)
    assert found[1][1] == pytest.approx(max(real for _, real in at.values()), abs=1e-5)


def test_another_face_is_squared_and_keeps_alpha_and_hole(explorer: CompletionExplorer) -> None:
    explorer.alpha.value, explorer.hole.left.value = 0.4, 2
    explorer.choice.menu.value = "wide"
    assert explorer.picture.shape == (1, 3, SIZE, SIZE)
    assert explorer.alpha.value == 0.4 and explorer.hole.left.value == 2
    assert pixels(explorer, "true").shape == (SIZE, SIZE, 3)


def test_an_upload_becomes_the_face_and_a_bad_one_changes_nothing(explorer: CompletionExplorer) -> None:
    upload(explorer.choice, "mine.png", black_png(90, 50))
    assert explorer.choice.menu.value == "mine.png"
    assert explorer.picture.shape == (1, 3, SIZE, SIZE) and explorer.picture[..., :10, :].abs().max() == 0
    shown = explorer.picture
    upload(explorer.choice, "notes.txt", b"no picture")
    assert "notes.txt" in explorer.choice.status.value and explorer.picture is shown


def test_the_hole_cannot_leave_the_picture() -> None:
    hole = HoleSliders(SIZE)
    torch.testing.assert_close(hole.mask, centre_hole(SIZE))
    hole.left.value = hole.top.value = 1000
    assert hole.left.value == hole.top.value == 32
    hole.size.value = 1000
    assert (hole.size.value, hole.left.value, hole.top.value) == (48, 16, 16)
    hole.size.value = 0
    assert hole.size.value == 8 and (hole.left.max, hole.left.value) == (56, 16)
    assert hole.mask.sum() == 64 and hole.mask[..., 16:24, 16:24].all()


def test_a_picture_without_room_for_a_hole_is_refused() -> None:
    with pytest.raises(DynnetError, match="at least 8 pixels a side, got 7"):
        HoleSliders(7)


def test_frames_are_what_the_slider_would_show_and_leave_it_alone(explorer: CompletionExplorer) -> None:
    shown, mask = explorer.picture, centre_hole(SIZE)
    frame = frame_of(explorer.view, 0.6)
    assert_shows(frame.pictures["with a hole"], with_hole(FACES["noise"], mask)[:, :3])
    assert_shows(frame.pictures["completed"], plain(explorer, "noise", mask, 0.6))
    assert_shows(frame.pictures["true"], FACES["noise"])
    assert "realism" in frame.reading and explorer.picture is shown
