"""A slider whose equal steps are equal steps of an attribute: alpha itself is not perceptually linear (section 4.2)."""

import numpy as np
from numpy.typing import ArrayLike

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

    def __init__(self, alphas: ArrayLike, scores: ArrayLike):
        self._alphas, curve = np.asarray(alphas, dtype=float), np.asarray(scores, dtype=float)
        if self._alphas.ndim != 1 or self._alphas.shape != curve.shape or len(curve) < 2:
            raise DynnetError(
                f"a calibration takes as many scores as alphas, at least 2, got {curve.shape} and {self._alphas.shape}"
            )
        if not np.isfinite([self._alphas, curve]).all() or not (np.diff(self._alphas) > 0).all():
            raise DynnetError(f"a calibration takes rising alphas and finite scores, got {self._alphas} and {curve}")
        if not curve[-1] > curve[0]:
            raise DynnetError(
                f"a calibration takes a curve that rises, got one from {curve[0]:.3g} to {curve[-1]:.3g}; where the "
                "attribute is meant to go away, give the negative of its scores"
            )
        by_score, by_alpha = _from_0_to_1(np.maximum.accumulate(curve)), _from_0_to_1(self._alphas)
        self._positions = (1 - _SHARE_OF_ALPHA) * by_score + _SHARE_OF_ALPHA * by_alpha

    def __call__(self, t: float) -> float:
        """The alpha at a position of the slider, any real number."""
        first, last = self._alphas[0], self._alphas[-1]
        beyond = t - min(max(t, 0.0), 1.0)
        return float(np.interp(t, self._positions, self._alphas) + beyond * (last - first))


def _from_0_to_1(values: np.ndarray) -> np.ndarray:
    return (values - values[0]) / (values[-1] - values[0])
