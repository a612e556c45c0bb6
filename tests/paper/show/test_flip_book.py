"""Flip books: the frames of a walk, each picture once, within their bytes; widgets where nobody asks for frames."""

import base64
import io
import json
import re

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.show.flip_book import VARIABLE, FlipBook, Frame, View, places

NOISE = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)


def frame(alpha: float) -> Frame:
    """A picture that alpha changes and one that it does not."""
    grey = np.full((64, 96, 3), round(100 + 50 * alpha), np.uint8)
    return Frame({"moves": grey, "<still>": NOISE}, f"at {alpha:.2f}", ((alpha + 1) / 4, 0.5))


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def picture(source: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 2), (-0.5, 1.5), (0, 1.5), (0.1, 0.7)])
@pytest.mark.parametrize("count", [3, 21])
def test_places_are_even_as_many_as_asked_for_and_at_both_trained_ends(low: float, high: float, count: int) -> None:
    found = places(low, high, count)
    assert found[0] == low and found[-1] == high and abs(len(found) - count) <= 5
    np.testing.assert_allclose(np.diff(found), (high - low) / (len(found) - 1))
    assert all(end in found for end in (0, 1) if low <= end <= high)


def test_frames_are_what_the_walk_shows_and_each_picture_is_there_once() -> None:
    data = data_of(FlipBook({"": frame}, -1, 2).html(21))
    (walk,) = data["walks"]
    assert [one["alpha"] for one in walk["frames"]] == places(-1, 2, 21)
    assert len(data["sources"]) == len(walk["frames"]) + 1
    for one in walk["frames"]:
        grey, still = (picture(data["sources"][index]) for index in one["pictures"])
        assert np.abs(grey.astype(int) - frame(one["alpha"]).pictures["moves"]).max() <= 2
        assert still.shape == NOISE.shape
        assert one["reading"] == f"at {one['alpha']:.2f}" and one["dot"][1] == 50


def test_further_walks_have_half_as_many_frames_and_a_menu() -> None:
    page = FlipBook({"all": frame, "one alone": frame}).html(21)
    assert [len(walk["frames"]) for walk in data_of(page)["walks"]] == [21, 11]
    assert re.findall(r"<option [^>]*>([^<]*)", page) == ["all", "one alone"]
    assert "<select" not in FlipBook({"": frame}).html(3)


def test_pictures_get_narrower_until_they_fit_and_never_wider() -> None:
    free, tight = (data_of(FlipBook({"": frame}, budget=budget).html(3))["sources"] for budget in (10**6, 8000))
    assert picture(free[1]).shape == NOISE.shape
    assert sum(map(len, tight)) <= 8000 < sum(map(len, free))
    height, width = picture(tight[1]).shape[:2]
    assert width < 96 and abs(height / width - 64 / 96) < 0.02
    assert picture(data_of(FlipBook({"": frame}, width=48).html(3))["sources"][1]).shape[1] == 48


def test_what_is_shown_before_any_script_runs_is_a_picture_with_its_text() -> None:
    page = FlipBook({"": frame}, plot=("plane", lambda: NOISE)).html(3)
    shown = re.sub(r"(?s)<script.*?</script>|<style.*?</style>", "", page)
    assert re.findall(r'alt="([^"]*)"', shown)[:2] == ["moves, α = 0.50", "&lt;still&gt;, α = 0.50"]
    assert "<still>" not in page and "at 0.50" in shown and 'aria-valuetext="0.50"' in shown
    assert 'style="left: 37.5%; top: 50.0%"' in shown


def test_it_is_displayed_in_a_headless_run_and_widgets_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    book = FlipBook({"": lambda alpha: taken.append(alpha) or frame(alpha)})
    view = View([ipywidgets.HTML("x")], book)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert "application/vnd.jupyter.widget-view+json" in view._repr_mimebundle_() and not taken
    monkeypatch.setenv(VARIABLE, "3")
    shown = view._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"} and taken == [0, 0.5, 1]


@pytest.mark.parametrize("value", ["1", "-3", "many"])
def test_a_variable_that_is_no_number_of_frames_is_said(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(DynnetError, match=f"{VARIABLE}: expected a number of frames"):
        View([], FlipBook({"": frame}))._repr_mimebundle_()
