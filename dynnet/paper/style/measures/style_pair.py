"""Working points between two styles: content loss and the style losses to A and to B (Figure 4)."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.content import content_loss
from dynnet.paper.style.losses.gram import style_loss
from dynnet.paper.style.losses.perceptual import CONTENT_TAP, PerceptualTerms
from dynnet.walks import Walk


@torch.no_grad()
def measure_pair(walk: Walk, pictures: Tensor, a: PerceptualTerms, b: PerceptualTerms, batch: int = 4) -> pd.DataFrame:
    """Working points of a walk: one row per setting with the mean `content`, `style_a` and `style_b` loss.

    One pass of the feature network per rendered picture serves both styles.

    Args:
        pictures: (N, 3, H, W) in [0, 1].
        a, b: the terms of the two styles, on one feature network.

    Raises:
        DynnetError: a and b do not share their feature network.
    """
    if a.features is not b.features:
        raise DynnetError(
            "the terms of both styles must share one feature network, got two: pass the same `features` to both"
        )
    sums: dict[Any, Tensor] = {}
    for x in pictures.split(batch):
        wanted = a.features(x)[CONTENT_TAP]
        for setting, y in walk(x):
            features = a.features(y)
            content = content_loss(features[CONTENT_TAP], wanted)
            styles = (style_loss(features, terms.targets) for terms in (a, b))
            sums[setting] = sums.get(setting, 0) + torch.stack([content, *styles]).sum(1)
    rows = [(setting, *(point / len(pictures)).tolist()) for setting, point in sums.items()]
    return pd.DataFrame(rows, columns=["setting", "content", "style_a", "style_b"])


def normalised(points: pd.DataFrame, fixed_a: float, fixed_b: float) -> pd.DataFrame:
    """The points with style losses in units of the networks trained for one style each.

    Adds share_a = style_a / fixed_a and share_b = style_b / fixed_b, where 1 is as good as that style's own network,
    and their `sum`.

    Args:
        points: as `measure_pair` gives them.
        fixed_a, fixed_b: style loss to A (B), positive, of the network trained for A (B).

    Raises:
        DynnetError: fixed_a or fixed_b is not positive.
    """
    if not (fixed_a > 0 and fixed_b > 0):
        raise DynnetError(f"style losses are measured in units of positive ones, got {fixed_a} and {fixed_b}")
    share_a, share_b = points["style_a"] / fixed_a, points["style_b"] / fixed_b
    return points.assign(share_a=share_a, share_b=share_b, sum=share_a + share_b)


def faithfulness(points: pd.DataFrame) -> tuple[float, float]:
    """How well a walk from A to B does at its ends: (share_a at the first setting, share_b at the last).

    Args:
        points: as `normalised` gives them, in the order of the walk.

    Raises:
        DynnetError: the points have no shares.
    """
    if not {"share_a", "share_b"} <= set(points.columns):
        raise DynnetError(
            f"faithfulness takes points with share_a and share_b, got {', '.join(points.columns)}: "
            "pass them through `normalised` first"
        )
    return float(points["share_a"].iloc[0]), float(points["share_b"].iloc[-1])


def halfway_sum(points: pd.DataFrame) -> float:
    """The `sum` of both style losses at setting 0.5: 2 would be both styles at once.

    Args:
        points: as `normalised` gives them.

    Raises:
        DynnetError: the walk does not stop at 0.5.
    """
    found = points.loc[(points["setting"] - 0.5).abs() < 1e-9, "sum"]
    if found.empty:
        raise DynnetError(
            f"the middle of a walk is its setting 0.5, got {points['setting'].tolist()}: let it stop there"
        )
    return float(found.iloc[0])


def pair_numbers(
    points: Mapping[str, pd.DataFrame], fades: Mapping[str, float], method: str, baseline: str
) -> dict[str, float]:
    """What decides the claims about a walk between two styles (section 4.1, Figure 4).

    Args:
        points: {method: as `normalised` gives them}.
        fades: {method: `mean_fade`}.
        method: the Dynamic-Net's name; `baseline`: image interpolation's.

    Returns:
        sum: its style losses at 0.5 over the baseline's; end: its loss to B at the end, where 1 is as good as the
        network trained for B alone; fade: its correlation with the double exposure.
    """
    return {
        "sum": halfway_sum(points[method]) / halfway_sum(points[baseline]),
        "end": faithfulness(points[method])[1],
        "fade": fades[method],
    }
