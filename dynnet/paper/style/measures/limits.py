"""The numbers that decide the claims about where the method fails (section 5, Figure 8)."""

from typing import Any

import numpy as np
import pandas as pd

from dynnet.paper.style.measures import curves
from dynnet.paper.style.measures.tradeoff import LOSSES
from dynnet.paper.walk_checks import steps_wrong

NEAR = 0.25  # share of the content losses that two walks have in common which counts as near C


def limit_numbers(
    red: pd.DataFrame, blue: pd.DataFrame, green: pd.DataFrame, fixed: pd.DataFrame, content_of_c: float
) -> dict[str, Any]:
    """Compares three walks: blocks from full style to content alone, over a smaller range, and image interpolation.

    Args:
        red: working points from network A, full style, to blocks trained for C, content alone.
        blue: from network B, a light touch, to blocks trained for A.
        green: of image interpolation from A to the photo.
        fixed: of networks trained one by one between B and A.
        content_of_c: content loss of network C.

    Returns:
        failure: share of the range near C, its lowest quarter of content losses in logarithms, where green has less
            style loss at equal content loss than red; share_below_everywhere: of all of the range.
        far: red's content loss at the end over C's.
        distances: of each fixed network from blue, in decades; medium_median, medium_largest.
        medium_better: share of their common range where blue has less style loss than green.
        monotone: steps of red and blue at which the content loss goes the wrong way, by more than 1 %.

    Raises:
        DynnetError: two walks share no range of content loss.
    """
    contents, lower = curves.lower_style(green[LOSSES], red[LOSSES])
    near = contents <= np.quantile(contents, NEAR)
    distances = curves.distance_to_curve(fixed[LOSSES], blue[LOSSES])
    _, better = curves.lower_style(blue[LOSSES], green[LOSSES])
    wrong = steps_wrong(red.content, rising=False), steps_wrong(blue.content, rising=True)
    return {
        "failure": float(lower[near].mean()),
        "share_below_everywhere": float(lower.mean()),
        "far": float(red.content.iloc[-1] / content_of_c),
        "distances": distances.round(4).tolist(),
        "medium_median": float(np.median(distances)),
        "medium_largest": float(distances.max()),
        "medium_better": float(better.mean()),
        "monotone": sum(wrong),
    }
