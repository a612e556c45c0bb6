"""One slider over several methods: every picture follows, and a bad upload changes nothing."""

import numpy as np
import pytest
import torch
from torch import nn

from dynnet import walks
from dynnet.paper.show.walk_explorer import WalkExplorer
from tests.paper.show.files import assert_shows, decoded, frame_of, upload
from tests.tiny import dynamic_transformer

PICTURES = {"noise": torch.rand(1, 3, 24, 32), "grey": torch.full((1, 3, 16, 20), 0.5)}
NET = dynamic_transformer()


@pytest.fixture
def explorer():
    methods = {"dynamic": walks.dynamic(NET), "fade": walks.interpolation(NET.main, nn.Identity())}
    return WalkExplorer({"both": methods, "one": {"fade": methods["fade"]}}, PICTURES, low=-1.0, high=2.0)


@torch.no_grad()
def test_every_method_is_at_the_alpha_of_the_slider(explorer):
    x = PICTURES["noise"]
    for alpha in (0.0, 1.5, -0.5):
        explorer.alpha.value = alpha
        torch.testing.assert_close(explorer.pictures["dynamic"], NET(x, alpha=alpha), rtol=0, atol=1e-5)
        torch.testing.assert_close(explorer.pictures["fade"], NET.main(x) + alpha * (x - NET.main(x)))


def test_the_picture_shown_changes_with_alpha(explorer):
    before = decoded(explorer._images["dynamic"])
    explorer.alpha.value = 1.0
    assert not np.array_equal(decoded(explorer._images["dynamic"]), before)


@torch.no_grad()
def test_another_picture_and_another_walk_keep_the_alpha(explorer):
    explorer.alpha.value = 0.4
    explorer.choice.menu.value = "grey"
    assert explorer.pictures["dynamic"].shape == (1, 3, 16, 20)
    torch.testing.assert_close(explorer.pictures["dynamic"], NET(PICTURES["grey"], alpha=0.4), rtol=0, atol=1e-5)
    explorer.walk.value = "one"
    assert list(explorer.pictures) == ["fade"] and len(explorer._row.children) == 1


def test_the_menu_of_walks_is_there_only_when_there_is_a_choice(explorer):
    assert explorer.walk in explorer.view.children[0].children
    only = WalkExplorer({"one": {"fade": walks.interpolation(NET.main, nn.Identity())}}, PICTURES)
    assert only.walk not in only.view.children[0].children


def test_a_bad_upload_is_named_and_changes_nothing(explorer):
    shown = explorer.pictures
    upload(explorer.choice, "notes.txt", b"no picture")
    assert "notes.txt" in explorer.choice.status.value
    assert explorer.pictures is shown


@torch.no_grad()
def test_frames_are_what_the_slider_would_show_and_leave_it_alone(explorer):
    shown = explorer.pictures
    frame = frame_of(explorer.view, 1.5)
    assert list(frame.pictures) == ["dynamic", "fade"] and frame.reading == "both"
    assert_shows(frame.pictures["dynamic"], NET(PICTURES["noise"], alpha=1.5))
    assert explorer.pictures is shown and explorer.alpha.value == 0
