"""The pad in Chromium, with a model of our own: pointer and keys move the dot, y upwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dynnet.paper.show import pad
from tests.browser import widgets

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
MARKS = [[1, 0, "glass alone"], [0, 1, "knife alone"], [0.25, 0.25, "a third"], [-0.5, 1.5, "far"]]
VALUES = {"x_name": "glass", "y_name": "knife", "low": -0.5, "high": 1.5, "x": 0.5, "y": 0.5, "marks": MARKS}
PIXEL = 2 / 200  # of the range, about


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    with widgets.widget_page(browser, Path(pad.__file__).with_name("pad.js")) as page:
        page.evaluate("values => show(values)", VALUES | {"width": 256, "budget": False})
        yield page


def point(page: "Page") -> list[float]:
    """Where the model has the dot."""
    return page.evaluate("[model.get('x'), model.get('y')]")


def place(page: "Page", x: float, y: float) -> tuple[float, float]:
    """Where a point is on the page, by the square that is drawn."""
    box = page.locator(".square").bounding_box()
    return box["x"] + (x + 0.5) / 2 * box["width"], box["y"] + (1.5 - y) / 2 * box["height"]


def drag(page: "Page", *points: tuple[float, float]) -> None:
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for one in points[1:]:
        page.mouse.move(*place(page, *one), steps=3)
    page.mouse.up()


def assert_drawn(page: "Page", x: float, y: float) -> None:
    box = page.locator(".dot").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert middle == pytest.approx(place(page, x, y), abs=1)


def test_the_dot_is_where_it_is_dragged_and_nowhere_after(page: "Page") -> None:
    assert_drawn(page, 0.5, 0.5)
    drag(page, (0.5, 0.5), (1.25, -0.25))
    assert point(page) == pytest.approx([1.25, -0.25], abs=PIXEL)
    assert_drawn(page, *point(page))
    saved = page.evaluate("model.saved.length")
    page.mouse.move(*place(page, 0.0, 1.0))
    assert page.evaluate("model.saved.length") == saved > 0


def test_past_the_rim_it_stays_at_the_rim(page: "Page") -> None:
    drag(page, (0.5, 0.5), (3.0, 0.25))
    assert point(page) == pytest.approx([1.5, 0.25], abs=PIXEL) and point(page)[0] == 1.5
    drag(page, (0.5, 0.5), (-0.6, 1.6))
    assert point(page) == [-0.5, 1.5]


def test_on_a_narrow_page_it_is_smaller_and_as_exact(page: "Page") -> None:
    page.set_viewport_size({"width": 160, "height": 400})
    assert page.locator("svg").bounding_box()["width"] == 160
    drag(page, (0.5, 0.5), (1.0, 0.0))
    assert point(page) == pytest.approx([1.0, 0.0], abs=2 * PIXEL)


def test_keys_move_it_by_a_thirty_second_and_the_page_is_told_both_values(page: "Page") -> None:
    square = page.get_by_role("application", name="glass 0.50, knife 0.50")
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert point(page) == [0.5 + 2 / 32, 0.5 - 2 / 32]
    assert square.count() == 0 and page.get_by_role("application", name="glass 0.56, knife 0.44").count() == 1


def test_the_one_who_moves_it_by_keys_sees_a_ring(page: "Page") -> None:
    ring = page.locator(".ring")
    assert not ring.is_visible()
    page.keyboard.press("Tab")
    assert ring.is_visible() and page.locator("svg").evaluate("svg => getComputedStyle(svg).outlineStyle") == "solid"


def test_what_python_sets_is_drawn(page: "Page") -> None:
    page.evaluate("(model.set('x', -0.25), model.set('y', 1.25))")
    assert_drawn(page, -0.25, 1.25)


def test_with_a_budget_the_hand_does_not_leave_it(page: "Page") -> None:
    page.evaluate("model.set('budget', true)")
    drag(page, (0.5, 0.5), (0.75, 1.5))
    x, y = point(page)
    assert x + y == 1 and x == pytest.approx(1 / 3, abs=PIXEL)
    saved = page.evaluate("model.saved.map(({x, y}) => x + y)")
    assert len(saved) > 1 and max(saved) <= 1
    drag(page, (0.25, 0.25))
    assert point(page) == pytest.approx([0.25, 0.25], abs=PIXEL)


def test_the_dashed_line_is_where_the_sum_is_one(page: "Page") -> None:
    box = page.locator(".budget").bounding_box()
    (left, top), (right, bottom) = place(page, -0.5, 1.5), place(page, 1.5, -0.5)
    assert [box["x"], box["y"], box["width"], box["height"]] == pytest.approx(
        [left, top, right - left, bottom - top], abs=1.5
    )


def test_marks_and_their_labels_are_inside(page: "Page") -> None:
    crosses = page.locator(".mark").all()
    assert len(crosses) == len(MARKS)
    for cross, (x, y, label) in zip(crosses, MARKS, strict=True):
        box = cross.bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        assert middle == pytest.approx(place(page, x, y), abs=1)
        text, outer = page.get_by_text(label, exact=True).bounding_box(), page.locator("svg").bounding_box()
        assert text["x"] >= outer["x"] and text["x"] + text["width"] <= outer["x"] + outer["width"]
        assert text["y"] >= outer["y"] and text["y"] + text["height"] <= outer["y"] + outer["height"]


def test_a_finger_that_drags_scrolls_nothing(page: "Page") -> None:
    assert page.locator("svg").evaluate("svg => getComputedStyle(svg).touchAction") == "none"


def test_what_leaves_hears_nothing_more(page: "Page") -> None:
    assert page.evaluate("left()") == 2
    page.evaluate("leave()")
    assert page.evaluate("left()") == 0
