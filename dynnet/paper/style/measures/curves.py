"""Geometry of working points in the log10 plane of content and style loss.

Losses span decades, so distances are taken between logarithms: 0.1 is a quarter more or a fifth less of a loss.
Points are (N, 2) arrays of (content, style), both positive, in the order of the walk.
"""

from itertools import pairwise

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynnet.errors import DynnetError

Points = NDArray[np.float64]


def distance_to_curve(points: ArrayLike, curve: ArrayLike) -> NDArray[np.float64]:
    """Distance of each point from the polyline through `curve`, in the log10 plane: (N,)."""
    line = _logs(curve)
    return np.array([_nearest(point, line)[0] for point in _logs(points)])


def effective_lambda(points: ArrayLike, fixed: ArrayLike, lambdas: ArrayLike) -> NDArray[np.float64]:
    """The lambda of the fixed network that each point is like: (N,).

    The nearest place on the polyline through the fixed networks' working points; log lambda is interpolated between
    the two networks around it. A point beyond an end gets that end's lambda.
    """
    line, logs = _logs(fixed), np.log10(np.asarray(lambdas, dtype=float))
    places = [_nearest(point, line)[1] for point in _logs(points)]
    return 10 ** np.interp(places, np.arange(len(logs)), logs)


def style_at_content(curve: ArrayLike, content: ArrayLike) -> NDArray[np.float64]:
    """Style loss of a curve where its content loss is `content`: lowest of the crossings, NaN outside its range."""
    line, wanted = _logs(curve), np.log10(np.asarray(content, dtype=float))
    best = np.full(wanted.shape, np.nan)
    for (c0, s0), (c1, s1) in pairwise(line):
        inside = (wanted >= min(c0, c1)) & (wanted <= max(c0, c1))
        share = (wanted - c0) / (c1 - c0) if c1 != c0 else float(s1 < s0)
        best = np.where(inside, np.fmin(best, s0 + share * (s1 - s0)), best)
    return 10**best


def lower_style(curve: ArrayLike, other: ArrayLike, samples: int = 101) -> tuple[Points, NDArray[np.bool_]]:
    """Where `curve` has the lower style loss at equal content loss: (content losses, whether it is lower there).

    Compared on the interior, the range of content loss that both curves cover, without its ends, sampled evenly in
    logarithm.

    Raises:
        DynnetError: the curves share no range of content loss.
    """
    a, b = np.asarray(curve, dtype=float), np.asarray(other, dtype=float)
    low, high = max(a[:, 0].min(), b[:, 0].min()), min(a[:, 0].max(), b[:, 0].max())
    if low >= high:
        raise DynnetError(
            "curves are compared at equal content loss, but these two share no range of content loss: up to "
            f"{high:.3g} in the one, from {low:.3g} in the other; lengthen a walk"
        )
    contents = np.geomspace(low, high, samples + 2)[1:-1]
    return contents, style_at_content(a, contents) < style_at_content(b, contents)


def hypervolume(points: ArrayLike, reference: ArrayLike) -> float:
    """Area of the log10 plane that the points dominate, up to a reference point that is worse in both losses."""
    return float(moocore.hypervolume(_logs(points), ref=_logs([reference])[0]))


def _logs(points: ArrayLike) -> Points:
    array = np.asarray(points, dtype=float)
    if array.ndim != 2 or array.shape[1] != 2 or not (array > 0).all():
        raise DynnetError(f"working points are (N, 2) positive losses (content, style), got shape {array.shape}")
    return np.log10(array)


def _nearest(point: Points, line: Points) -> tuple[float, float]:
    """(distance, place) of the polyline's point nearest to `point`; place 1.25 is a quarter from vertex 1 to 2."""
    if len(line) == 1:
        return float(np.linalg.norm(point - line[0])), 0.0
    start, along = line[:-1], np.diff(line, axis=0)
    length = (along**2).sum(1)
    share = np.clip(((point - start) * along).sum(1) / np.where(length > 0, length, 1), 0, 1)
    distance = np.linalg.norm(start + share[:, None] * along - point, axis=1)
    best = int(distance.argmin())
    return float(distance[best]), best + float(share[best])
