"""Working points between two styles are the losses of two perceptual terms, at the price of one."""

import weakref
from collections.abc import Iterator

import pandas as pd
import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.measures.style_pair import faithfulness, halfway_sum, measure_pair, normalised, pair_numbers
from dynnet.walks import alpha_walk, fixed_walk
from tests.tiny import Times, TinyFeatures, count_calls, dynamic_transformer

WALK = fixed_walk({0.0: Times(1.0), 0.5: Times(0.7), 1.0: Times(0.2)})


@pytest.fixture
def pair() -> tuple[PerceptualTerms, PerceptualTerms]:
    features = TinyFeatures()
    a, b = torch.rand(2, 1, 3, 16, 16)
    return PerceptualTerms.of_style(features, a), PerceptualTerms.of_style(features, b**3)


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.rand(5, 3, 16, 16)


def test_points_are_those_of_the_two_terms(pair, pictures: torch.Tensor) -> None:
    walk = alpha_walk(dynamic_transformer(), [0, 0.4, 1])
    found = measure_pair(walk, pictures, *pair)
    a, b = (measure(walk, pictures, terms) for terms in pair)
    expected = a.rename(columns={"style": "style_a"}).assign(style_b=b["style"])
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)
    assert list(found.columns) == ["setting", "content", "style_a", "style_b"]
    assert (found["style_a"] != found["style_b"]).all()


def test_points_are_means_over_the_pictures(pair, pictures: torch.Tensor) -> None:
    found = measure_pair(WALK, pictures, *pair, batch=2)
    for row, factor in zip(found.itertuples(), (1.0, 0.7, 0.2), strict=True):
        a, b = (terms(factor * pictures, pictures) for terms in pair)
        expected = [value.mean().item() for value in (a["content"], a["style"], b["style"])]
        assert [row.content, row.style_a, row.style_b] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("batch", [1, 2, 5, 8])
def test_the_batch_size_does_not_matter(pair, pictures: torch.Tensor, batch: int) -> None:
    found, expected = (measure_pair(WALK, pictures, *pair, batch=n) for n in (batch, 4))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)


def test_exchanging_the_styles_exchanges_their_columns(pair, pictures: torch.Tensor) -> None:
    a, b = pair
    swapped = measure_pair(WALK, pictures, b, a).rename(columns={"style_a": "style_b", "style_b": "style_a"})
    pd.testing.assert_frame_equal(
        swapped[["setting", "content", "style_a", "style_b"]], measure_pair(WALK, pictures, *pair)
    )


def test_one_pass_for_every_picture_and_setting_and_one_for_every_input(pair, pictures: torch.Tensor) -> None:
    calls = count_calls({"features": pair[0].features})
    measure_pair(WALK, pictures, *pair, batch=1)
    assert calls["features"] == 5 * (3 + 1)


def test_pictures_are_let_go_once_measured(pair) -> None:
    rendered: list[weakref.ref] = []
    alive = []

    def walk(x: torch.Tensor) -> Iterator[tuple[float, torch.Tensor]]:
        alive.append(sum(ref() is not None for ref in rendered))
        y = x / 2
        rendered.append(weakref.ref(y))
        yield 0.0, y

    measure_pair(walk, torch.rand(6, 3, 16, 16), *pair, batch=1)
    assert max(alive) <= 1 and len(alive) == 6


def test_nothing_is_kept_for_gradients(pair, pictures: torch.Tensor) -> None:
    seen = []
    measure_pair(lambda x: [(0, x)] if not seen.append(torch.is_grad_enabled()) else [], pictures, *pair)
    assert seen == [False, False]


def test_two_feature_networks_are_refused(pair, pictures: torch.Tensor) -> None:
    other = PerceptualTerms.of_style(TinyFeatures(), torch.rand(1, 3, 16, 16))
    with pytest.raises(DynnetError, match="must share one feature network, got two: pass the same `features`"):
        measure_pair(WALK, pictures, pair[0], other)


POINTS = pd.DataFrame(
    [(0.0, 9.0, 2.0, 30.0), (0.5, 8.0, 6.0, 6.0), (1.0, 7.0, 12.0, 3.3)],
    columns=["setting", "content", "style_a", "style_b"],
)


def test_shares_by_hand() -> None:
    found = normalised(POINTS, fixed_a=2.0, fixed_b=3.0)
    assert found["share_a"].tolist() == pytest.approx([1, 3, 6])
    assert found["share_b"].tolist() == pytest.approx([10, 2, 1.1])
    assert found["sum"].tolist() == pytest.approx([11, 5, 7.1])
    pd.testing.assert_frame_equal(found[POINTS.columns], POINTS)
    assert "sum" not in POINTS


@pytest.mark.parametrize("fixed", [(0, 1), (1, 0), (-1, 1), (1, float("nan"))])
def test_losses_of_fixed_networks_are_positive(fixed: tuple[float, float]) -> None:
    with pytest.raises(DynnetError, match="in units of positive ones, got"):
        normalised(POINTS, *fixed)


def test_faithful_at_the_ends() -> None:
    assert faithfulness(normalised(POINTS, 2.0, 3.0)) == pytest.approx((1.0, 1.1))
    assert faithfulness(normalised(POINTS[::-1], 2.0, 3.0)) == pytest.approx((6.0, 10.0))
    with pytest.raises(DynnetError, match="got setting, content, style_a, style_b: pass them through `normalised`"):
        faithfulness(POINTS)


def test_the_sum_half_way_wherever_it_stands() -> None:
    points = normalised(POINTS, 2.0, 3.0)
    assert halfway_sum(points) == halfway_sum(points[::-1]) == pytest.approx(5)
    with pytest.raises(DynnetError, match=r"setting 0\.5, got .*\[0\.0, 1\.0\]"):
        halfway_sum(points.drop(1))


def test_what_decides_the_claims_of_a_pair() -> None:
    mine, other = normalised(POINTS, 2.0, 3.0), normalised(POINTS, 1.0, 1.5)
    found = pair_numbers({"mine": mine, "fade": other}, {"mine": 0.8, "fade": 1.0}, "mine", "fade")
    assert found == pytest.approx({"sum": 0.5, "end": 1.1, "fade": 0.8})
