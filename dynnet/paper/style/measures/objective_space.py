"""Working points in the objective space: mean content and style losses of what a walk renders (Figure 3)."""

from typing import Any

import pandas as pd
import torch
from torch import Tensor

from dynnet.paper.style.losses.perceptual import CONTENT_TAP, FeatureTerms
from dynnet.walks import Walk


@torch.no_grad()
def measure(walk: Walk, pictures: Tensor, terms: FeatureTerms, batch: int = 4) -> pd.DataFrame:
    """Working points of a walk: one row per setting with the mean `content` and `style` loss over the pictures.

    Of mixed terms the style losses are as many as there are styles, by their names.

    Args:
        pictures: (N, 3, H, W) in [0, 1].
    """
    sums: dict[Any, Tensor] = {}
    for x in pictures.split(batch):
        wanted = terms.features(x)[CONTENT_TAP]
        for setting, y in walk(x):
            losses = {name: loss.sum() for name, loss in terms.against(y, wanted).items() if name != "tv"}
            sums[setting] = sums.get(setting, 0) + torch.stack([*losses.values()])
    rows = [(setting, *(point / len(pictures)).tolist()) for setting, point in sums.items()]
    return pd.DataFrame(rows, columns=["setting", *losses])
