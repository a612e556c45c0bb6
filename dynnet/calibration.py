"""A slider whose equal steps are equal steps of an attribute: alpha itself is not perceptually linear (section 4.2)."""

from bisect import bisect_right
from collections.abc import Iterable

import torch
from torch import Tensor

from dynnet.errors import DynnetError

# Share of alpha itself in the slider's position. Where the curve stands still, no score says where alpha should be;
# this makes the slider cross such a place in a thousandth of its length, and keeps its ends at the ends of the walk.
_SHARE_OF_ALPHA = 1e-3


class Calibration:
    """From the position t of a slider to alpha, so that the mean score is linear in t to within a thousandth.

    The curve is replaced by its monotone envelope, the best score so far, and is straight between its points. t = 0 and
    t = 1 are the first and the last alpha. Beyond them alpha goes on straight, one range of alpha for one unit of t:
    with the curve's own slope at its ends it would leap, because scores saturate.

    Args:
        alphas: (K,), rising.
        scores: (K,), mean score of the attribute at each, e.g. `AttributeWalk.mean`; for an attribute that is meant to
            go away, its negative.

    Raises:
        DynnetError: not two or more finite numbers of each, alphas that do not rise, or a curve whose last score is
            not above its first.
    """

    def __init__(self, alphas: Iterable[float], scores: Iterable[float]):
        points, curve = (torch.tensor([*values], dtype=torch.float64) for values in (alphas, scores))
        if points.ndim != 1 or points.shape != curve.shape or len(curve) < 2:
            raise DynnetError(
                "a calibration takes as many scores as alphas, at least 2, "
                f"got {tuple(curve.shape)} and {tuple(points.shape)}"
            )
        if not (points.isfinite().all() and curve.isfinite().all() and (points.diff() > 0).all()):
            raise DynnetError(
                f"a calibration takes rising alphas and finite scores, got {points.tolist()} and {curve.tolist()}"
            )
        if not curve[-1] > curve[0]:
            raise DynnetError(
                f"a calibration takes a curve that rises, got one from {curve[0]:.3g} to {curve[-1]:.3g}; where the "
                "attribute is meant to go away, give the negative of its scores"
            )
        by_score, by_alpha = _from_0_to_1(curve.cummax(0).values), _from_0_to_1(points)
        self._positions = ((1 - _SHARE_OF_ALPHA) * by_score + _SHARE_OF_ALPHA * by_alpha).tolist()
        self._alphas = points.tolist()

    def __call__(self, t: float) -> float:
        """The alpha at a position of the slider, any real number."""
        inside = min(max(float(t), 0.0), 1.0)
        after = min(max(bisect_right(self._positions, inside), 1), len(self._positions) - 1)
        (left, right), (low, high) = ((values[after - 1], values[after]) for values in (self._positions, self._alphas))
        share = (inside - left) / (right - left)
        return low + share * (high - low) + (float(t) - inside) * (self._alphas[-1] - self._alphas[0])


def _from_0_to_1(values: Tensor) -> Tensor:
    return (values - values[0]) / (values[-1] - values[0])
