"""The animation of Figure 1: there and back, the dot on the curve, one palette, a bounded file."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageColor

from dynnet.errors import DynnetError
from dynnet.paper.show import plots
from dynnet.paper.style import teaser
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite
from dynnet.paper.style.network import TransformerNet
from tests.tiny import dynamic_transformer

ALPHAS = [0.0, 0.3, 1.0]


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    net = dynamic_transformer()
    terms = PerceptualTerms.of_style(VGG19Lite(), torch.rand(1, 3, 32, 32))
    return net, {2e4: net.main, 1e6: TransformerNet(2).eval()}, terms


@pytest.fixture(scope="module")
def frames(parts):
    return teaser.walk_frames(*parts, torch.rand(1, 3, 32, 32), ALPHAS)


def dot_centres(frame):
    """Mean place of the blue pixels of the slider's knob and of the plot's dot, told apart from lines by erosion."""
    blue = (np.abs(np.asarray(frame).astype(int) - ImageColor.getrgb(plots.BLUE)).sum(2) < 12)[:, teaser.SIDE + 20 :]
    full = np.lib.stride_tricks.sliding_window_view(blue, (7, 7)).all((2, 3))
    return np.argwhere(full).mean(0)


@pytest.mark.parametrize("count", [2, 3, 16])
def test_alphas_rise_from_0_to_1_and_are_dense_at_both_ends(count):
    alphas = teaser.eased(count)
    steps = np.diff(alphas)
    assert (alphas[0], alphas[-1], len(alphas)) == (0, 1, count)
    assert (steps > 0).all()
    assert steps[0] == pytest.approx(steps[-1]) and steps.max() <= np.pi / 2 / (count - 1)
    assert count < 4 or steps[0] < steps[count // 2]


def test_frames_go_there_and_back_without_the_ends_twice(frames):
    assert len(frames) == 2 * len(ALPHAS) - 2
    assert frames[3] is frames[1]
    assert {frame.size for frame in frames} == {(teaser.WIDTH, teaser.HEIGHT)}
    assert not np.array_equal(frames[0], frames[1])


def test_the_dot_travels_and_the_plot_stands_still(frames):
    places = [dot_centres(frame) for frame in frames[:3]]
    assert np.abs(places[2] - places[0]).max() > 20
    different = (np.asarray(frames[0]) != np.asarray(frames[2])).any(2)[:, teaser.SIDE + 20 :]
    assert 0 < different.sum() < 2 * 19**2  # two dots of 17 pixels, and their rims


def test_a_dot_lies_where_it_was_set():
    page = Image.new("RGB", (60, 40), "white")
    teaser._set_dot(page, 30.25, 20.75, 8, plots.INK)
    dark = 255 - np.asarray(page.convert("L"), dtype=float)
    rows, columns = np.mgrid[:40, :60] + 0.5
    centre = [(dark * axis).sum() / dark.sum() for axis in (columns, rows)]
    assert centre == pytest.approx([30.25, 20.75], abs=0.15)


def test_the_gif_is_endless_with_one_palette_and_shows_the_frames(frames, tmp_path):
    path = tmp_path / "walk.gif"
    assert teaser.write_gif(frames, path, milliseconds=50) == path.stat().st_size
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.info["loop"], gif.info["duration"]) == (4, 0, 50)
        shown = []
        for number in range(gif.n_frames):
            gif.seek(number)
            shown.append(np.asarray(gif.convert("RGB")).astype(int))
    for frame, back in zip(frames, shown, strict=True):
        assert np.abs(back - np.asarray(frame)).mean() < 8
    assert np.array_equal(shown[1], shown[3])  # the same picture has the same pixels on the way back: no flicker


def test_a_gif_that_is_too_large_is_refused_and_leaves_the_old_one(frames, tmp_path):
    path = tmp_path / "walk.gif"
    path.write_bytes(b"old")
    with pytest.raises(DynnetError, match=r"walk\.gif would have .* take fewer frames"):
        teaser.write_gif(frames, path, largest=1000)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_animated_is_named(parts, tmp_path):
    square = torch.rand(1, 3, 32, 32)
    for alphas in ([0.5], [0.0, 1.0, 0.0]):
        with pytest.raises(DynnetError, match="at least 2 alphas"):
            teaser.walk_frames(*parts, square, alphas)
    with pytest.raises(DynnetError, match="one square picture"):
        teaser.walk_frames(*parts, torch.rand(1, 3, 32, 40), ALPHAS)
    with pytest.raises(DynnetError, match="at least 2"):
        teaser.eased(1)
    with pytest.raises(DynnetError, match="needs frames"):
        teaser.write_gif([], tmp_path / "walk.gif")


def test_shown_carries_its_alt_text(tmp_path):
    path = tmp_path / "walk.gif"
    path.write_bytes(b"GIF89a")
    assert 'alt="a &quot;walk&quot;"' in teaser.shown(path, 'a "walk"').data
    with pytest.raises(DynnetError, match="alt text"):
        teaser.shown(path, " ")
