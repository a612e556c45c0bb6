"""The numbers that decide the claims about completion, robust to the training objective (section 4.3, Figure 7)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dynnet.paper.completion.best_alpha import best_alpha, gains, interior_share, robustness
from dynnet.paper.completion.measures import CompletionWalk
from dynnet.paper.walk_checks import step_up


def walk_numbers(walk: CompletionWalk, costs: NDArray[np.float64]) -> dict[str, float]:
    """What the walk of one Dynamic-Net shows.

    Args:
        costs: (N, K), of each face at each setting of the walk.

    Returns:
        l1_falls, realism_falls: `step_up` of the means.
        interior: share of the faces that are best between the ends.
        gain: of one interior alpha for all over the nearer of the two ends, in standard errors.
        varies: share of the faces whose best alpha is not the commonest one.
    """
    best, gain = best_alpha(walk.settings, costs), gains(walk.settings, costs)
    shared = gain[gain.chosen == "shared"].set_index("over")
    significance = (shared["mean"] / shared.standard_error)[["alpha = 0", "alpha = 1"]].min()
    return {
        "l1_falls": step_up(walk.l1.mean(0)),
        "realism_falls": step_up(walk.realism.mean(0)),
        "interior": interior_share(walk.settings, costs),
        "gain": float(significance),
        "varies": float((best != pd.Series(best).mode()[0]).mean()),
    }


def search_numbers(
    by_lambda: Mapping[float, NDArray[np.float64]], fade: NDArray[np.float64], of: float
) -> dict[str, float]:
    """Whether choosing alpha afterwards takes the place of a search over lambda.

    Args:
        by_lambda: {lambda: costs (N, K) of the Dynamic-Net on the network of that lambda}, the first setting being 0.
        fade: costs (N, K) of image interpolation with the network trained on L1 alone.
        of: the paper's lambda.

    Returns:
        fade: lowest mean cost at that lambda over image interpolation's.
        spread: of the costs over lambda, of Dynamic-Nets at their alpha over fixed networks.
        search, search_worst: cost at the chosen alpha, of that lambda and of the worst, minus the best fixed network's.
    """
    robust = robustness({lam: costs[:, 0] for lam, costs in by_lambda.items()}, by_lambda)
    chosen, fixed = robust.loc["shared alpha"], robust.loc["fixed network"]
    return {
        "fade": float(by_lambda[of].mean(0).min() / fade.mean(0).min()),
        "spread": float(chosen["spread"] / fixed["spread"]),
        "search": float(chosen[of] - fixed["best"]),
        "search_worst": float(chosen["worst"] - fixed["best"]),
    }
