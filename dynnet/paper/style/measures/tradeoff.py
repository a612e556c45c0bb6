"""The numbers that decide the claims about a walk between two objectives (section 4.1, Figures 1 and 3)."""

from typing import Any

import numpy as np
import pandas as pd

from dynnet.paper.style.measures import curves
from dynnet.paper.walk_checks import steps_wrong

LOSSES = ["content", "style"]


def along_fixed(fixed: pd.DataFrame, dynamic: pd.DataFrame) -> dict[str, Any]:
    """Whether a Dynamic-Net's walk goes one way, and how near it passes to fixed networks.

    Args:
        fixed, dynamic: working points as `measure` gives them, in the order of the walk; the settings of `fixed` are
            lambdas.

    Returns:
        content_rises, style_falls, lambda_rises: steps of alpha that go the other way, by more than 1 %.
        effective_lambda: per alpha.
        fixed_distances: of each fixed network from the walk, in decades; fixed_median, fixed_largest.
    """
    fixed_xy, dynamic_xy = (points[LOSSES].to_numpy() for points in (fixed, dynamic))
    effective = curves.effective_lambda(dynamic_xy, fixed_xy, fixed.setting)
    distances = curves.distance_to_curve(fixed_xy, dynamic_xy)
    return {
        "content_rises": steps_wrong(dynamic.content, rising=True),
        "style_falls": steps_wrong(dynamic["style"], rising=False),
        "lambda_rises": steps_wrong(effective, rising=True),
        "effective_lambda": effective.round(0).tolist(),
        "fixed_distances": distances.round(4).tolist(),
        "fixed_median": float(np.median(distances)),
        "fixed_largest": float(distances.max()),
    }


def tradeoff(fixed: pd.DataFrame, dynamic: pd.DataFrame, interpolation: pd.DataFrame) -> dict[str, Any]:
    """Compares a Dynamic-Net's walk with fixed networks and with image interpolation.

    Args:
        fixed, dynamic, interpolation: working points, as for `along_fixed`.

    Returns:
        What `along_fixed` does, and
        hypervolumes: of the walk and of the interpolation, up to `reference`; hypervolume: their ratio.
        below: share of the interior where the walk has the lower style loss at equal content loss; below_contents: the
            content losses, lowest and highest, between which that happens (empty where it never does).
    """
    dynamic_xy, interpolation_xy = (points[LOSSES].to_numpy() for points in (dynamic, interpolation))
    reference = 1.05 * np.concatenate([dynamic_xy, interpolation_xy]).max(0)
    contents, lower = curves.lower_style(dynamic_xy, interpolation_xy)
    volumes = [curves.hypervolume(points, reference) for points in (dynamic_xy, interpolation_xy)]
    return along_fixed(fixed, dynamic) | {
        "hypervolumes": volumes,
        "reference": reference.round(4).tolist(),
        "hypervolume": volumes[0] / volumes[1],
        "below": float(lower.mean()),
        "below_contents": [round(float(end(contents[lower])), 3) for end in (np.min, np.max) if lower.any()],
    }


def nearest_fixed(fixed: pd.DataFrame, point: pd.Series) -> float:
    """The lambda of the fixed network whose working point is nearest to `point`, in the log10 plane."""
    gap = np.log10(fixed[LOSSES].astype(float)) - np.log10(point[LOSSES].astype(float))
    return float(fixed.setting.loc[(gap**2).sum(axis=1).idxmin()])


def onto_pictures(grid: pd.DataFrame, some: pd.DataFrame, all_: pd.DataFrame) -> tuple[pd.DataFrame, list[float]]:
    """Moves a grid measured on some of the pictures to where all pictures would put it.

    Args:
        grid: working points on some of the pictures.
        some, all_: the same walk measured on those and on all pictures.

    Returns:
        The grid, shifted by the walks' mean distance, and that shift in decades: (content, style).
    """
    shift = np.log10(all_[LOSSES] / some[LOSSES]).mean()
    return grid.assign(**{loss: grid[loss] * 10 ** shift[loss] for loss in LOSSES}), shift.tolist()
