"""Sliders over faces, moved by code: all faces follow, seeds come back, and a bad seed is a sentence."""

import html

import numpy as np
import pytest
import torch
from torchvision.utils import make_grid

from dynnet.blocks import TuningBlock
from dynnet.calibration import Calibration
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join
from dynnet.paper.faces.explorer import UNNAMED, FaceExplorer, parse_seed
from dynnet.paper.faces.network import Generator
from tests.paper.show.files import assert_shows, decoded, frame_of
from tests.tiny import awake, convolutions_counted, dynamic_transformer

CALIBRATION = Calibration([0, 0.5, 1], [0.1, 0.7, 0.9])


def one_net(main: Generator) -> DynamicNet:
    return awake(DynamicNet(main, {"up3": TuningBlock(main.input_channels("up3"))}), 0.5)


@pytest.fixture(scope="module")
def net() -> DynamicNet:
    torch.manual_seed(0)
    main = Generator(2, latent=5).eval()
    return join({"blond": one_net(main), "smiling": one_net(main)})


@pytest.fixture
def explorer(net: DynamicNet) -> FaceExplorer:
    return FaceExplorer(net, {"blond": CALIBRATION})


def latents(seed: int) -> torch.Tensor:
    return torch.randn(16, 5, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_each_set_has_a_slider_and_they_compose(explorer: FaceExplorer, net: DynamicNet) -> None:
    assert list(explorer.sliders) == ["blond", "smiling"]
    torch.testing.assert_close(explorer.faces, net.main(latents(0)), rtol=0, atol=1e-5)
    explorer.sliders["blond"].value = 0.6
    explorer.sliders["smiling"].value = 0.2
    assert explorer.alphas == {"blond": 0.6, "smiling": 0.2}
    torch.testing.assert_close(explorer.faces, net(latents(0), alpha=explorer.alphas), rtol=0, atol=1e-5)
    assert "blond: 0.60, smiling: 0.20" in explorer.status.value


@torch.no_grad()
def test_a_net_without_sets_has_one_slider(net: DynamicNet) -> None:
    single = one_net(net.main)
    explorer = FaceExplorer(single, low=-1.0, high=2.0)
    explorer.sliders["α"].value = 1.5
    torch.testing.assert_close(explorer.faces, single(latents(0), alpha=1.5), rtol=0, atol=1e-5)
    assert explorer.equal_steps not in explorer.view.children[0].children[0].children


def test_the_grid_shows_16_faces_in_rows_of_4(explorer: FaceExplorer) -> None:
    before = decoded(explorer._image)
    assert before.shape == (4 * 66 - 2, 4 * 66 - 2, 3)
    explorer.sliders["blond"].value = 1.0
    grid = decoded(explorer._image)
    tiles = [grid[66 * i : 66 * i + 64, 66 * j : 66 * j + 64] for i in range(4) for j in range(4)]
    for tile, face in zip(tiles, explorer.faces, strict=True):
        assert np.abs(tile.mean((0, 1)) / 255 - face.mean((1, 2)).numpy()).max() < 0.03
    assert not np.array_equal(grid, before)


def test_equal_steps_are_calibrated_where_there_is_a_calibration(explorer: FaceExplorer, net: DynamicNet) -> None:
    explorer.sliders["blond"].value = explorer.sliders["smiling"].value = 0.5
    assert explorer.equal_steps in explorer.view.children[0].children[0].children
    explorer.equal_steps.value = True
    assert explorer.alphas == {"blond": CALIBRATION(0.5), "smiling": 0.5} and CALIBRATION(0.5) < 0.4
    with torch.no_grad():
        torch.testing.assert_close(explorer.faces, net(latents(0), alpha=explorer.alphas), rtol=0, atol=1e-5)
    explorer.equal_steps.value = False
    assert explorer.alphas["blond"] == 0.5


@torch.no_grad()
def test_new_faces_keep_the_working_point_and_an_old_seed_brings_them_back(explorer: FaceExplorer, net: DynamicNet):
    explorer.sliders["smiling"].value = 0.4
    first = explorer.faces
    explorer.new_faces.click()
    assert explorer.seed.value == "1"
    torch.testing.assert_close(explorer.faces, net(latents(1), alpha={"smiling": 0.4}), rtol=0, atol=1e-5)
    explorer.seed.value = " 0 "
    torch.testing.assert_close(explorer.faces, first, rtol=0, atol=1e-6)
    explorer.seed.value = str(2**63 - 1)
    explorer.new_faces.click()
    assert explorer.seed.value == "0"


@pytest.mark.parametrize("bad", ["seven", "1.5", "", "-1", "1e3", str(2**63), "9" * 5000, "<b>"])
def test_a_bad_seed_is_a_sentence_and_changes_nothing(explorer: FaceExplorer, bad: str) -> None:
    shown = explorer.faces
    explorer.seed.value = bad
    sentence = f"a seed is an integer from 0 to 2^63 - 1, got {bad[:40]!r}; type one such as 7"
    assert html.unescape(explorer.status.value) == f"<b>{sentence}</b>" and "'<" not in explorer.status.value
    assert explorer.faces is shown
    explorer.new_faces.click()
    assert explorer.seed.value == "1" and "integer" not in explorer.status.value and explorer.faces is not shown


def test_a_step_of_the_slider_runs_only_what_follows_the_blocks(explorer: FaceExplorer, net: DynamicNet) -> None:
    explorer.sliders["blond"].value = 0.1
    for alpha in (0.2, 0.3):
        explorer.sliders["blond"].value = alpha
    blocks = {name: net.block(f"{name}/up3").conv0.weight for name in net.sets}
    weights = {"before": net.main.up2.conv.weight, "after": net.main.out.conv.weight, **blocks}
    with convolutions_counted(weights) as counts:
        for alpha in (0.4, 0.5):
            explorer.sliders["blond"].value = alpha
    assert counts == {"after": 2}


def test_a_seed_is_read_with_spaces_around_it_and_nothing_else() -> None:
    assert [parse_seed(text) for text in ("0", " 12 ", str(2**63 - 1))] == [0, 12, 2**63 - 1]
    with pytest.raises(DynnetError, match=r"got 'x'; type one such as 7"):
        parse_seed("x")


def test_what_is_refused(net: DynamicNet) -> None:
    with pytest.raises(DynnetError, match="by a Generator, got a Dynamic-Net on a TransformerNet"):
        FaceExplorer(dynamic_transformer())
    with pytest.raises(DynnetError, match="no slider 'bald' to calibrate; there are blond, smiling"):
        FaceExplorer(net, {"bald": CALIBRATION})
    with pytest.raises(DynnetError, match="a seed is an integer"):
        FaceExplorer(net, seed=-1)


@torch.no_grad()
def test_frames_are_what_a_slider_would_show_and_leave_it_alone(explorer: FaceExplorer, net: DynamicNet) -> None:
    shown = explorer.faces
    (found,) = frame_of(explorer.view, 0.6, "smiling").pictures.values()
    assert_shows(found, in_a_grid(net(latents(0), alpha={"smiling": 0.6})))
    assert explorer.faces is shown


@torch.no_grad()
def test_frames_of_a_net_without_sets(net: DynamicNet) -> None:
    single = one_net(net.main)
    (found,) = frame_of(FaceExplorer(single).view, 0.6, UNNAMED).pictures.values()
    assert_shows(found, in_a_grid(single(latents(0), alpha=0.6)))


def in_a_grid(faces: torch.Tensor) -> torch.Tensor:
    return make_grid(faces, nrow=4, padding=2, pad_value=1.0)[None, :, 2:-2, 2:-2]
