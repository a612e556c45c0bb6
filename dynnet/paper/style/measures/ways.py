"""The numbers that decide the claims about other ways to tune an objective after training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dynnet.calibration import Calibration
from dynnet.paper.style.measures import curves
from dynnet.paper.style.measures.tradeoff import LOSSES
from dynnet.paper.walk_checks import steps_wrong

SAMPLES = 101  # content losses at which walks are compared, evenly apart in logarithm


def style_over(walk: pd.DataFrame, other: pd.DataFrame) -> float:
    """Style loss at equal content loss over another walk's: geometric mean over the range that both cover.

    Raises:
        DynnetError: they share no range.
    """
    contents, _ = curves.lower_style(walk[LOSSES], other[LOSSES], SAMPLES)
    ratio = curves.style_at_content(walk[LOSSES], contents) / curves.style_at_content(other[LOSSES], contents)
    return float(np.exp(np.log(ratio).mean()))


def beaten(walk: pd.DataFrame, others: Sequence[pd.DataFrame], margin: float = 0.01) -> float:
    """The share of a walk's range of content losses where any of others has less style loss, by more than `margin`."""
    contents = np.geomspace(walk.content.min(), walk.content.max(), SAMPLES)
    own = curves.style_at_content(walk[LOSSES], contents)
    best = np.fmin.reduce([curves.style_at_content(other[LOSSES], contents) for other in others])
    return float((best < (1 - margin) * own).mean())


def with_ends(inner: pd.DataFrame, fixed: pd.DataFrame, first: float, last: float) -> pd.DataFrame:
    """The working points of a walk from one fixed network to another, whose ends are those networks' own.

    Args:
        inner: its working points at shares between 0 and 1.
        fixed: working points of networks trained one by one; their settings are lambdas.
        first, last: the lambdas of the two.
    """
    ends = fixed.set_index("setting").loc[[first, last]].assign(setting=[0.0, 1.0])
    return pd.concat([ends[:1], inner, ends[1:]], ignore_index=True)[list(inner)]


def reach(points: pd.DataFrame) -> tuple[float, float]:
    """How far past 0 and 1 a walk goes on: (lowest alpha to which the content loss falls, highest to which style does).

    Args:
        points: working points of a walk that begins below 0 and ends above 1; their settings are alphas.
    """
    back = points[points.setting <= 0].iloc[::-1]
    on = points[points.setting >= 1]
    return _last(back.setting, back.content), _last(on.setting, on["style"])


def way_numbers(
    walks: Sequence[pd.DataFrame], fixed: pd.DataFrame, reference: Sequence[float]
) -> dict[str, list[float]]:
    """Each number of a way, one for each seed.

    Args:
        walks: its working points over alpha in [0, 1], seed by seed.
        fixed: those of networks trained one by one.
        reference: content and style loss, worse than those of all walks, up to which hypervolumes count.

    Returns:
        hypervolume; style: over the fixed networks' at equal content; near: median distance of fixed networks from the
        walk, in decades; wrong: steps of alpha at which a loss goes the wrong way by more than 1 %.
    """
    return {
        "hypervolume": [curves.hypervolume(walk[LOSSES], reference) for walk in walks],
        "style": [style_over(walk, fixed) for walk in walks],
        "near": [float(np.median(curves.distance_to_curve(fixed[LOSSES], walk[LOSSES]))) for walk in walks],
        "wrong": [steps_wrong(walk.content, rising=True) + steps_wrong(walk["style"], rising=False) for walk in walks],
    }


def comparison(
    ways: Mapping[str, Sequence[pd.DataFrame]], fixed: pd.DataFrame, between: Sequence[pd.DataFrame]
) -> dict[str, dict[str, list[float]]]:
    """{way: {number: one value for each seed}}: `way_numbers`, and `beaten` by what lies between two fixed networks.

    Args:
        ways: {way: working points over alpha in [0, 1] of each seed}.
        between: walks between two of the fixed networks, of pictures and of weights.
    """
    every = [points[LOSSES].to_numpy() for walks in ways.values() for points in walks]
    reference = 1.05 * np.concatenate([*every, fixed[LOSSES].to_numpy()]).max(0)
    return {
        way: way_numbers(walks, fixed, reference) | {"beaten": [beaten(walk, between) for walk in walks]}
        for way, walks in ways.items()
    }


def calibration(walk: pd.DataFrame, fixed: pd.DataFrame) -> Calibration:
    """From t to the alpha at which a walk has gone the share t of its way, in the logarithm of its effective lambda.

    Args:
        walk: working points over alpha in [0, 1].
        fixed: working points of networks trained one by one; their settings are lambdas.

    Raises:
        DynnetError: the effective lambda does not rise.
    """
    return Calibration(walk.setting, _log_lambda(walk, fixed))


def alpha_for(walk: pd.DataFrame, fixed: pd.DataFrame, wanted: float) -> float:
    """The alpha in [0, 1] at which a walk is like the fixed network of the lambda `wanted`; NaN where it is at none."""
    lowest, highest = _log_lambda(walk, fixed)[[0, -1]]
    share = (np.log10(wanted) - lowest) / (highest - lowest)
    return calibration(walk, fixed)(share) if 0 <= share <= 1 else float("nan")


def mean_and_range(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """What a claim takes of several seeds: (mean, (lowest, highest))."""
    return float(np.mean(values)), (float(min(values)), float(max(values)))


def _log_lambda(walk: pd.DataFrame, fixed: pd.DataFrame) -> curves.Points:
    return np.log10(curves.effective_lambda(walk[LOSSES], fixed[LOSSES], fixed.setting))


def _last(settings: pd.Series, losses: pd.Series) -> float:
    """The setting after which a loss does not fall any more."""
    stops = np.flatnonzero(np.diff(losses.to_numpy(dtype=float)) >= 0)
    return float(settings.iloc[stops[0] if len(stops) else -1])


def table(numbers: Mapping[str, Mapping[str, Sequence[float]]], digits: int = 3) -> pd.DataFrame:
    """A row per way, `mean (lowest to highest)` over its seeds in every column."""
    rows: dict[str, dict[str, Any]] = {
        way: {name: _spread(values, digits) for name, values in of_way.items()} for way, of_way in numbers.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _spread(values: Sequence[float], digits: int) -> str:
    mean, (low, high) = mean_and_range(values)
    return f"{mean:.{digits}g} ({low:.{digits}g} to {high:.{digits}g})"
