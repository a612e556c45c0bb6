"""House styles: one seed is one picture at every size, with the tones and hues a style target needs."""

import itertools
from functools import cache

import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.style.drawings import gallery
from dynnet.paper.style.drawings.gallery import HOUSE_STYLES, render_style

each_style = pytest.mark.parametrize("name", HOUSE_STYLES)


def rendered(name: str, seed: int = 0) -> np.ndarray:
    return _rendered(name, seed)  # however it is called


@cache
def _rendered(name: str, seed: int) -> np.ndarray:
    return render_style(name, 128, seed)


def box_average(picture: np.ndarray, factor: int) -> np.ndarray:
    side = len(picture) // factor
    return picture.reshape(side, factor, side, factor, 3).mean(axis=(1, 3))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def luminance(picture: np.ndarray) -> np.ndarray:
    return picture / 255 @ np.array([0.299, 0.587, 0.114])


def test_there_are_at_least_six_names_all_different():
    assert len(set(HOUSE_STYLES)) == len(HOUSE_STYLES) >= 6


@each_style
def test_shape_and_type(name: str):
    picture = rendered(name)
    assert picture.shape == (128, 128, 3)
    assert picture.dtype == np.uint8


@each_style
def test_same_seed_same_picture_whatever_the_global_generator_holds(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gallery, "_SMALLEST_CANVAS", 96)  # painted twice, and chance is no matter of size
    first = gallery._square.__wrapped__(name, 48, 0)
    np.random.seed(2)
    np.testing.assert_array_equal(first, gallery._square.__wrapped__(name, 48, 0))
    assert first.std() > 8  # something is drawn at that size, too


def test_a_drawing_that_somebody_paints_over_is_drawn_as_before():
    first = render_style("mosaic", (16, 24))
    before = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(render_style("mosaic", (16, 24)), before)


@each_style
def test_another_seed_is_another_picture(name: str):
    assert correlation(rendered(name, seed=0), rendered(name, seed=1)) < 0.9


# 256 px are painted on a larger canvas than 128, 32 on the same one: that is the gallery's doing, not the painter's
@pytest.mark.parametrize(("name", "size"), [*((name, 256) for name in HOUSE_STYLES), (HOUSE_STYLES[0], 32)])
def test_another_size_is_the_same_picture(name: str, size: int):
    large, small = sorted([rendered(name), render_style(name, size)], key=len, reverse=True)
    assert correlation(box_average(large, len(large) // len(small)), small) > 0.95


def test_a_much_larger_size_is_the_same_picture():
    name = "woodcut"  # quick to paint, and the canvas is the gallery's doing
    assert correlation(box_average(render_style(name, 512), 4), rendered(name)) > 0.95


def test_a_picture_that_is_not_square_is_the_centre_of_the_square_one():
    name = HOUSE_STYLES[0]
    square = rendered(name)
    np.testing.assert_array_equal(render_style(name, (80, 128)), square[24:104])
    np.testing.assert_array_equal(render_style(name, (128, 80)), square[:, 24:104])


@each_style
@pytest.mark.parametrize("seed", [0, 1])
def test_tones_from_dark_to_light(name: str, seed: int):
    dark, middle, light = np.quantile(luminance(rendered(name, seed=seed)), [0.05, 0.5, 0.95])
    assert dark < 0.25
    assert 0.2 < middle < 0.75
    assert light > 0.75


@each_style
def test_colours_are_saturated(name: str):
    picture = rendered(name) / 255
    assert np.mean(picture.max(axis=-1) - picture.min(axis=-1)) > 0.18


@each_style
def test_no_large_part_is_flat(name: str):
    tones = luminance(rendered(name))
    blocks = tones.reshape(8, 16, 8, 16).std(axis=(1, 3))
    assert np.mean(blocks < 0.02) < 0.15


def test_no_two_styles_look_alike():
    for one, other in itertools.combinations(HOUSE_STYLES, 2):
        assert abs(correlation(rendered(one), rendered(other))) < 0.7


def test_unknown_name_lists_the_names_there_are():
    with pytest.raises(DynnetError, match=f"impressionism.*{HOUSE_STYLES[0]}"):
        render_style("impressionism")


@pytest.mark.parametrize("size", [15, (64, 8)])
def test_too_small_a_size_is_refused(size: int | tuple[int, int]):
    with pytest.raises(DynnetError, match="16"):
        render_style(HOUSE_STYLES[0], size)
