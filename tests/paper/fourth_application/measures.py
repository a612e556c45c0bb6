"""What the invented application measures: how bright its pictures are."""

from collections.abc import Iterable

import pandas as pd
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.walks import alpha_walk


@torch.no_grad()
def brightness(net: DynamicNet, x: Tensor, alphas: Iterable[float]) -> pd.DataFrame:
    """One row per alpha: `setting`, and `share`, the brightness of the output over the input's."""
    rows = [(alpha, (y.mean() / x.mean()).item()) for alpha, y in alpha_walk(net, alphas)(x)]
    return pd.DataFrame(rows, columns=["setting", "share"])
