"""The brush in Chromium, with a model of our own: strokes by pointer and by keys become the mask."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dynnet.paper.data.pictures import jpeg_bytes
from dynnet.paper.show import brush
from dynnet.paper.show.brush import SIDE
from tests.browser import lab, widgets

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
HEIGHT, WIDTH = 90, 180  # of the photo
_SHOW = """([photo, side, tint]) => {
    const bytes = text => new DataView(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer);
    const painted = new DataView(new ArrayBuffer(side * side));
    show({photo: bytes(photo), painted, side, tint, size: 0.2, erasing: false, width: 360});
}"""
_PAINTED = "() => [...new Uint8Array(model.get('painted').buffer)]"


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    with widgets.widget_page(browser, Path(brush.__file__).with_name("brush.js")) as page:
        photo = base64.b64encode(jpeg_bytes(np.full((HEIGHT, WIDTH, 3), 100, np.uint8))).decode()
        page.evaluate(_SHOW, [photo, SIDE, "#e69f00"])
        page.wait_for_function(f"document.querySelector('canvas').height === {HEIGHT}")
        yield page


def mask(page: "Page") -> np.ndarray:
    """What is painted once it is given: (SIDE, SIDE) uint8."""
    page.evaluate("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    return np.array(page.evaluate(_PAINTED), np.uint8).reshape(SIDE, SIDE)


def stroke(page: "Page", *places: tuple[float, float]) -> None:
    """By mouse, in shares of the canvas."""
    box = page.locator("canvas").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def test_the_photo_is_shown_in_its_proportions(page: "Page") -> None:
    assert lab.distorted(page.locator("body")) == []
    assert not mask(page).any()


def test_a_stroke_paints_as_wide_as_the_brush_and_nowhere_else(page: "Page") -> None:
    stroke(page, (0.3, 0.5), (0.7, 0.5))
    found = mask(page)
    assert page.evaluate("model.saved.length") > 0
    row, column = found[SIDE // 2], found[:, SIDE // 2]
    assert np.all(row[int(0.3 * SIDE) : int(0.7 * SIDE)] == 255) and not row[: int(0.2 * SIDE)].any()
    assert abs(np.count_nonzero(column > 127) - 0.2 * SIDE) <= 2  # the size is a share of the shorter side
    ends = np.nonzero(row > 127)[0]
    assert abs(ends[0] - (0.3 - 0.1 * HEIGHT / WIDTH) * SIDE) <= 2  # a round end in a picture twice as wide as high


def test_erasing_takes_away(page: "Page") -> None:
    stroke(page, (0.2, 0.5), (0.8, 0.5))
    page.evaluate("model.set('erasing', true)")
    stroke(page, (0.5, 0.5))
    found = mask(page)[SIDE // 2]
    assert found[SIDE // 2] == 0 and found[SIDE // 4] == 255


def test_keys_move_the_brush_and_space_paints(page: "Page") -> None:
    canvas = page.locator("canvas")
    canvas.focus()
    for _ in range(8):
        canvas.press("ArrowRight")
    canvas.press(" ")
    found = mask(page)[SIDE // 2]
    assert found[3 * SIDE // 4] == 255 and found[SIDE // 2] == 0


def test_what_python_paints_is_painted_on(page: "Page") -> None:
    left = "model.set('painted', new DataView(Uint8Array.from({length: %d}, (_, i) => i %% %d < %d ? 255 : 0).buffer))"
    page.evaluate(left % (SIDE * SIDE, SIDE, SIDE // 2))
    stroke(page, (0.9, 0.5))
    found = mask(page)[SIDE // 2]
    assert np.all(found[: SIDE // 2] == 255) and found[int(0.9 * SIDE)] == 255 and not found[int(0.7 * SIDE)]


def test_what_leaves_hears_nothing_more(page: "Page") -> None:
    assert page.evaluate("left()") == 3
    page.evaluate("leave()")
    assert page.evaluate("left()") == 0
