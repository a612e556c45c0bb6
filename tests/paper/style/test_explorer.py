"""Sliders, moved by code: the picture follows, the dot travels, and only the latest move counts."""

import numpy as np
import pytest
import torch

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.paper.style.explorer import AlphaExplorer
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite
from dynnet.paper.style.network import TransformerNet
from tests.paper.show.files import assert_shows, black_png, decoded, frame_of, upload


@pytest.fixture(scope="module")
def explorer():
    torch.manual_seed(0)
    main = TransformerNet(2)
    net = DynamicNet(main, {"res3": TuningBlock(8), "out": TuningBlock(2)})
    for block in net.blocks.values():
        torch.nn.init.normal_(block.conv2.weight, std=0.3)
    terms = PerceptualTerms.of_style(VGG19Lite(), torch.rand(1, 3, 48, 48))
    pictures = {"noise": torch.rand(1, 3, 48, 48), "grey": torch.full((1, 3, 32, 40), 0.5)}
    with torch.no_grad():
        return AlphaExplorer(net, terms, {2e4: main, 1e6: TransformerNet(2)}, pictures)


def test_shared_slider_moves_all_blocks_and_shows_the_plain_pass(explorer):
    explorer.shared.value = 0.6
    assert explorer.alphas == {"res3": 0.6, "out": 0.6}
    expected = explorer._net(explorer.choice.picture, alpha=0.6)
    torch.testing.assert_close(explorer.picture, expected, rtol=0, atol=1e-5)


def test_a_block_slider_moves_its_block_only_and_changes_the_picture_shown(explorer):
    explorer.shared.value = 0.2
    before, dot = decoded(explorer._image), decoded(explorer._plot_image)
    explorer.blocks["out"].value = 1.0
    assert explorer.alphas == {"res3": 0.2, "out": 1.0}
    assert not np.array_equal(decoded(explorer._image), before)
    assert not np.array_equal(decoded(explorer._plot_image), dot)


def test_another_picture_keeps_the_working_point(explorer):
    explorer.shared.value = 0.4
    explorer.choice.menu.value = "grey"
    assert explorer.picture.shape == (1, 3, 32, 40)
    assert explorer.alphas == {"res3": 0.4, "out": 0.4}
    explorer.choice.menu.value = "noise"


def test_an_upload_becomes_the_picture(explorer):
    upload(explorer.choice, "mine.png", black_png(30, 50))
    assert explorer.choice.menu.value == "mine.png"
    assert explorer.picture.shape == (1, 3, 30, 50)
    explorer.choice.menu.value = "noise"


def test_a_bad_upload_is_named_and_changes_nothing(explorer):
    shown = explorer.picture
    upload(explorer.choice, "notes.txt", b"no picture")
    assert "notes.txt" in explorer.choice.status.value
    assert explorer.picture is shown


@torch.no_grad()
@pytest.mark.parametrize(("walk", "alphas"), [("all blocks", 0.6), ("out alone", {"res3": 0.0, "out": 0.6})])
def test_frames_are_what_the_sliders_would_show_and_leave_them_alone(explorer, walk, alphas):
    shown = explorer.picture
    frame = frame_of(explorer.view, 0.6, walk)
    assert_shows(frame.pictures["painted"], explorer._net(explorer.choice.picture, alpha=alphas))
    assert all(0 < share < 1 for share in frame.dot) and "style loss" in frame.reading
    assert explorer.picture is shown


def test_the_dot_lies_where_the_plot_has_the_working_point(explorer):
    across, down = explorer._plot.place(1.0, 1.0)
    assert explorer._plot.place(2.0, 1.0)[0] > across and explorer._plot.place(1.0, 2.0)[1] < down
