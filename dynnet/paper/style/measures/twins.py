"""Different pictures at one working point: what moving the blocks one by one makes possible (section 4.1)."""

import numpy as np
import pandas as pd
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward

Alphas = tuple[float, ...]


@torch.no_grad()
def find_twins(
    grid: pd.DataFrame, net: DynamicNet, x: Tensor, tolerance: float = 0.004, candidates: int = 40
) -> tuple[Alphas, Alphas, float]:
    """Two grid points with equal losses whose pictures differ most.

    Args:
        grid: working points of `grid_walk`, settings are tuples of alphas.
        x: picture (1, 3, H, W) to compare on.
        tolerance: largest distance in the log10 plane that counts as equal (0.004 is 1 %).
        candidates: pairs with the most different alphas, rendered and compared.

    Returns:
        The two settings, in the order of `net.names`, and the root-mean-square difference of their pictures, in [0, 1].

    Raises:
        DynnetError: no two points are that close.
    """
    logs = np.log10(grid[["content", "style"]].to_numpy())
    alphas = np.array(grid["setting"].tolist())
    pairs = cKDTree(logs).query_pairs(tolerance, output_type="ndarray")
    if not len(pairs):
        raise DynnetError(
            f"no two of {len(grid)} grid points lie within {tolerance} of each other; raise the tolerance"
        )
    apart = np.abs(alphas[pairs[:, 0]] - alphas[pairs[:, 1]]).sum(1)
    render = IncrementalForward(net, x)
    best = max(
        ((_rms(render, net, alphas[i], alphas[j]), i, j) for i, j in pairs[np.argsort(-apart)[:candidates]]),
        key=lambda found: found[0],
    )
    return tuple(alphas[best[1]].tolist()), tuple(alphas[best[2]].tolist()), best[0]


def _rms(render: IncrementalForward, net: DynamicNet, first: np.ndarray, second: np.ndarray) -> float:
    one, other = (render(dict(zip(net.names, alphas.tolist(), strict=True))) for alphas in (first, second))
    return (one - other).square().mean().sqrt().item()
