"""The best alpha of a face, by a criterion that weighs distortion against realism (section 4.3, Figure 7).

The paper's claims: some 0 < alpha < 1 is better than both ends, which one differs from face to face, and choosing it
afterwards takes the place of a search over lambda. "Better" needs one number; it is `Criterion.cost`, lower is better.

Its distortion is measured against the true picture under the hole. So it can judge holes that were cut into a known
face, a user's upload included, but not a picture whose missing part nobody has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import sem

from dynnet.errors import DynnetError
from dynnet.paper.completion.measures import CompletionWalk

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Criterion:
    r"""Distortion and loss of realism, each in units of what one whole walk changes it on the mean.

    .. math:: c = \frac{L - \bar L(1)}{\bar L(0) - \bar L(1)} + \frac{\bar R(0) - R}{\bar R(0) - \bar R(1)}

    with L the L1 in the hole, R the realism, and the means those of a reference walk over alpha. By definition both
    ends of the reference cost 1 on the mean, as does everything on the straight line between them in the
    perception-distortion plane; an interior alpha costs less where the walk bends away from that line to the better
    side. Costs are comparable between networks only if one criterion gives them all, and one critic all the realism.

    Attributes:
        l1_at_one, realism_at_zero: the means at the better end of each measure.
        l1_unit, realism_unit: what the walk changes them by, above 0.
    """

    l1_at_one: float
    l1_unit: float
    realism_at_zero: float
    realism_unit: float

    @classmethod
    def of(cls, reference: CompletionWalk) -> Self:
        """The criterion whose units are a reference walk's.

        Raises:
            DynnetError: alpha = 0 or alpha = 1 is not among the walk's settings, or the walk trades nothing: its L1 or
                its realism does not fall from 0 to 1.
        """
        zero, one = _ends(reference.settings)
        l1, realism = reference.l1.mean(0), reference.realism.mean(0)
        l1_unit, realism_unit = float(l1[zero] - l1[one]), float(realism[zero] - realism[one])
        if not (l1_unit > 0 and realism_unit > 0):
            raise DynnetError(
                "the reference of a criterion trades realism for L1, both fall from alpha = 0 to alpha = 1; here they "
                f"fall by {realism_unit:.3g} and {l1_unit:.3g}; take another reference walk or train the critic longer"
            )
        return cls(float(l1[one]), l1_unit, float(realism[zero]), realism_unit)

    def cost(self, l1: ArrayLike, realism: ArrayLike) -> Values:
        """Lower is better; 1 is the mean of either end of the reference. Shape: any, both alike -> the same."""
        distortion = (np.asarray(l1, dtype=float) - self.l1_at_one) / self.l1_unit
        return distortion + (self.realism_at_zero - np.asarray(realism, dtype=float)) / self.realism_unit


def best_alpha(settings: ArrayLike, costs: ArrayLike) -> Values:
    """Each face's setting of lowest cost, the first of equals. Shape: settings (K,), costs (N, K) -> (N,).

    Raises:
        DynnetError: there is not one cost for every setting.
    """
    settings, costs = _checked(settings, costs)
    return settings[costs.argmin(1)]


def shared_alpha(settings: ArrayLike, costs: ArrayLike) -> float:
    """The one setting of lowest mean cost over the faces. Shape: settings (K,), costs (N, K).

    Raises:
        DynnetError: there is not one cost for every setting.
    """
    settings, costs = _checked(settings, costs)
    return float(settings[costs.mean(0).argmin()])


def interior_share(settings: ArrayLike, costs: ArrayLike) -> float:
    """Share of the faces, in [0, 1], whose best alpha lies between 0 and 1, the ends excluded.

    Raises:
        DynnetError: there is not one cost for every setting.
    """
    return float(_interior(best_alpha(settings, costs)).mean())


def gains(settings: ArrayLike, costs: ArrayLike) -> pd.DataFrame:
    """By how much the best interior alpha beats the ends, face by face: six rows.

    Returns:
        chosen: `each face`, the interior alpha that is best for the face itself; or `shared`, one for all.
        over: `alpha = 0`, `alpha = 1`, or `better end`, whichever of the two is better for the face.
        mean: of end's cost - interior cost, above 0 where the interior is better.
        standard_error: of that mean; the differences are paired, so how hard a face is does not count.

    A minimum over many alphas is lower than any one of them by luck alone, so `each face` is what a user gains who
    looks at the results, no proof. `shared` has no such luck: the alpha is chosen on every other face and measured on
    the rest, then the other way round. Its `better end` is severe, since an end is there chosen per face.

    Raises:
        DynnetError: fewer than two faces, no setting between 0 and 1, or none at 0 or at 1.
    """
    settings, costs = _checked(settings, costs)
    zero, one = (costs[:, end] for end in _ends(settings))
    interior = costs[:, _interior(settings)]
    if not interior.shape[1]:
        raise DynnetError(
            f"the best interior alpha is sought between 0 and 1, no setting is there: {settings}; measure some"
        )
    chosen = {"each face": interior.min(1), "shared": _chosen_on_the_others(interior)}
    ends = {"alpha = 0": zero, "alpha = 1": one, "better end": np.minimum(zero, one)}
    rows = [
        (choice, end, float((ends[end] - cost).mean()), float(sem(ends[end] - cost)))
        for choice, cost in chosen.items()
        for end in ends
    ]
    return pd.DataFrame(rows, columns=["chosen", "over", "mean", "standard_error"])


def robustness(fixed: Mapping[float, ArrayLike], dynamic: Mapping[float, ArrayLike]) -> pd.DataFrame:
    """Whether choosing alpha afterwards replaces the search over lambda (section 4.3).

    Args:
        fixed: {lambda: costs (N,) of the network trained with it}.
        dynamic: {lambda: costs (N, K) of the Dynamic-Net on that network as its main network}, at K alphas.
            All costs are of one criterion and of the same N faces in the same order.

    Returns:
        One row for each way to choose: `fixed network`, there is no choice; `shared alpha`, one for all faces, chosen
        for every lambda anew and on other faces than it is measured on; `alpha of each face`, the face's own minimum.
        The columns are the mean costs, one per lambda and called by it, and of these: best, worst; spread =
        worst - best, with its standard_error (paired over the faces); std over the lambdas.
        The search is replaced if the spread shrinks and the `worst` of a Dynamic-Net is not above the fixed `best`.

    Raises:
        DynnetError: fewer than two lambdas or two faces, not the same lambdas, or not the same faces.
    """
    if len(fixed) < 2 or set(fixed) != set(dynamic):
        raise DynnetError(
            "robustness compares networks of two lambdas or more, the same for both; "
            f"got {list(fixed)} for the fixed ones and {list(dynamic)} for the Dynamic-Nets"
        )
    alone = {lambda_adv: np.asarray(costs, dtype=float) for lambda_adv, costs in fixed.items()}
    walks = {lambda_adv: np.asarray(dynamic[lambda_adv], dtype=float) for lambda_adv in fixed}
    shapes = {costs.shape for costs in alone.values()} | {costs.shape[:1] for costs in walks.values()}
    if len(shapes) > 1 or any(costs.ndim != 2 for costs in walks.values()):
        raise DynnetError(
            "expected costs (N,) of fixed networks and (N, K) of Dynamic-Nets for the same N faces, got "
            f"{[costs.shape for costs in alone.values()]} and {[costs.shape for costs in walks.values()]}"
        )
    choices = {
        "fixed network": alone,
        "shared alpha": {lambda_adv: _chosen_on_the_others(costs) for lambda_adv, costs in walks.items()},
        "alpha of each face": {lambda_adv: costs.min(1) for lambda_adv, costs in walks.items()},
    }
    return pd.DataFrame({choice: _spread(costs) for choice, costs in choices.items()}).T


def _spread(costs: Mapping[float, Values]) -> dict[float | str, float]:
    means = {lambda_adv: float(cost.mean()) for lambda_adv, cost in costs.items()}
    best, worst = min(means, key=means.get), max(means, key=means.get)
    return means | {
        "best": means[best],
        "worst": means[worst],
        "spread": means[worst] - means[best],
        "standard_error": float(sem(costs[worst] - costs[best])),
        "std": float(np.std(list(means.values()), ddof=1)),
    }


def _chosen_on_the_others(costs: Values) -> Values:
    """Each face's cost at the setting that is best, on the mean, for the half of the faces it is not in: (N,)."""
    if len(costs) < 2:
        raise DynnetError(
            f"a shared alpha is chosen on one half of the faces and measured on the other, got {len(costs)}; take more"
        )
    half = np.arange(len(costs)) % 2
    chosen = np.array([costs[half != h].mean(0).argmin() for h in (0, 1)])
    return costs[np.arange(len(costs)), chosen[half]]


def _interior(settings: Values) -> NDArray[np.bool_]:
    return (settings > 0) & (settings < 1)


def _ends(settings: Values) -> tuple[int, int]:
    """Where alpha is 0 and where it is 1."""
    places = [np.flatnonzero(settings == end) for end in (0, 1)]
    if any(len(place) == 0 for place in places):
        raise DynnetError(f"a walk is judged by its ends, alpha = 0 and alpha = 1, got {settings}; measure it there")
    return int(places[0][0]), int(places[1][0])


def _checked(settings: ArrayLike, costs: ArrayLike) -> tuple[Values, Values]:
    settings, costs = np.asarray(settings, dtype=float), np.asarray(costs, dtype=float)
    if settings.ndim != 1 or costs.ndim != 2 or costs.shape[1] != len(settings) or not costs.size:
        raise DynnetError(f"expected settings (K,) and costs (N, K) at them, got {settings.shape} and {costs.shape}")
    return settings, costs
