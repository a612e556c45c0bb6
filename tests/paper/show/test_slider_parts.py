"""The parts of explorers: only the latest move counts, an upload is what is shown, no row squeezes what is in it."""

import asyncio

import ipywidgets
import pytest
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.show import slider_parts as parts
from dynnet.paper.show.slider_parts import LatestWins, PictureChoice
from tests.paper.show.files import flat_png, upload


def test_latest_wins_drops_what_was_overtaken():
    seen = []

    async def moves():
        latest = LatestWins(seen.append)
        for value in range(5):
            latest(value)
        await asyncio.sleep(0.05)
        latest(9)
        await asyncio.sleep(0.05)

    asyncio.run(moves())
    assert seen == [4, 9]


def test_latest_wins_works_at_once_without_an_event_loop():
    seen = []
    LatestWins(seen.append)(3)
    assert seen == [3]


def test_controls_and_pictures_keep_their_sizes_and_their_rows_wrap():
    slider, image, other = parts.alpha_slider("α", -1, 2), parts.jpeg_image(320), parts.jpeg_image(64)
    view = parts.side_by_side([slider], [image, parts.titled("other", other)])
    column, row = view.children
    assert column.children == (slider,) and row.children[0] is image and row.children[1].children[1] is other
    for rows in (view, row):
        assert rows.layout.flex_flow == "row wrap" and rows.layout.align_items == "flex-start"
    for rigid in (column, image, row.children[1], other):
        assert rigid.layout.flex == "0 0 auto" and rigid.layout.max_width == "100%"


def test_sliders_have_their_range_and_one_look():
    alpha, pixels = parts.alpha_slider("α", -1, 2), parts.pixel_slider("left", 3, 0, 7)
    assert (alpha.value, alpha.min, alpha.max) == (0, -1, 2) and isinstance(alpha, ipywidgets.FloatSlider)
    assert (pixels.value, pixels.min, pixels.max) == (3, 0, 7) and isinstance(pixels, ipywidgets.IntSlider)
    for slider in (alpha, pixels):
        assert slider.layout.width == "480px" and slider.style.description_width == "initial"


# Uploads


class Shown:
    """A choice of pictures, and all that it showed."""

    def __init__(self, *names: str) -> None:
        self.seen: list[float] = []
        self.refuse: float | None = None
        self.choice = PictureChoice({name: torch.full((1, 3, 20, 20), 0.5) for name in names}, self._show)

    def _show(self, picture: Tensor) -> None:
        if round(255 * picture.max().item()) == self.refuse:
            raise DynnetError("expected <another> picture")
        self.seen.append(round(255 * picture.max().item()))


@pytest.mark.parametrize("name", ["image.jpg", "chelsea", "coffee", "chelsea (2)"])
def test_every_upload_is_shown_whatever_its_name(name: str) -> None:
    shown = Shown("chelsea", "coffee")
    for grey in (10, 20, 30):
        upload(shown.choice, name, flat_png(20, 30, grey))
        assert round(255 * shown.choice.picture.max().item()) == grey == shown.seen[-1]
    assert shown.seen == [10, 20, 30] and len(shown.choice.menu.options) == 5
    assert len(set(shown.choice.menu.options)) == 5
    for label in shown.choice.menu.options:  # all are still there
        shown.choice.menu.value = label
        assert round(255 * shown.choice.picture.max().item()) == shown.seen[-1]
    shown.choice.menu.value = "chelsea"
    assert shown.seen[-1] == 128


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>.png", "a & b.jpg", "<b>bold</b>"])
def test_names_are_text_and_never_html(name: str) -> None:
    shown = Shown("chelsea")
    upload(shown.choice, name, b"no picture")
    said = shown.choice.status.value
    assert name not in said and ("&lt;" in said or "&amp;" in said)
    assert said.count("<b>") == 1
    shown.refuse = 7
    upload(shown.choice, name, flat_png(20, 20, 7))
    assert name not in shown.choice.status.value and "expected &lt;another&gt; picture" in shown.choice.status.value
    assert name not in parts.titled(name, parts.jpeg_image(9)).children[0].value


def test_what_cannot_be_shown_is_named_and_what_was_there_is_shown_again() -> None:
    shown = Shown("chelsea", "coffee")
    upload(shown.choice, "first.png", flat_png(20, 20, 9))
    shown.refuse = 7
    upload(shown.choice, "odd.png", flat_png(20, 20, 7))
    assert shown.choice.menu.value == "first.png" and shown.seen == [9, 9]
    assert shown.choice.menu.options == ("chelsea", "coffee", "first.png")
    assert "odd.png" in shown.choice.status.value


@pytest.mark.parametrize(("height", "width"), [(16, 20_000), (20_000, 16), (100, 2_500)])
def test_a_very_long_upload_is_refused_in_a_line(height: int, width: int) -> None:
    shown = Shown("chelsea")
    upload(shown.choice, "panorama.png", flat_png(height, width, 9))
    assert f"at most 24 times as long as the other side, got {width} x {height} pixels" in shown.choice.status.value
    assert shown.seen == [] and shown.choice.menu.options == ("chelsea",)


@pytest.mark.parametrize(("height", "width"), [(16, 384), (500, 12_000), (16, 16)])
def test_a_long_upload_is_taken(height: int, width: int) -> None:
    shown = Shown("chelsea")
    upload(shown.choice, "panorama.png", flat_png(height, width, 9))
    assert shown.seen == [9] and min(shown.choice.picture.shape[2:]) >= 16
    assert max(shown.choice.picture.shape[2:]) <= parts.LONGEST_UPLOAD
