"""The criterion on walks whose costs are known, and choices on costs written down by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynnet.errors import DynnetError
from dynnet.paper.completion.best_alpha import Criterion, best_alpha, gains, interior_share, robustness, shared_alpha
from dynnet.paper.completion.measures import CompletionWalk

ALPHAS = np.linspace(0, 1, 5)
COSTS = np.array([[1.0, 0.5, 0.8, 1.0], [1.0, 0.9, 0.4, 1.2], [0.2, 0.5, 0.6, 1.0], [1.4, 1.0, 0.8, 0.6]])
FOUR = [0.0, 0.3, 0.7, 1.0]


def walk(l1: np.ndarray, realism: np.ndarray, settings: np.ndarray = ALPHAS) -> CompletionWalk:
    return CompletionWalk(np.asarray(settings, dtype=float), l1, np.zeros_like(l1), np.zeros_like(l1), realism)


def bent(bend: float, faces: int = 6, seed: int = 0) -> CompletionWalk:
    """Means on the straight line between the ends, or below it in L1; every face lies elsewhere."""
    draws = np.random.default_rng(seed)
    l1 = 0.1 - 0.04 * ALPHAS - bend * ALPHAS * (1 - ALPHAS) + draws.normal(0, 0.02, (faces, 1))
    return walk(l1, 2 - 3 * ALPHAS + draws.normal(0, 0.5, (faces, 1)))


@given(st.floats(-0.1, 0.1), st.integers(0, 100))
def test_both_ends_of_the_reference_cost_one(bend: float, seed: int) -> None:
    reference = bent(bend, seed=seed)
    costs = Criterion.of(reference).cost(reference.l1, reference.realism).mean(0)
    assert costs[[0, -1]] == pytest.approx(1)
    assert costs[1:-1] == pytest.approx(1 - bend / 0.04 * (ALPHAS * (1 - ALPHAS))[1:-1])


def test_known_costs() -> None:
    criterion = Criterion.of(walk(np.array([[0.3, 0.1]]), np.array([[2.0, -2.0]]), [0.0, 1.0]))
    assert criterion == Criterion(l1_at_one=0.1, l1_unit=pytest.approx(0.2), realism_at_zero=2.0, realism_unit=4.0)
    assert criterion.cost(0.1, 2.0) == pytest.approx(0)  # the best of both ends
    assert criterion.cost(0.3, -2.0) == pytest.approx(2)
    assert criterion.cost([0.2, 0.05], [0.0, 4.0]) == pytest.approx([1.0, -0.75])


@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_the_scales_of_the_measures_do_not_matter(scale: float, offset: float) -> None:
    one = bent(0.05)
    other = walk(scale * one.l1, scale * one.realism + offset)
    expected = Criterion.of(one).cost(one.l1, one.realism)
    assert Criterion.of(other).cost(other.l1, other.realism) == pytest.approx(expected, abs=1e-6)


def test_the_ends_are_at_zero_and_one_wherever_these_are() -> None:
    l1, realism = np.array([[0.0, 0.1, 0.5, 0.3, 0.2]]), np.array([[9.0, 0.0, 0.5, 1.0, 7.0]])
    assert Criterion.of(walk(l1, realism, [1.5, 1.0, -0.5, 0.0, 0.5])) == Criterion(0.1, pytest.approx(0.2), 1.0, 1.0)


def test_a_reference_that_trades_nothing_is_refused() -> None:
    falls, rises = np.array([[2.0, 1.0]]), np.array([[1.0, 2.0]])
    for l1, realism in ((rises, falls), (falls, rises), (falls, 0 * falls), (falls, np.nan * falls)):
        with pytest.raises(DynnetError, match="trades realism for L1"):
            Criterion.of(walk(l1, realism, [0.0, 1.0]))
    with pytest.raises(DynnetError, match="alpha = 0 and alpha = 1"):
        Criterion.of(walk(falls, falls, [0.0, 0.9]))


def test_the_best_alpha_is_the_faces_own() -> None:
    assert best_alpha(FOUR, COSTS).tolist() == [0.3, 0.7, 0.0, 1.0]
    assert best_alpha(FOUR, np.ones((1, 4))).tolist() == [0.0]  # the first of equals
    assert interior_share(FOUR, COSTS) == 0.5
    assert interior_share([-0.5, 0.0, 1.0, 1.5], COSTS) == 0  # beyond an end is not between them
    assert shared_alpha(FOUR, COSTS) == 0.7


def test_settings_that_are_not_the_costs_are_refused() -> None:
    for settings, costs in ((FOUR[:3], COSTS), (FOUR, COSTS[0]), (FOUR, COSTS[:0]), ([FOUR], COSTS)):
        with pytest.raises(DynnetError, match=r"settings \(K,\) and costs \(N, K\)"):
            best_alpha(settings, costs)


def test_gains_by_hand() -> None:
    table = gains(FOUR, COSTS).set_index(["chosen", "over"])
    assert len(table) == 6
    # Faces 0 and 2 take 0.7, best on the mean for faces 1 and 3; faces 1 and 3 take 0.3, best for 0 and 2.
    costs = {"each face": np.array([0.5, 0.4, 0.5, 0.8]), "shared": np.array([0.8, 0.9, 0.6, 1.0])}
    ends = {"alpha = 0": COSTS[:, 0], "alpha = 1": COSTS[:, 3], "better end": np.array([1.0, 1.0, 0.2, 0.6])}
    for (chosen, over), row in table.iterrows():
        difference = ends[over] - costs[chosen]
        assert row["mean"] == pytest.approx(difference.mean())
        assert row["standard_error"] == pytest.approx(difference.std(ddof=1) / 2)


def test_only_what_is_shared_by_all_faces_gains_when_alpha_is_chosen_on_others() -> None:
    draws = np.random.default_rng(0)
    luck = draws.normal(1, 0.1, (400, 11))
    alphas = np.linspace(0, 1, 11)
    table = gains(alphas, luck).set_index(["chosen", "over"])
    assert table.loc[("each face", "alpha = 0"), "mean"] > 0.1  # a minimum of nine is lower than any of them
    assert abs(table.loc[("shared", "alpha = 0"), "mean"]) < 3 * table.loc[("shared", "alpha = 0"), "standard_error"]
    table = gains(alphas, luck - 0.4 * alphas * (1 - alphas)).set_index(["chosen", "over"])
    assert table.loc[("shared", "alpha = 1"), "mean"] == pytest.approx(0.1, abs=0.02)


def test_how_hard_a_face_is_does_not_count() -> None:
    hard = COSTS + np.array([[0.0], [100.0], [5.0], [-3.0]])
    each = gains(FOUR, hard).query("chosen == 'each face'")
    np.testing.assert_allclose(each.standard_error, gains(FOUR, COSTS).query("chosen == 'each face'").standard_error)


def test_gains_need_ends_an_interior_and_two_faces() -> None:
    with pytest.raises(DynnetError, match="no setting is there"):
        gains([0.0, 1.0], COSTS[:, :2])
    with pytest.raises(DynnetError, match="alpha = 0 and alpha = 1"):
        gains([0.1, 0.3, 0.7, 1.0], COSTS)
    with pytest.raises(DynnetError, match="one half of the faces"):
        gains(FOUR, COSTS[:1])


def test_robustness_by_hand() -> None:
    dynamic = {0.1: COSTS, 0.2: COSTS + 0.1, 0.4: COSTS[:, ::-1]}
    fixed = {0.1: [1.0, 2.0, 3.0, 4.0], 0.2: [1.0, 1.0, 1.0, 3.0], 0.4: [5.0, 2.0, 2.0, 2.0]}
    table = robustness(fixed, dynamic)
    assert list(table.index) == ["fixed network", "shared alpha", "alpha of each face"]
    row = table.loc["fixed network"]
    assert row[[0.1, 0.2, 0.4]].tolist() == [2.5, 1.5, 2.75]
    assert row[["best", "worst", "spread"]].tolist() == [1.5, 2.75, 1.25]
    assert row["std"] == pytest.approx(np.std([2.5, 1.5, 2.75], ddof=1))
    assert row["standard_error"] == pytest.approx(np.std([4, 1, 1, -1], ddof=1) / 2)
    each = table.loc["alpha of each face"]
    assert each[[0.1, 0.2, 0.4]].tolist() == pytest.approx([0.425, 0.525, 0.425])
    assert each["spread"] == pytest.approx(0.1) and each["standard_error"] == pytest.approx(0, abs=1e-12)
    shared = table.loc["shared alpha"]  # faces 0 and 2 take 0.7, faces 1 and 3 take 0.3
    assert shared[[0.1, 0.2]].tolist() == pytest.approx([0.825, 0.925])


def test_the_search_is_replaced_where_every_walk_passes_one_good_point() -> None:
    draws, alphas = np.random.default_rng(0), np.linspace(0, 1, 11)
    dynamic = {0.1 * k: (alphas - 0.2 * k) ** 2 + draws.normal(1, 0.01, (50, 1)) for k in (1, 2, 4)}
    table = robustness({k: costs[:, 0] for k, costs in dynamic.items()}, dynamic)
    assert table.loc["fixed network", "spread"] == pytest.approx(0.6, abs=0.01)
    assert table.loc["shared alpha", "spread"] < 0.01
    assert table.loc["shared alpha", "worst"] < table.loc["fixed network", "best"]


def test_robustness_needs_the_same_lambdas_and_faces() -> None:
    fixed, dynamic = {0.1: COSTS[:, 0], 0.2: COSTS[:, 1]}, {0.1: COSTS, 0.2: COSTS}
    for one, other in (({0.1: fixed[0.1]}, {0.1: COSTS}), (fixed, {0.1: COSTS, 0.3: COSTS})):
        with pytest.raises(DynnetError, match="two lambdas or more, the same for both"):
            robustness(one, other)
    for one, other in ((fixed, dynamic | {0.2: COSTS[:3]}), (fixed, dynamic | {0.2: COSTS[:, 0]}), (dynamic, dynamic)):
        with pytest.raises(DynnetError, match="for the same N faces"):
            robustness(one, other)
