"""Effective resolution: a style picture is recognised at the scale it was drawn, and ranges where a walk is one way."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.style.drawings.gallery import render_style
from dynnet.paper.style.losses.features import feature_network
from dynnet.paper.style.measures.texture_scale import (
    effective_resolution,
    meaningful_range,
    measure_scale,
    scale_numbers,
    style_ladder,
)
from tests.tiny import count_calls

RUNGS = (64, 96, 128, 192)


def draw(resolution: int) -> Tensor:
    return to_tensor(render_style("mosaic", resolution, 0))


@pytest.fixture(scope="module")
def features():
    return feature_network("vgg19_lite")


@pytest.fixture(scope="module")
def ladder(features):
    return style_ladder(features, draw, RUNGS)


def test_the_ladder_holds_gram_matrices_without_the_first_layers(features, ladder) -> None:
    assert list(ladder) == [64.0, 96.0, 128.0, 192.0]
    assert all(list(targets) == ["relu2_2", "relu3_4"] for targets in ladder.values())


@pytest.mark.parametrize("resolution", RUNGS)
@torch.no_grad()
def test_a_style_picture_has_the_resolution_it_was_drawn_at(features, ladder, resolution: int) -> None:
    found = effective_resolution(features(draw(resolution)), ladder).item()
    assert found == pytest.approx(resolution, rel=0.08)  # the parabola leans to the nearer neighbour
    assert effective_resolution(features(draw(64)), ladder).item() == 64  # the end of the ladder


@torch.no_grad()
def test_between_the_rungs_it_is_between(features, ladder) -> None:
    assert 96 < effective_resolution(features(draw(112)), ladder).item() < 128


@torch.no_grad()
def test_the_strength_of_the_features_does_not_matter(features, ladder) -> None:
    found = features(torch.cat([draw(112), draw(112).flip(3)]))
    stronger = {layer: 3 * z for layer, z in found.items()}
    expected = effective_resolution(found, ladder)
    assert expected.shape == (2,)
    torch.testing.assert_close(effective_resolution(stronger, ladder), expected, rtol=1e-4, atol=0)


def test_the_peak_of_a_parabola_by_hand(features) -> None:
    """Gram matrices whose cosines with the picture's are 1 - (log r - log 100)^2 have their peak at 100."""
    rungs = [64.0, 90.0, 128.0]
    cosines = [1 - np.log(r / 100) ** 2 for r in rungs]
    ladder = {
        r: {"one": torch.tensor([[[c, np.sqrt(1 - c**2)], [0, 0]]]).float()}
        for r, c in zip(rungs, cosines, strict=True)
    }
    picture = {"one": torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)}
    assert effective_resolution(picture, ladder).item() == pytest.approx(100, rel=1e-3)


def test_two_rungs_are_no_ladder(features, ladder) -> None:
    with pytest.raises(DynnetError, match=r"at least three resolutions, got \[64.0, 96.0\]"):
        effective_resolution({}, {r: ladder[r] for r in (64.0, 96.0)})


def walk_of(*resolutions: int):
    """A walk that draws mosaics in the place of the pictures."""
    return lambda x: ((r, draw(r)[..., :64, :64].expand_as(x)) for r in resolutions)


def test_scale_along_a_walk(features, ladder) -> None:
    found = measure_scale(walk_of(192, 96, 64), torch.rand(3, 3, 64, 64), features, ladder)
    assert found.setting.tolist() == [192, 96, 64]
    assert found.resolution.is_monotonic_decreasing and found.resolution.nunique() == 3
    assert (found.low <= found.resolution * 1.001).all() and (found.resolution <= found.high * 1.001).all()


def test_the_mean_is_geometric_and_batches_do_not_matter(features, ladder) -> None:
    pictures = torch.cat([draw(64)[..., :64, :64], draw(192)[..., :64, :64], draw(96)[..., :64, :64]])
    same = lambda x: [(0.0, x)]  # noqa: E731
    found = measure_scale(same, pictures, features, ladder, batch=2)
    each = effective_resolution(features(pictures), ladder).numpy()
    assert found.resolution.item() == pytest.approx(np.exp(np.log(each).mean()), rel=1e-5)
    pd.testing.assert_frame_equal(found, measure_scale(same, pictures, features, ladder, batch=3), rtol=1e-4)


