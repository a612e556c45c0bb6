"""The parts of explorers: only the latest move counts, and no row squeezes what is in it."""

import asyncio

import ipywidgets

from dynnet.paper.show import slider_parts as parts
from dynnet.paper.show.slider_parts import LatestWins


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
