"""What decides the claims about completion, on costs and walks written down by hand."""

import numpy as np
import pytest

from dynnet.paper.completion.best_alpha import gains, robustness
from dynnet.paper.completion.claims import search_numbers, walk_numbers
from dynnet.paper.completion.measures import CompletionWalk

SETTINGS = np.array([0.0, 0.25, 0.5, 1.0])


def walk(l1: list[list[float]], realism: list[list[float]]) -> CompletionWalk:
    one, other = np.array(l1), np.array(realism)
    return CompletionWalk(SETTINGS, one, np.zeros_like(one), np.zeros_like(one), other)


def test_what_one_walk_shows() -> None:
    falls, steps_up = [[4.0, 3.0, 2.0, 0.0]] * 4, [[4.0, 2.0, 3.0, 0.0]] * 4
    costs = np.array([[2.0, 1, 1.5, 2], [2, 1, 1.4, 2.1], [0.5, 1, 1, 2], [2, 1.5, 1, 2.2]])  # best: 1/4, 1/4, 0, 1/2
    found = walk_numbers(walk(falls, steps_up), costs)
    assert found["l1_falls"] == 0 and found["realism_falls"] == pytest.approx(0.25)
    assert found["interior"] == 0.75 and found["varies"] == 0.5
    shared = gains(SETTINGS, costs).set_index(["chosen", "over"]).loc["shared"]
    expected = (shared["mean"] / shared["standard_error"])[["alpha = 0", "alpha = 1"]]
    assert found["gain"] == pytest.approx(expected.min()) and expected.min() < expected.max()


def test_whether_alpha_replaces_the_search() -> None:
    draws = np.random.default_rng(0).normal(0, 0.01, (6, 3))
    means = {0.1: (1.0, 0.8, 1.0), 1.0: (1.5, 1.2, 0.9), 0.01: (0.9, 1.0, 1.1)}
    by_lambda = {lam: np.array(mean) + draws for lam, mean in means.items()}
    fade = np.array([1.6, 1.0, 1.7]) + draws
    found = search_numbers(by_lambda, fade, of=0.1)
    robust = robustness({lam: costs[:, 0] for lam, costs in by_lambda.items()}, by_lambda)
    assert found["fade"] == pytest.approx(0.8, abs=0.02)
    assert found["spread"] == pytest.approx(0.1 / 0.6, abs=0.05)
    assert found["search"] == pytest.approx(-0.1, abs=0.02) and found["search"] < 0
    assert found["search_worst"] == pytest.approx(0, abs=0.02)
    assert found["search_worst"] - found["search"] == pytest.approx(
        robust.loc["shared alpha", "worst"] - robust.loc["shared alpha", 0.1]
    )