def test_the_feature_network_runs_once_per_picture_and_setting(features, ladder) -> None:
    calls = count_calls({"features": features})
    measure_scale(walk_of(96, 64), torch.rand(3, 3, 64, 64), features, ladder, batch=3)
    assert calls["features"] == 2


def points(*resolutions: float) -> pd.DataFrame:
    """Settings -1, -0.5 ... 2."""
    return pd.DataFrame({"setting": np.linspace(-1, 2, 7), "resolution": resolutions})


@pytest.mark.parametrize(
    ("resolutions", "expected"),
    [
        ((1, 2, 3, 4, 5, 6, 7), (-1, 2)),
        ((9, 2, 3, 4, 5, 6, 7), (-0.5, 2)),  # breaks down below -0.5
        ((1, 2, 3, 4, 5, 4, 3), (-1, 1)),  # and above 1
        ((1, 9, 3, 4, 2, 6, 7), (0, 0.5)),  # only around 0, however long the others
        ((9, 8, 7, 6, 5, 4, 3), (0, 0)),
        ((1, 2, 3, 2.98, 5, 6, 7), (-1, 2)),  # within 1 %
        ((1, 2, 3, 2.9, 5, 6, 7), (-1, 0)),
    ],
)
def test_the_range_is_the_longest_run_around_zero(resolutions: tuple, expected: tuple[float, float]) -> None:
    assert meaningful_range(points(*resolutions), rising=True) == expected
    assert meaningful_range(points(*(1 / w for w in resolutions)), rising=False) == expected


def test_small_steps_the_wrong_way_add_up() -> None:
    drifting = points(*(0.993**n for n in range(7)))
    assert meaningful_range(drifting, rising=True) == (-0.5, 0)
    assert meaningful_range(drifting, rising=True, tolerance=0.015) == (-1, 0)
    assert meaningful_range(drifting, rising=True, tolerance=0.05) == (-1, 2)


def test_settings_are_put_in_order_and_zero_may_be_rounded() -> None:
    shuffled = points(9, 2, 3, 4, 5, 6, 7).iloc[[3, 0, 6, 2, 5, 1, 4]]
    assert meaningful_range(shuffled, rising=True) == (-0.5, 2)
    rounded = pd.DataFrame({"setting": np.arange(-1, 2.05, 0.1), "resolution": np.arange(1, 32)})
    assert 0 not in rounded["setting"].tolist()
    assert meaningful_range(rounded, rising=True) == pytest.approx((-1, 2))


def test_a_range_needs_the_setting_zero() -> None:
    with pytest.raises(
        DynnetError, match=r"around setting 0, got settings \[-1\.0, -0\.5, 0\.5, .*: let the walk visit 0"
    ):
        meaningful_range(points(1, 2, 3, 4, 5, 6, 7).drop(2), rising=True)


def test_what_decides_the_claims_about_scale() -> None:
    one, dual = points(90, 110, 100, 60, 50, 55, 40), points(200, 150, 100, 60, 50, 45, 40)
    assert scale_numbers(one.sample(frac=1, random_state=0), dual) == pytest.approx(
        {
            "interpolation": 0,
            "trained": 0.5,
            "finer": 0.8,
            "coarser": 1.1,
            "dual_coarser": 2,
            "from": -0.5,  # below it the resolution falls again
            "to": 1,  # and at 1.5 it rises
            "dual_from": -1,
            "dual_to": 2,
        }
    )


def test_a_step_up_between_the_ends_is_counted() -> None:
    up = points(130, 110, 100, 60, 65, 55, 40)
    assert scale_numbers(up, up)["interpolation"] == 1


@pytest.mark.parametrize("stop", [-0.5, 1, 2])
def test_a_stop_that_is_missing_is_named(stop: float) -> None:
    walk = points(130, 120, 100, 60, 50, 45, 40)
    with pytest.raises(DynnetError, match=rf"stop at {stop:g}, got"):
        scale_numbers(walk[walk.setting != stop], walk)
